"""The tables of money. Transfers and entries are append-only, accounts are never deleted: triggers enforce both."""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)

from core.tables import metadata
from money.ledger.chain import GENESIS
from money.ledger.rules import KINDS_BELOW_ZERO

_Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER

accounts = Table(
    "accounts",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("owner", Text, nullable=False),  # a person's id, `platform`, or a payment provider
    Column("kind", Text, nullable=False),  # see `ledger/accounts.py`
    Column("unit", Text, nullable=False),  # coins, or a currency in its minor unit
    Column("balance", BigInteger, nullable=False),
    UniqueConstraint("owner", "kind", "unit"),
    CheckConstraint(f"balance >= 0 OR kind IN {KINDS_BELOW_ZERO}", name="not_below_zero"),
)

transfers = Table(
    "transfers",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("key", Text, nullable=False),  # the idempotency key
    Column("kind", Text, nullable=False),  # gift, purchase, release, grant
    Column("at", BigInteger, nullable=False),  # Unix ms
    Column("content", Text, nullable=False),  # digest of the request
    Column("detail", JSON, nullable=False),  # details for the statement
    Column("digest", LargeBinary),  # see `ledger/chain.py`
    UniqueConstraint("key"),
)

entries = Table(
    "entries",
    metadata,
    # No foreign keys: on PostgreSQL they cost more than all else of an entry. Accounts and transfers cannot be deleted.
    Column("account", BigInteger, primary_key=True, autoincrement=False),
    Column("transfer", BigInteger, primary_key=True, autoincrement=False),
    Column("amount", BigInteger, nullable=False),  # positive: the account receives
    Column("balance_after", BigInteger, nullable=False),
    sqlite_with_rowid=False,  # one tree, in the order statements are read, instead of a table and an index
)

ledger_head = Table(
    "ledger_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1: there is one row
    Column("transfer", BigInteger, nullable=False),  # the last one; 0 before the first
    Column("digest", LargeBinary, nullable=False),
)

ledger_checkpoints = Table(
    "ledger_checkpoints",
    metadata,
    Column("transfer", BigInteger, primary_key=True, autoincrement=False),  # everything up to this one was verified
    Column("digest", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Column("sums", JSON, nullable=False),  # see `ledger/checkpoints.py`
)

earnings = Table(
    "earnings",
    metadata,
    Column("person", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # UTC, as 2026-01-31
    Column("class", Text, primary_key=True, server_default="standard"),  # how long they are held: earnings/hold.py
    Column("coins", BigInteger, nullable=False),  # earned on that day
    Column("released", BigInteger, nullable=False),  # of these, moved from pending to payable
    Column("reversed", BigInteger, nullable=False, server_default="0"),  # of these, taken back while pending
    Index("ix_earnings_due", "day", sqlite_where=text("released < coins"), postgresql_where=text("released < coins")),
)

earnings_rooms = Table(  # the same coins, by room and source
    "earnings_rooms",
    metadata,
    Column("person", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # UTC, as 2026-01-31
    Column("room", Text, primary_key=True),
    Column("source", Text, primary_key=True),  # gift
    Column("coins", BigInteger, nullable=False),
    Column("gifts", BigInteger, nullable=False),
)

fractions = Table(
    "fractions",
    metadata,
    Column("person", Text, primary_key=True),
    Column("hundredths", BigInteger, nullable=False),  # of a coin, left over from rounding the person's shares
    Column("bonus_hundredths", BigInteger, nullable=False, server_default="0"),  # the same, of gifts of bonus coins
)

spending = Table(
    "spending",
    metadata,
    Column("person", Text, primary_key=True),
    Column("day", Integer, primary_key=True),  # UTC, counted from 1970
    Column("coins", BigInteger, nullable=False),  # given on that day
    Index("ix_spending_day", "day"),  # to forget old ones
)

spending_limits = Table(
    "spending_limits",
    metadata,
    Column("person", Text, primary_key=True),
    Column("span", Text, primary_key=True),  # day, month
    Column("from", BigInteger, primary_key=True),  # Unix ms; the latest one in the past is in force
    Column("coins", BigInteger),  # null: none
)

spending_notices = Table(
    "spending_notices",
    metadata,
    Column("person", Text, primary_key=True),
    Column("coins", BigInteger, nullable=False),  # given within 30 days
    Column("at", BigInteger, nullable=False),
)

signals = Table(
    "signals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),  # whose earnings it is about
    Column("code", Text, nullable=False),  # see `signals/rules.py`
    Column("percent", BigInteger, nullable=False),
    Column("coins", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # open, cleared, confirmed
    Column("at", BigInteger, nullable=False),
    Column("decided_at", BigInteger),
    Column("decided_by", Text),
    Column("note", Text, nullable=False),
    Index("ix_signals_person", "person"),
    Index("ix_signals_state", "state", "id"),
)

purchases = Table(
    "purchases",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("pack", Text, nullable=False),
    Column("coins", BigInteger, nullable=False),
    Column("price_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("provider", Text, nullable=False),
    Column("provider_ref", Text),  # the provider's id of it, once it has one
    Column("checkout_url", Text),
    Column("state", Text, nullable=False),  # see `purchases/state.py`
    Column("key", Text, nullable=False),  # the Idempotency-Key of the request
    Column("at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),  # when it was paid or expired
    Column("payment_ref", Text),  # the provider's id of the payment, which refunds and disputes name
    Column("refunded_minor", BigInteger, nullable=False, server_default="0"),  # by the provider, altogether
    Column("returned_minor", BigInteger, nullable=False, server_default="0"),  # of `cash`, by refunds and disputes
    Column("taken_coins", BigInteger, nullable=False, server_default="0"),  # taken back, less what was restored
    Column("gift", Text),  # bought just for this gift, so many times
    Column("count", BigInteger),
    Column("country", Text),  # of the buyer's address, and of their card: two proofs of place
    Column("card_country", Text),
    UniqueConstraint("person", "key"),
    UniqueConstraint("provider_ref"),
    Index("ix_purchases_person", "person", "id"),
    Index("ix_purchases_state", "state", "id"),
)

refunds = Table(
    "refunds",
    metadata,
    Column("id", Text, primary_key=True),
    Column("purchase", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("coins", BigInteger, nullable=False),  # taken back when it was asked for; 0: taken when it is done
    Column("reason", Text, nullable=False),  # withdrawal, fraud_warning, or what a person chose
    Column("note", Text, nullable=False),
    Column("by", Text),  # the person who asked; null: the bank's warning did
    Column("state", Text, nullable=False),  # asked, done, failed
    Column("detail", Text, nullable=False),  # why it failed
    Column("key", Text, nullable=False),
    Column("provider_ref", Text),
    Column("at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    UniqueConstraint("purchase", "key"),
    # One at a time: what may be refunded is known only when the one before is done.
    Index(
        "uq_refunds_asked", "purchase", unique=True,
        sqlite_where=text("state = 'asked'"), postgresql_where=text("state = 'asked'"),
    ),
)  # fmt: skip

disputes = Table(
    "disputes",
    metadata,
    Column("ref", Text, primary_key=True),  # the provider's id of it
    Column("purchase", Text, nullable=False),
    Column("state", Text, nullable=False),  # open, won, lost
    Column("amount_minor", BigInteger, nullable=False),  # taken from us
    Column("currency", Text, nullable=False),
    Column("cash_minor", BigInteger, nullable=False),  # of that, out of the payment; the rest is our loss
    Column("reason", Text, nullable=False),
    Column("due_at", BigInteger),  # when the evidence must be there
    Column("at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Index("ix_disputes_purchase", "purchase"),
)

takes = Table(
    "takes",
    metadata,
    Column("cause", Text, primary_key=True),  # the refund or dispute for which coins were taken back
    Column("purchase", Text, nullable=False),
    Column("wallet_coins", BigInteger, nullable=False),
    Column("gift_coins", BigInteger, nullable=False),
    Column("debt_coins", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("restored_at", BigInteger),
    Index("ix_takes_purchase", "purchase"),
)

taken_gifts = Table(
    "taken_gifts",
    metadata,
    Column("cause", Text, primary_key=True),
    Column("gift", BigInteger, primary_key=True, autoincrement=False),  # the gift's transfer
    Column("creator", Text, nullable=False),
    Column("day", Text, nullable=False),  # of `earnings`, as the next
    Column("class", Text),  # null: the creator earned nothing of it
    Column("room", Text, nullable=False),
    Column("giver", Text, nullable=False),
    Column("coins", BigInteger, nullable=False),  # of the gift, taken back
    Column("creator_coins", BigInteger, nullable=False),  # of these, out of the creator's pending
    Column("restored", BigInteger, nullable=False),  # 1: given again
    Index("ix_taken_gifts_gift", "gift"),
)

movements = Table(
    "movements",
    metadata,
    Column("provider", Text, primary_key=True),
    Column("ref", Text, primary_key=True),  # the provider's id of the balance transaction
    Column("purchase", Text),
    Column("kind", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),  # positive: we receive
    Column("fee_minor", BigInteger, nullable=False),
    Column("currency", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("seen_at", BigInteger),  # found in the provider's list by the last reconciliation
    Index("ix_movements_purchase", "purchase"),
    Index("ix_movements_at", "provider", "at"),
)

differences = Table(
    "differences",
    metadata,
    Column("id", Text, primary_key=True),
    Column("provider", Text, nullable=False),
    Column("kind", Text, nullable=False),  # see `reconciliation/differences.py`
    Column("ref", Text, nullable=False),
    Column("purchase", Text),
    Column("ours_minor", BigInteger),
    Column("theirs_minor", BigInteger),
    Column("currency", Text, nullable=False),
    Column("found_at", BigInteger, nullable=False),
    Column("settled_at", BigInteger),
    Column("settled_by", Text),
    Column("note", Text, nullable=False),
    UniqueConstraint("provider", "kind", "ref"),
)


coin_rates = Table(
    "coin_rates",
    metadata,
    Column("currency", Text, primary_key=True),
    Column("valid_from", BigInteger, primary_key=True),  # Unix ms
    Column("per_thousand", BigInteger, nullable=False),  # minor units for 1,000 earned coins
    Column("by", Text, nullable=False),
)

payout_identities = Table(
    "payout_identities",
    metadata,
    Column("person", Text, primary_key=True),
    Column("state", Text, nullable=False),  # started, verified, restricted, rejected; without a row: none
    Column("name", Text, nullable=False),  # as on their papers
    Column("country", Text, nullable=False),  # ISO 3166-1, two letters
    Column("reason", Text, nullable=False),
    Column("until", BigInteger),  # Unix ms; by when something is due
    Column("account", Text),  # at the provider that verifies
    Column("by", Text, nullable=False),  # the admin, or the rail
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("account"),
    Index("ix_payout_identities_state", "state", "at"),
)

payout_destinations = Table(  # the newest of a person is in use; none is ever changed
    "payout_destinations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("rail", Text, nullable=False),
    Column("details", JSON, nullable=False),
    Column("shown", Text, nullable=False),  # what the person sees of it
    Column("fingerprint", Text, nullable=False),  # the same for the same account of two people
    Column("at", BigInteger, nullable=False),
    Column("usable_at", BigInteger, nullable=False),
    Index("ix_payout_destinations_person", "person", "id"),
)

payouts = Table(
    "payouts",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("key", Text, nullable=False),  # the Idempotency-Key of the request
    Column("state", Text, nullable=False),  # payouts/states.py
    Column("currency", Text, nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("fee_minor", BigInteger, nullable=False),  # of the amount
    Column("coins", BigInteger, nullable=False),
    Column("per_thousand", BigInteger, nullable=False),  # the rate, frozen when it was requested
    Column("rail", Text, nullable=False),
    Column("destination", JSON),  # frozen when it was approved
    Column("shown", Text, nullable=False),
    Column("fingerprint", Text, nullable=False),
    Column("reason", Text, nullable=False),  # why it waits, failed, or came back
    Column("waits_until", BigInteger),  # Unix ms
    Column("approved_by", Text),
    Column("seconded_by", Text),
    Column("approved_at", BigInteger),
    Column("file", Text),  # of the bank
    Column("attempt", Integer, nullable=False),  # 0 before it is sent
    Column("answer", Text, nullable=False),  # of this attempt: nothing, accepted, refused
    Column("called_at", BigInteger, nullable=False),
    Column("ref", Text),  # the rail's
    Column("at", BigInteger, nullable=False),
    UniqueConstraint("person", "key"),
    Index("ix_payouts_person", "person", "id"),
    Index("ix_payouts_state", "state", "id"),
    Index("ix_payouts_approved", "approved_at"),
    Index("ix_payouts_file", "file"),
)

payout_steps = Table(  # each state that a payout has reached, when and by whom
    "payout_steps",
    metadata,
    Column("payout", Text, primary_key=True),
    Column("state", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),
    Column("by", Text, nullable=False),  # a person, a rail, or "" for the server
    Column("note", Text, nullable=False),
)

payout_days = Table(
    "payout_days",
    metadata,
    Column("day", Text, primary_key=True),
    Column("currency", Text, primary_key=True),
    Column("minor", BigInteger, nullable=False),  # approved on that day
)

payout_files = Table(
    "payout_files",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),  # made, approved, withdrawn
    Column("count", Integer, nullable=False),
    Column("total_minor", BigInteger, nullable=False),
    Column("made_by", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("approved_by", Text),
    Column("approved_at", BigInteger),
    Column("content", Text),  # once it is approved
)


def _on_create(target: Table | MetaData, moment: str, dialect: str, sql: str) -> None:
    event.listen(target, moment, DDL(sql).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]


TRIGGERS: list[str] = []
"""Their names; `ledger verify` looks for them."""


def _refuse(table: Table, *verbs: str, name: str = "") -> None:
    for verb in verbs:
        TRIGGERS.append(f"{table.name}_no_{name or verb.lower()}")
        head = f"CREATE TRIGGER {TRIGGERS[-1]} BEFORE {verb} ON {table.name}"
        refuse = f"BEGIN SELECT RAISE(ABORT, '{table.name} are append-only'); END"
        _on_create(table, "after_create", "sqlite", f"{head} {refuse}")
        _on_create(table, "after_create", "postgresql", f"{head} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()")


_on_create(
    metadata,
    "before_create",
    "postgresql",
    "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
    "$$BEGIN RAISE EXCEPTION '%% are append-only', TG_TABLE_NAME; END$$",
)
_refuse(accounts, "DELETE")
_refuse(accounts, "UPDATE OF id, owner, kind, unit", name="rename")
_refuse(transfers, "UPDATE", "DELETE")
_refuse(entries, "UPDATE", "DELETE")
_refuse(ledger_checkpoints, "UPDATE", "DELETE")
for _dialect, _bytes in (("sqlite", "x'{}'"), ("postgresql", "decode('{}', 'hex')")):
    _start = f"INSERT INTO ledger_head (id, transfer, digest) VALUES (1, 0, {_bytes.format(GENESIS.hex())})"
    _on_create(ledger_head, "after_create", _dialect, _start)
