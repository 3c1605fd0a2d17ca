"""Reads the books as a stream, transfer by transfer, in the order of the chain: flat memory for any number of them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import chain
from typing import Any, NamedTuple

from sqlalchemy import Connection, text

from core.database.many import Lookup
from money.ledger.chain import Link
from money.ledger.rules import Account

ROWS_AT_ONCE = 20_000
ACCOUNTS_KNOWN_MAX = 200_000  # and those of the rows read at once; about 300 bytes each
_TRANSFERS = text(
    "SELECT id, key, kind, at, content, CAST(detail AS TEXT), digest FROM transfers WHERE id > :after ORDER BY id"
).execution_options(yield_per=ROWS_AT_ONCE)
_ALL_ENTRIES = text("SELECT transfer, account, amount, balance_after FROM entries ORDER BY transfer").execution_options(
    yield_per=ROWS_AT_ONCE
)
# By account: entries have no index by transfer, so a seek in each account's own range is what is fast.
_NEW_ENTRIES = {
    "sqlite": text(
        "SELECT e.transfer, e.account, e.amount, e.balance_after FROM accounts a "
        "CROSS JOIN entries e ON e.account = a.id AND e.transfer > :after ORDER BY e.transfer"
    ).execution_options(yield_per=ROWS_AT_ONCE),
    "postgresql": text(
        "SELECT e.transfer, e.account, e.amount, e.balance_after FROM accounts a "
        "CROSS JOIN LATERAL (SELECT * FROM entries WHERE account = a.id AND transfer > :after) e ORDER BY e.transfer"
    ).execution_options(yield_per=ROWS_AT_ONCE),
}
_ACCOUNTS = Lookup("SELECT id, owner, kind, unit FROM accounts WHERE id {among}", "bigint")
_NO_MORE: tuple[float, list[Any]] = (math.inf, [])


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


def use_one_state(connection: Connection, *, patient: bool = True) -> None:
    """See one state of the database from here on. To be called first in a transaction. `patient`: however long it
    takes."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ"))
        if patient:
            connection.execute(text("SET LOCAL statement_timeout = 0"))


def stored_transfers(connection: Connection, after: int = 0) -> Iterator[StoredTransfer]:
    """Every transfer after this one, with its entries, in order."""
    groups = _entries(connection, after)
    owner, entries = next(groups, _NO_MORE)
    found = connection.execute(_TRANSFERS, {"after": after}).partitions(ROWS_AT_ONCE)
    for row in chain.from_iterable(found):
        number = row[0]
        while owner < number:
            yield StoredTransfer(int(owner), None, b"", entries)
            owner, entries = next(groups, _NO_MORE)
        if owner == number:
            yield StoredTransfer(number, row[:6], bytes(row[6] or b""), entries)
            owner, entries = next(groups, _NO_MORE)
        else:
            yield StoredTransfer(number, row[:6], bytes(row[6] or b""), [])
    while owner < math.inf:
        yield StoredTransfer(int(owner), None, b"", entries)
        owner, entries = next(groups, _NO_MORE)


def _entries(connection: Connection, after: int) -> Iterator[tuple[float, list[StoredEntry]]]:
    """The entries of each transfer that has any, with its number."""
    if after:
        rows = connection.execute(_NEW_ENTRIES[connection.dialect.name], {"after": after})
    else:
        rows = connection.execute(_ALL_ENTRIES)
    accounts: dict[int, Account] = {}
    number, found = 0, list[StoredEntry]()
    for some in rows.partitions(ROWS_AT_ONCE):
        _learn(connection, accounts, {row[1] for row in some})
        name = accounts.get
        for transfer, account, amount, balance in some:
            if transfer != number:
                if found:
                    yield number, found
                number, found = transfer, []
            found.append(StoredEntry(name(account), amount, balance, account))
    if found:
        yield number, found


def _learn(connection: Connection, accounts: dict[int, Account], wanted: set[int]) -> None:
    """Look up the accounts that are not known yet. Forgets the others before there are too many."""
    if len(accounts) > ACCOUNTS_KNOWN_MAX:
        accounts.clear()
    missing = wanted.difference(accounts)
    accounts.update((row[0], Account(*row[1:])) for row in _ACCOUNTS.read(connection, sorted(missing)))
