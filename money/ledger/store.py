"""Reads and writes the ledger's rows, a whole batch per statement, on SQLite and PostgreSQL (see `database/many`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from core.database.many import Rows, array, json_array, sqlite_read, sqlite_write
from money.ledger.rules import Account, Draft, Posted, Transfer


class StoredAccount(NamedTuple):
    id: int
    balance: int


class Store(ABC):
    """Reads and writes of the ledger in the caller's transaction."""

    OPEN: str
    ACCOUNTS: str
    KEYS: str
    ENTRIES: str
    HEAD: str
    ADD_TRANSFERS: str
    ADD_ENTRIES: str
    SET_BALANCES: str
    SET_HEAD: str

    @abstractmethod
    def accounts(self, connection: Connection, wanted: Collection[Account]) -> dict[Account, StoredAccount]:
        """Those of the accounts that are open, and maybe others of the same people, locked until the commit."""

    def open(self, connection: Connection, missing: Collection[Account]) -> dict[Account, StoredAccount]:
        """Open accounts, and lock them. Their balance is zero unless another process has opened and used them."""
        # In one order everywhere, so that two processes opening the same accounts cannot deadlock.
        self._write(connection, self.OPEN, sorted(missing))
        found = self.accounts(connection, missing)
        return {account: found[account] for account in missing}

    def posted(
        self, connection: Connection, transfers: Sequence[Transfer | Draft], accounts: Mapping[Account, StoredAccount]
    ) -> dict[str, Posted]:
        """The transfers whose keys are posted already, as they were posted."""
        found = {key: (number, content) for number, key, content in self._read(connection, self.KEYS, _keys(transfers))}
        if not found:
            return {}
        # Entries are found by their accounts, which the same content names again; other content is told nothing.
        again = {t.key: t.accounts for t in transfers if t.key in found and t.content == found[t.key][1]}
        pairs = [
            (accounts[account].id, found[key][0])
            for key, theirs in again.items() for account in theirs if account in accounts
        ]  # fmt: skip
        entries_found = self._read(connection, self.ENTRIES, pairs) if pairs else []
        rows = {(number, account): (amount, after) for account, number, amount, after in entries_found}
        posted: dict[str, Posted] = {}
        for key, (number, content) in found.items():
            named = {a: rows.get((number, accounts[a].id)) for a in again.get(key, ()) if a in accounts}
            entries = {account: row for account, row in named.items() if row is not None}
            amounts = {account: amount for account, (amount, _) in entries.items()}
            posted[key] = Posted(content, amounts, {account: after for account, (_, after) in entries.items()})
        return posted

    @abstractmethod
    def head(self, connection: Connection) -> tuple[int, bytes]:
        """The last transfer's id and digest, locked until the commit: the next one follows it, and nobody else's."""

    @abstractmethod
    def set_head(self, connection: Connection, number: int, digest: bytes) -> None: ...

    def add_transfers(self, connection: Connection, rows: Rows) -> None:
        """Rows of (id, key, kind, at, content, detail as JSON, digest)."""
        self._write(connection, self.ADD_TRANSFERS, rows)

    def add_entries(self, connection: Connection, rows: Rows) -> None:
        """Rows of (account, transfer, amount, balance after)."""
        self._write(connection, self.ADD_ENTRIES, rows)

    def set_balances(self, connection: Connection, rows: Rows) -> None:
        """Rows of (balance, account's id)."""
        self._write(connection, self.SET_BALANCES, rows)

    @abstractmethod
    def _read(self, connection: Connection, sql: str, rows: Sequence[Any]) -> Sequence[Any]: ...

    @abstractmethod
    def _write(self, connection: Connection, sql: str, rows: Rows) -> None: ...


class SqliteStore(Store):
    """One writer has the whole database, so there is nothing to lock."""

    OPEN = "INSERT INTO accounts (owner, kind, unit, balance) VALUES (?, ?, ?, 0)"
    ACCOUNTS = (  # all accounts of their owners: without locks, reading a few more is cheaper than filtering
        "SELECT id, balance, owner, kind, unit FROM accounts WHERE owner IN (SELECT value FROM json_each(?))"
    )
    KEYS = "SELECT id, key, content FROM transfers WHERE key IN (SELECT value FROM json_each(?))"
    ENTRIES = (
        "SELECT account, transfer, amount, balance_after FROM entries WHERE (account, transfer) IN "
        "(SELECT value ->> 0, value ->> 1 FROM json_each(?))"
    )
    HEAD = "SELECT transfer, digest FROM ledger_head"
    ADD_TRANSFERS = "INSERT INTO transfers (id, key, kind, at, content, detail, digest) VALUES (?, ?, ?, ?, ?, ?, ?)"
    ADD_ENTRIES = "INSERT INTO entries (account, transfer, amount, balance_after) VALUES (?, ?, ?, ?)"
    SET_BALANCES = "UPDATE accounts SET balance = ? WHERE id = ?"
    SET_HEAD = "UPDATE ledger_head SET transfer = ?, digest = ?"

    def accounts(self, connection: Connection, wanted: Collection[Account]) -> dict[Account, StoredAccount]:
        owners = list({account.owner for account in wanted})
        return _by_account(self._read(connection, self.ACCOUNTS, owners))

    def head(self, connection: Connection) -> tuple[int, bytes]:
        [(number, digest)] = sqlite_read(connection, self.HEAD, ())
        return number, digest

    def set_head(self, connection: Connection, number: int, digest: bytes) -> None:
        sqlite_write(connection, self.SET_HEAD, [(number, digest)])

    def _read(self, connection: Connection, sql: str, rows: Sequence[Any]) -> Sequence[Any]:
        return sqlite_read(connection, sql, (json_array(rows),))

    def _write(self, connection: Connection, sql: str, rows: Rows) -> None:
        sqlite_write(connection, sql, rows)


class PostgresStore(Store):
    """Accounts are locked in the order of their ids, so that two batches cannot deadlock."""

    OPEN = (
        "INSERT INTO accounts (owner, kind, unit, balance) SELECT owner, kind, unit, 0 "
        "FROM unnest(%s::text[], %s::text[], %s::text[]) AS r (owner, kind, unit) "
        "ON CONFLICT (owner, kind, unit) DO NOTHING"
    )
    ACCOUNTS = (  # these kinds of all these owners: short arrays, and a few rows more
        "SELECT id, balance, owner, kind, unit FROM accounts "
        "WHERE owner = ANY(%s::text[]) AND kind = ANY(%s::text[]) AND unit = ANY(%s::text[]) ORDER BY id FOR UPDATE"
    )
    KEYS = "SELECT id, key, content FROM transfers WHERE key = ANY(%s::text[])"
    ENTRIES = (
        "SELECT account, transfer, amount, balance_after FROM entries WHERE (account, transfer) IN "
        "(SELECT * FROM unnest(%s::bigint[], %s::bigint[]))"
    )
    HEAD = "SELECT transfer, digest FROM ledger_head FOR UPDATE"
    ADD_TRANSFERS = (
        "INSERT INTO transfers (id, key, kind, at, content, detail, digest) "
        "SELECT id, key, kind, at, content, detail::json, digest FROM unnest("
        "%s::bigint[], %s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::bytea[]) "
        "AS r (id, key, kind, at, content, detail, digest)"
    )
    ADD_ENTRIES = (
        "INSERT INTO entries (account, transfer, amount, balance_after) "
        "SELECT * FROM unnest(%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[])"
    )
    SET_BALANCES = (
        "UPDATE accounts SET balance = r.balance FROM unnest(%s::bigint[], %s::bigint[]) AS r (balance, id) "
        "WHERE accounts.id = r.id"
    )
    SET_HEAD = "UPDATE ledger_head SET transfer = %s, digest = %s"

    def accounts(self, connection: Connection, wanted: Collection[Account]) -> dict[Account, StoredAccount]:
        arrays = tuple(array(sorted(set(column))) for column in zip(*wanted, strict=True))
        return _by_account(connection.exec_driver_sql(self.ACCOUNTS, arrays).all())

    def head(self, connection: Connection) -> tuple[int, bytes]:
        [(number, digest)] = connection.exec_driver_sql(self.HEAD)
        return number, bytes(digest)

    def set_head(self, connection: Connection, number: int, digest: bytes) -> None:
        connection.exec_driver_sql(self.SET_HEAD, (number, digest))

    def _read(self, connection: Connection, sql: str, rows: Sequence[Any]) -> Sequence[Any]:
        columns = zip(*rows, strict=True) if isinstance(rows[0], tuple) else (rows,)
        return connection.exec_driver_sql(sql, tuple(array(column) for column in columns)).all()

    def _write(self, connection: Connection, sql: str, rows: Rows) -> None:
        connection.exec_driver_sql(sql, tuple(array(column) for column in zip(*rows, strict=True)))


def _by_account(rows: Sequence[Any]) -> dict[Account, StoredAccount]:
    return {Account(owner, kind, unit): StoredAccount(number, balance) for number, balance, owner, kind, unit in rows}


def _keys(transfers: Sequence[Transfer | Draft]) -> Sequence[str]:
    return list({transfer.key for transfer in transfers})


STORES: dict[str, Store] = {"sqlite": SqliteStore(), "postgresql": PostgresStore()}
