"""Reads the books as a stream, transfer by transfer, in the order of the chain: flat memory for any number of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from money.ledger.chain import Link
from money.ledger.rules import Account

ROWS_AT_ONCE = 20_000
_TRANSFERS = text(
    "SELECT id, key, kind, at, content, CAST(detail AS TEXT), digest FROM transfers WHERE id > :after ORDER BY id"
).execution_options(yield_per=ROWS_AT_ONCE)
_ENTRIES = (
    "SELECT e.transfer, a.owner, a.kind, a.unit, e.amount, e.balance_after, e.account "
    "FROM entries e LEFT JOIN accounts a ON a.id = e.account"
)
_ALL_ENTRIES = text(f"{_ENTRIES} ORDER BY e.transfer").execution_options(yield_per=ROWS_AT_ONCE)
# By account: entries have no index by transfer, so a seek in each account's own range is what is fast.
_NEW_ENTRIES = {
    "sqlite": text(
        "SELECT e.transfer, a.owner, a.kind, a.unit, e.amount, e.balance_after, e.account FROM accounts a "
        "CROSS JOIN entries e ON e.account = a.id AND e.transfer > :after ORDER BY e.transfer"
    ).execution_options(yield_per=ROWS_AT_ONCE),
    "postgresql": text(
        "SELECT e.transfer, a.owner, a.kind, a.unit, e.amount, e.balance_after, e.account FROM accounts a "
        "CROSS JOIN LATERAL (SELECT * FROM entries WHERE account = a.id AND transfer > :after) e ORDER BY e.transfer"
    ).execution_options(yield_per=ROWS_AT_ONCE),
}


class StoredEntry(NamedTuple):
    """`account` is None if its row is missing; `number` is its id in any case."""

    account: Account | None
    amount: int
    balance: int
    number: int


class StoredTransfer(NamedTuple):
    """A transfer as it is stored. `link` is None for entries whose transfer is missing."""

    id: int
    link: Link | None
    digest: bytes
    entries: list[StoredEntry]


def use_one_state(connection: Connection) -> None:
    """See one state of the database from here on, however long it takes. To be called first in a transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        connection.execute(text("SET LOCAL statement_timeout = 0"))


def stored_transfers(connection: Connection, after: int = 0) -> Iterator[StoredTransfer]:
    """Every transfer after this one, with its entries, in order."""
    entries = _entries(connection, after)
    entry: Any = next(entries, None)
    for row in connection.execute(_TRANSFERS, {"after": after}):
        number = row[0]
        while entry is not None and entry[0] < number:
            orphan = entry[0]
            found, entry = _of(orphan, entry, entries)
            yield StoredTransfer(orphan, None, b"", found)
        found = []
        if entry is not None and entry[0] == number:
            found, entry = _of(number, entry, entries)
        yield StoredTransfer(number, (row[0], row[1], row[2], row[3], row[4], row[5]), bytes(row[6] or b""), found)
    while entry is not None:
        orphan = entry[0]
        found, entry = _of(orphan, entry, entries)
        yield StoredTransfer(orphan, None, b"", found)


def _entries(connection: Connection, after: int) -> Iterator[Any]:
    if after:
        yield from connection.execute(_NEW_ENTRIES[connection.dialect.name], {"after": after})
    else:
        yield from connection.execute(_ALL_ENTRIES)


def _of(number: int, entry: Any, entries: Iterator[Any]) -> tuple[list[StoredEntry], Any]:
    """The entries of one transfer, and the first one of the next."""
    found = []
    while entry is not None and entry[0] == number:
        _, owner, kind, unit, amount, balance, account = entry
        found.append(StoredEntry(None if owner is None else Account(owner, kind, unit), amount, balance, account))
        entry = next(entries, None)
    return found, entry
