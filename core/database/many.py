"""Statements that every batch runs for many rows: in SQL, because building a statement takes longer than running it.

SQLite is fastest with many parameter sets for one prepared statement, PostgreSQL with one array per column, written as
one text: the driver takes ten times as long to convert the elements of a list.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

Rows = Sequence[tuple[Any, ...]]


class Many:
    """A statement that writes any number of rows at once. No rows: nothing is run."""

    def __init__(self, sqlite: str, postgresql: str) -> None:
        """`sqlite` has a `?` for each column of a row, `postgresql` a `%s` for the array of each column."""
        self._sqlite = sqlite
        self._postgresql = postgresql

    @classmethod
    def insert(cls, table: str, columns: Mapping[str, str], conflict: str = "") -> Many:
        """`columns`: the types on PostgreSQL by name, in the order of a row. `conflict`: an `ON CONFLICT` clause."""
        into = f"INSERT INTO {table} ({', '.join(columns)})"
        values = ", ".join("?" * len(columns))
        arrays = ", ".join(f"%s::{kind}[]" for kind in columns.values())
        return cls(f"{into} VALUES ({values}) {conflict}", f"{into} SELECT * FROM unnest({arrays}) AS r {conflict}")

    def write(self, connection: Connection, rows: Rows) -> int:
        """How many rows it wrote."""
        if not rows:
            return 0
        if connection.dialect.name == "sqlite":
            return sqlite_write(connection, self._sqlite, rows)
        return connection.exec_driver_sql(self._postgresql, tuple(map(array, zip(*rows, strict=True)))).rowcount


class Lookup:
    """A query by many keys at once. `{among}` in its SQL is the condition, as in `person {among}`; other parameters are
    a `?` each."""

    def __init__(self, sql: str, kind: str = "text") -> None:
        """`kind`: the keys' type on PostgreSQL."""
        self._sqlite = sql.format(among="IN (SELECT value FROM json_each(?))")
        self._postgresql = sql.format(among=f"= ANY(?::{kind}[])").replace("?", "%s")

    def read(self, connection: Connection, keys: Sequence[Any], *after: Any, before: tuple[Any, ...] = ()) -> Rows:
        """The rows found. `before`, `after`: the parameters around the keys in the SQL. No keys: nothing is run."""
        if not keys:
            return ()
        if connection.dialect.name == "sqlite":
            return sqlite_read(connection, self._sqlite, (*before, json_array(keys), *after))
        found = connection.exec_driver_sql(self._postgresql, (*before, array(keys), *after))
        return [tuple(row) for row in found]


class Pairs:
    """A query by many pairs of texts at once. `{pairs}` in its SQL is a table of them, with columns `a` and `b`."""

    def __init__(self, sql: str) -> None:
        table = "(SELECT json_extract(value, '$[0]') AS a, json_extract(value, '$[1]') AS b FROM json_each(?))"
        self._sqlite = sql.format(pairs=table)
        self._postgresql = sql.format(pairs="(SELECT * FROM unnest(%s::text[], %s::text[]) AS r (a, b))")

    def read(self, connection: Connection, pairs: Sequence[tuple[str, str]]) -> Rows:
        """The rows found. No pairs: nothing is run."""
        if not pairs:
            return ()
        if connection.dialect.name == "sqlite":
            return sqlite_read(connection, self._sqlite, (json_array(pairs),))
        found = connection.exec_driver_sql(self._postgresql, tuple(map(array, zip(*pairs, strict=True))))
        return [tuple(row) for row in found]


def sqlite_read(connection: Connection, sql: str, parameters: tuple[Any, ...]) -> Rows:
    """Rows of a query in the transaction of a connection to SQLite, past SQLAlchemy, which describes the columns of
    each result anew: with few rows that takes longer than the query. Raises what SQLAlchemy raises."""
    try:
        return _cursor(connection).execute(sql, parameters).fetchall()
    except sqlite3.Error as error:
        raise DBAPIError.instance(sql, None, error, sqlite3.Error) from error


def sqlite_write(connection: Connection, sql: str, rows: Rows) -> int:
    """Run a statement for each row and return how many it wrote; see `sqlite_read`."""
    try:
        return _cursor(connection).executemany(sql, rows).rowcount
    except sqlite3.Error as error:
        raise DBAPIError.instance(sql, None, error, sqlite3.Error) from error


def _cursor(connection: Connection) -> sqlite3.Cursor:
    if not connection.in_transaction():
        connection.begin()  # as any statement through SQLAlchemy does
    cursor: sqlite3.Cursor = connection.connection.cursor()  # type: ignore[assignment]
    return cursor


def json_array(values: Sequence[Any]) -> str:
    """An array as SQLite's `json_each` reads it."""
    return msgspec.json.encode(values).decode()


def array(values: Sequence[Any]) -> str:
    """An array as PostgreSQL writes it. `values` are all integers, all text or all bytes; or None, for NULL."""
    if None in values:
        return "{" + ",".join(["NULL" if value is None else array([value])[1:-1] for value in values]) + "}"
    first = values[0]
    if isinstance(first, int):
        return "{" + ",".join(map(str, values)) + "}"
    if isinstance(first, bytes):
        return '{"\\\\x' + '","\\\\x'.join(value.hex() for value in values) + '"}'
    return '{"' + '","'.join([value.replace("\\", "\\\\").replace('"', '\\"') for value in values]) + '"}'
