"""Reads and writes the ledger's rows, a whole batch per statement, on SQLite and PostgreSQL.

SQLite is fastest with many parameter sets for one prepared statement, PostgreSQL with one array per column.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Connection

from money.ledger.rules import Account, Posted, Transfer

Rows = Sequence[tuple[Any, ...]]


class StoredAccount(NamedTuple):
    id: int
    balance: int


class Store(ABC):
    """Reads and writes of the ledger in the caller's transaction."""

    ADD_ACCOUNTS: str
    ACCOUNTS: str
    KEYS: str
    ENTRIES: str
    ADD_TRANSFERS: str
    ADD_ENTRIES: str
    SET_BALANCES: str

    def accounts(self, connection: Connection, wanted: Collection[Account]) -> dict[Account, StoredAccount]:
        """The accounts, locked until the transaction ends. Missing ones are created."""
        found = self._accounts(connection, wanted)
        missing = [account for account in wanted if account not in found]
        if missing:
            missing.sort()  # in one order everywhere, so that two processes opening the same accounts cannot deadlock
            self._write(connection, self.ADD_ACCOUNTS, missing)
            found = self._accounts(connection, wanted)
        return found

    def posted(
        self, connection: Connection, transfers: Sequence[Transfer], accounts: Mapping[Account, StoredAccount]
    ) -> dict[str, Posted]:
        """The transfers whose keys are posted already, as they were posted."""
        found = {key: (number, content) for number, key, content in self._read(connection, self.KEYS, _keys(transfers))}
        if not found:
            return {}
        # Entries are found by their accounts, which the same content names again; other content is told nothing.
        again = {t.key: t.entries for t in transfers if t.key in found and t.content == found[t.key][1]}
        pairs = [(accounts[account].id, found[key][0]) for key, entries in again.items() for account in entries]
        entries_found = self._read(connection, self.ENTRIES, pairs) if pairs else []
        rows = {(row.transfer, row.account): row for row in entries_found}
        posted: dict[str, Posted] = {}
        for key, (number, content) in found.items():
            named = {account: rows.get((number, accounts[account].id)) for account in again.get(key, ())}
            theirs = {account: row for account, row in named.items() if row is not None}
            amounts = {account: row.amount for account, row in theirs.items()}
            posted[key] = Posted(content, amounts, {account: row.balance_after for account, row in theirs.items()})
        return posted

    @abstractmethod
    def transfer_ids(self, connection: Connection, count: int) -> Sequence[int]:
        """Ids for new transfers, rising."""

    def add_transfers(self, connection: Connection, rows: Rows) -> None:
        """Rows of (id, key, kind, at, content, detail as JSON)."""
        self._write(connection, self.ADD_TRANSFERS, rows)

    def add_entries(self, connection: Connection, rows: Rows) -> None:
        """Rows of (account, transfer, amount, balance after)."""
        self._write(connection, self.ADD_ENTRIES, rows)

    def set_balances(self, connection: Connection, rows: Rows) -> None:
        """Rows of (balance, account's id)."""
        self._write(connection, self.SET_BALANCES, rows)

    def _accounts(self, connection: Connection, wanted: Collection[Account]) -> dict[Account, StoredAccount]:
        rows = self._read(connection, self.ACCOUNTS, list(wanted))
        return {
            Account(owner, kind, unit): StoredAccount(number, balance) for number, balance, owner, kind, unit in rows
        }

    @abstractmethod
    def _read(self, connection: Connection, sql: str, rows: Rows) -> Sequence[Any]: ...

    @abstractmethod
    def _write(self, connection: Connection, sql: str, rows: Rows) -> None: ...


class SqliteStore(Store):
    """One writer has the whole database, so there is nothing to lock."""

    ADD_ACCOUNTS = "INSERT INTO accounts (owner, kind, unit, balance) VALUES (?, ?, ?, 0)"
    ACCOUNTS = (  # all accounts of their owners: without locks, reading a few more is cheaper than filtering
        "SELECT id, balance, owner, kind, unit FROM accounts WHERE owner IN (SELECT value ->> 0 FROM json_each(?))"
    )
    KEYS = "SELECT id, key, content FROM transfers WHERE key IN (SELECT value ->> 0 FROM json_each(?))"
    ENTRIES = (
        "SELECT account, transfer, amount, balance_after FROM entries WHERE (account, transfer) IN "
        "(SELECT value ->> 0, value ->> 1 FROM json_each(?))"
    )
    ADD_TRANSFERS = "INSERT INTO transfers (id, key, kind, at, content, detail) VALUES (?, ?, ?, ?, ?, ?)"
    ADD_ENTRIES = "INSERT INTO entries (account, transfer, amount, balance_after) VALUES (?, ?, ?, ?)"
    SET_BALANCES = "UPDATE accounts SET balance = ? WHERE id = ?"

    def transfer_ids(self, connection: Connection, count: int) -> Sequence[int]:
        last = connection.exec_driver_sql("SELECT coalesce(max(id), 0) FROM transfers").scalar_one()
        return range(last + 1, last + 1 + count)

    def _read(self, connection: Connection, sql: str, rows: Rows) -> Sequence[Any]:
        return connection.exec_driver_sql(sql, (msgspec.json.encode(rows).decode(),)).all()

    def _write(self, connection: Connection, sql: str, rows: Rows) -> None:
        connection.exec_driver_sql(sql, list(rows))


class PostgresStore(Store):
    """Accounts are locked in the order of their ids, so that two batches cannot deadlock."""

    ADD_ACCOUNTS = (
        "INSERT INTO accounts (owner, kind, unit, balance) SELECT owner, kind, unit, 0 "
        "FROM unnest(%s::text[], %s::text[], %s::text[]) AS r (owner, kind, unit) "
        "ON CONFLICT (owner, kind, unit) DO NOTHING"
    )
    ACCOUNTS = (
        "SELECT id, balance, owner, kind, unit FROM accounts WHERE (owner, kind, unit) IN "
        "(SELECT * FROM unnest(%s::text[], %s::text[], %s::text[])) ORDER BY id FOR UPDATE"
    )
    KEYS = "SELECT id, key, content FROM transfers WHERE key = ANY(%s::text[])"
    ENTRIES = (
        "SELECT account, transfer, amount, balance_after FROM entries WHERE (account, transfer) IN "
        "(SELECT * FROM unnest(%s::bigint[], %s::bigint[]))"
    )
    ADD_TRANSFERS = (
        "INSERT INTO transfers (id, key, kind, at, content, detail) SELECT id, key, kind, at, content, detail::json "
        "FROM unnest(%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[]) "
        "AS r (id, key, kind, at, content, detail)"
    )
    ADD_ENTRIES = (
        "INSERT INTO entries (account, transfer, amount, balance_after) "
        "SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])"
    )
    SET_BALANCES = (
        "UPDATE accounts SET balance = r.balance FROM unnest(%s::bigint[], %s::bigint[]) AS r (balance, id) "
        "WHERE accounts.id = r.id"
    )

    def transfer_ids(self, connection: Connection, count: int) -> Sequence[int]:
        ids = connection.exec_driver_sql(
            "SELECT nextval('transfers_id_seq') FROM generate_series(1, %s)", (count,)
        ).scalars()
        return sorted(ids)

    def _read(self, connection: Connection, sql: str, rows: Rows) -> Sequence[Any]:
        return connection.exec_driver_sql(sql, _columns(rows)).all()

    def _write(self, connection: Connection, sql: str, rows: Rows) -> None:
        connection.exec_driver_sql(sql, _columns(rows))


def _keys(transfers: Sequence[Transfer]) -> Rows:
    return [(key,) for key in {transfer.key for transfer in transfers}]


def _columns(rows: Rows) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))


STORES: dict[str, Store] = {"sqlite": SqliteStore(), "postgresql": PostgresStore()}
