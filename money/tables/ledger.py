"""The tables of the ledger. Transfers and entries are append-only, accounts are never deleted: by triggers."""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    event,
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

fractions = Table(
    "fractions",
    metadata,
    Column("person", Text, primary_key=True),
    Column("hundredths", BigInteger, nullable=False),  # of a coin, left over from rounding the person's shares
    Column("bonus_hundredths", BigInteger, nullable=False, server_default="0"),  # the same, of gifts of bonus coins
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
