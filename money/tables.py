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
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
    text,
)

from core.tables import metadata
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

earnings = Table(
    "earnings",
    metadata,
    Column("person", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # UTC, as 2026-01-31
    Column("coins", BigInteger, nullable=False),  # earned on that day
    Column("released", BigInteger, nullable=False),  # of these, moved from pending to payable
    Column("reversed", BigInteger, nullable=False, server_default="0"),  # of these, taken back while pending
    Index("ix_earnings_due", "day", sqlite_where=text("released < coins"), postgresql_where=text("released < coins")),
)

fractions = Table(
    "fractions",
    metadata,
    Column("person", Text, primary_key=True),
    Column("hundredths", BigInteger, nullable=False),  # of a coin, left over from rounding the person's shares
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
    Column("day", Text, nullable=False),  # of `earnings`
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


def _on_create(target: Table | MetaData, moment: str, dialect: str, sql: str) -> None:
    event.listen(target, moment, DDL(sql).execute_if(dialect=dialect))  # type: ignore[no-untyped-call]


def _refuse(table: Table, *verbs: str) -> None:
    for verb in verbs:
        head = f"CREATE TRIGGER {table.name}_no_{verb.lower()} BEFORE {verb} ON {table.name}"
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
_refuse(transfers, "UPDATE", "DELETE")
_refuse(entries, "UPDATE", "DELETE")
