"""Sums of every account's entries by month and kind of transfer.

Nothing is summed when a gift is given. Each account has a mark, the last transfer that is summed, and whoever reads a
report first adds what is newer: a person's accounts for their statement, all of them for the platform's report. A
schedule does the same once an hour, so that little is left to add. What is posted between adding and reading is summed
while reading, so every report is of one state of the books. A transfer counts in the month of its own time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import NamedTuple

from sqlalchemy import Connection, text

from core.database import Database

SUM_EVERY_S = 3_600.0
ENTRIES_AT_ONCE_MAX = 20_000  # in one transaction: on SQLite everybody else's writes wait for it
ACCOUNTS_AT_ONCE = 20_000  # looked at in one query
MONTH = {
    "sqlite": "strftime('%Y-%m', t.at / 1000, 'unixepoch')",
    "postgresql": "to_char(timezone('UTC', to_timestamp(t.at / 1000)), 'YYYY-MM')",
}
_BEHIND = (
    "SELECT a.id FROM accounts a LEFT JOIN summed_accounts s ON s.account = a.id WHERE {} AND EXISTS "
    "(SELECT 1 FROM entries e WHERE e.account = a.id AND e.transfer > coalesce(s.transfer, 0)) ORDER BY a.id"
)
_BEHIND_OF = text(_BEHIND.format("a.owner = :owner"))
_BEHIND_OF_ALL = text(_BEHIND.format("a.id > :after AND a.id <= :upto"))
_BEGIN = text("INSERT INTO summed_accounts (account, transfer) VALUES (:account, 0) ON CONFLICT (account) DO NOTHING")
_MARK = {
    "sqlite": text("SELECT transfer FROM summed_accounts WHERE account = :account"),
    "postgresql": text("SELECT transfer FROM summed_accounts WHERE account = :account FOR UPDATE"),
}
_NEXT = text(
    "SELECT count(*), max(transfer) FROM (SELECT transfer FROM entries WHERE account = :account AND transfer > :after "
    "ORDER BY transfer LIMIT :most) AS newer"
)
_ADD = {
    dialect: text(
        "INSERT INTO month_sums (account, month, kind, received, paid, transfers, first_transfer, last_transfer) "
        f"SELECT e.account, {month}, t.kind, sum(CASE WHEN e.amount > 0 THEN e.amount ELSE 0 END), "
        "sum(CASE WHEN e.amount < 0 THEN -e.amount ELSE 0 END), count(*), min(e.transfer), max(e.transfer) "
        "FROM entries e JOIN transfers t ON t.id = e.transfer "
        "WHERE e.account = :account AND e.transfer > :after AND e.transfer <= :upto GROUP BY 1, 2, 3 "
        "ON CONFLICT (account, month, kind) DO UPDATE SET received = month_sums.received + excluded.received, "
        "paid = month_sums.paid + excluded.paid, transfers = month_sums.transfers + excluded.transfers, "
        "last_transfer = excluded.last_transfer"
    )
    for dialect, month in MONTH.items()
}
_STORED = (
    "SELECT a.kind, a.unit, m.month, m.kind, sum(m.received), sum(m.paid), sum(m.transfers), min(m.first_transfer), "
    "max(m.last_transfer) FROM month_sums m JOIN accounts a ON a.id = m.account WHERE m.month <= :until AND {} "
    "GROUP BY a.kind, a.unit, m.month, m.kind"
)
_NEWER = {  # by account, in each one's own range: entries have no index by transfer
    dialect: f"SELECT a.kind, a.unit, {MONTH[dialect]} AS month, t.kind, "
    "sum(CASE WHEN e.amount > 0 THEN e.amount ELSE 0 END), sum(CASE WHEN e.amount < 0 THEN -e.amount ELSE 0 END), "
    "count(*), min(e.transfer), max(e.transfer) FROM accounts a LEFT JOIN summed_accounts s ON s.account = a.id "
    f"{entries} JOIN transfers t ON t.id = e.transfer WHERE {{}} GROUP BY 1, 2, 3, 4"
    for dialect, entries in {
        "sqlite": "CROSS JOIN entries e ON e.account = a.id AND e.transfer > coalesce(s.transfer, 0)",
        "postgresql": "CROSS JOIN LATERAL (SELECT transfer, amount FROM entries WHERE account = a.id "
        "AND transfer > coalesce(s.transfer, 0)) e",
    }.items()
}
_MOVE = text("UPDATE summed_accounts SET transfer = :upto WHERE account = :account")


class Sum(NamedTuple):
    """What accounts of a kind received and paid by transfers of a kind in a month. There may be a second one of the
    same, of what is not stored yet. `first`, `last`: numbers of its transfers."""

    account: str
    unit: str
    month: str
    kind: str
    received: int
    paid: int
    transfers: int
    first: int
    last: int

    @property
    def net(self) -> int:
        return self.received - self.paid


class Sums:
    def __init__(self, database: Database) -> None:
        self._database = database

    def bring_up(self, owner: str) -> None:
        """Sum what is new on the accounts of a person or of the platform. Blocks."""
        self._bring_up(self._database.read(lambda c: c.execute(_BEHIND_OF, {"owner": owner}).scalars().all()))

    def bring_up_all(self) -> None:
        """Sum what is new on all accounts. Blocks."""
        last = self._database.read(lambda c: c.execute(text("SELECT coalesce(max(id), 0) FROM accounts")).scalar_one())
        for after in range(0, last, ACCOUNTS_AT_ONCE):
            page = {"after": after, "upto": after + ACCOUNTS_AT_ONCE}
            self._bring_up(self._database.read(lambda c: c.execute(_BEHIND_OF_ALL, page).scalars().all()))  # noqa: B023

    def _bring_up(self, behind: Sequence[int]) -> None:
        while behind:
            behind = self._database.write(lambda c: _add_some(c, behind))  # noqa: B023


def sums_of(connection: Connection, owner: str, until: str) -> list[Sum]:
    """An owner's sums up to and with this month. The transaction must see one state of the database."""
    return _read(connection, "a.owner = :owner", {"owner": owner, "until": until})


def all_sums(connection: Connection, until: str) -> list[Sum]:
    """The same of all accounts."""
    return _read(connection, "1 = 1", {"until": until})


def _read(connection: Connection, which: str, values: Mapping[str, str]) -> list[Sum]:
    stored = connection.execute(text(_STORED.format(which)), values).all()
    newer = connection.execute(text(_NEWER[connection.dialect.name].format(which)), values).all()
    return [
        Sum(account, unit, month, kind, int(received), int(paid), int(count), first, last)
        for account, unit, month, kind, received, paid, count, first, last in (*stored, *newer)
        if month <= values["until"]
    ]


def transfers_of(sums: Iterable[Sum], kinds: Collection[str], first: str, last: str) -> tuple[int, int]:
    """The first and the last transfer of these months on accounts of these kinds; (1, 0) if there is none."""
    found = [one for one in sums if one.account in kinds and first <= one.month <= last]
    return (min(one.first for one in found), max(one.last for one in found)) if found else (1, 0)


def _add_some(connection: Connection, behind: Sequence[int]) -> Sequence[int]:
    """Sum so many entries of these accounts; returns the accounts that are left."""
    room = ENTRIES_AT_ONCE_MAX
    for index, account in enumerate(behind):
        room -= _add(connection, account, room)
        if room == 0:
            return behind[index:]
    return ()


def _add(connection: Connection, account: int, most: int) -> int:
    """Sum at most so many entries of an account; returns how many."""
    dialect, one = connection.dialect.name, {"account": account}
    connection.execute(_BEGIN, one)
    after = connection.execute(_MARK[dialect], one).scalar_one()
    # Transfers are committed in the order of their numbers, so nothing can appear below the last one that is seen.
    count, upto = connection.execute(_NEXT, {**one, "after": after, "most": most}).one()
    if count:
        connection.execute(_ADD[dialect], {**one, "after": after, "upto": upto})
        connection.execute(_MOVE, {**one, "upto": upto})
    return int(count)
