"""The tables of the ledger. Transfers and entries are append-only, accounts are never deleted: by triggers."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
)

from core.tables import metadata
from money.ledger.chain import GENESIS
from money.ledger.rules import KINDS_BELOW_ZERO
from money.tables.triggers import on_create, refuse

_Id = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER

accounts = Table(
    "accounts",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("owner", Text, nullable=False),  # a person's id, `platform`, a payment provider or a country
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

refuse(accounts, "DELETE")
refuse(accounts, "UPDATE OF id, owner, kind, unit", name="rename")
refuse(transfers, "UPDATE", "DELETE")
refuse(entries, "UPDATE", "DELETE")
refuse(ledger_checkpoints, "UPDATE", "DELETE")
for _dialect, _bytes in (("sqlite", "x'{}'"), ("postgresql", "decode('{}', 'hex')")):
    _start = f"INSERT INTO ledger_head (id, transfer, digest) VALUES (1, 0, {_bytes.format(GENESIS.hex())})"
    on_create(ledger_head, "after_create", _dialect, _start)
