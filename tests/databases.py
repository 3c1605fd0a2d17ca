"""Databases for tests: what each test would do anew, done once.

PostgreSQL databases are copies of a migrated template, used again after being emptied: that takes a third of the time
of creating and dropping one. Engines share the statements that SQLAlchemy has compiled.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, LiteralString

import psycopg
from psycopg import sql
from sqlalchemy import Engine, event

from core.database import normalized
from core.ids import new_id

CLOSE_OTHERS = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
  WHERE datname = current_database() AND pid <> pg_backend_pid()
"""
GROWN_BYTES_MAX = 8 << 20
"""Databases that have grown more are not used again: deleted rows would slow later tests."""
SCHEMA = """
SELECT md5(string_agg(line, ' ' ORDER BY line)) FROM (
  SELECT concat_ws(',', 'relation', oid, relname, relkind, relacl, reloptions) FROM pg_class
    WHERE relnamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(',', 'column', attrelid, attname, atttypid, attnotnull) FROM pg_attribute
    WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
  UNION ALL SELECT concat_ws(',', 'constraint', oid, conname) FROM pg_constraint
  UNION ALL SELECT concat_ws(',', 'trigger', oid, tgname, tgenabled) FROM pg_trigger
  UNION ALL SELECT concat_ws(',', 'function', oid, prosrc) FROM pg_proc WHERE pronamespace = 'public'::regnamespace
  UNION ALL SELECT concat_ws(',', 'version', version_num) FROM alembic_version
) AS schema(line)"""
TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
SEQUENCES = "SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL"
SIZE = "SELECT pg_database_size(current_database())"


class Databases:
    """Databases of one server, each lent to one test at a time."""

    def __init__(self, admin_url: str, template: str) -> None:
        """`admin_url`: of the database `postgres`. `template`: the name of a migrated database that nobody changes."""
        self._admin_url, self._template = admin_url, template
        self._free: list[str] = []
        self._connections: dict[str, psycopg.Connection] = {}
        with self._connect(template) as connection:
            self._tables = [name for (name,) in connection.execute(TABLES)]
            self._size, self._schema = _value(connection, SIZE), _value(connection, SCHEMA)
            self._rows = {name: rows for name in self._tables if (rows := self._contents(connection, name)) is not None}
        deletes = [sql.SQL("DELETE FROM {}").format(sql.Identifier(name)) for name in self._tables]
        self._delete = sql.SQL(";").join(deletes)

    @contextlib.contextmanager
    def lend(self) -> Iterator[str]:
        """Yields the URL of a database like the template."""
        name = self._free.pop() if self._free else self._create()
        yield normalized(self._url(name))
        try:
            fit = self._empty(self._connections[name])
        except psycopg.Error:  # somebody renamed or locked it
            fit = False
        if fit:
            self._free.append(name)
        else:
            self._connections.pop(name).close()
            self._admin(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def close(self) -> None:
        for connection in self._connections.values():
            connection.close()

    def _create(self) -> str:
        name = f"test_{new_id()}"
        command = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        self._admin(command.format(sql.Identifier(name), sql.Identifier(self._template)))
        connection = self._connections[name] = self._connect(name)
        connection.execute("SET session_replication_role = replica")  # to delete in spite of triggers and foreign keys
        return name

    def _empty(self, connection: psycopg.Connection) -> bool:
        """Make it equal to the template. False: its schema was changed, or it has grown."""
        connection.execute(CLOSE_OTHERS)
        if _value(connection, SCHEMA) != self._schema:
            return False
        if int(str(_value(connection, SIZE))) > int(str(self._size)) + GROWN_BYTES_MAX:
            return False
        with connection.transaction():
            connection.execute(self._delete)
            for table, rows in self._rows.items():
                query = sql.SQL("INSERT INTO {0} SELECT * FROM json_populate_recordset(NULL::{0}, %s)")
                connection.execute(query.format(sql.Identifier(table)), (rows,))
            for (sequence,) in connection.execute(SEQUENCES).fetchall():
                connection.execute(sql.SQL("ALTER SEQUENCE {} RESTART").format(sql.Identifier(sequence)))
        return True

    def _contents(self, connection: psycopg.Connection, table: str) -> str | None:
        return _value(connection, sql.SQL("SELECT json_agg(t)::text FROM {} AS t").format(sql.Identifier(table)))  # type: ignore[return-value]

    def _admin(self, command: sql.Composed) -> None:
        with psycopg.connect(self._admin_url, autocommit=True) as admin:
            admin.execute(command)

    def _connect(self, name: str) -> psycopg.Connection:
        return psycopg.connect(self._url(name), autocommit=True)

    def _url(self, name: str) -> str:
        return self._admin_url.replace("/postgres", f"/{name}")


def _value(connection: psycopg.Connection, query: LiteralString | sql.Composed) -> object:
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def sharing_compiled(make: Callable[..., Engine]) -> Callable[..., Engine]:
    """A function that makes engines, but those it makes with the same options share what they have compiled.

    The first one to have connected, and so to know its server, shares: compiled statements belong to a dialect.
    """
    sharers: dict[frozenset[tuple[str, Any]], Engine] = {}

    def made(url: str, **options: Any) -> Engine:
        engine, kind = make(url, **options), frozenset(options.items())
        if (sharer := sharers.get(kind)) is not None:
            engine.dialect, engine._compiled_cache = sharer.dialect, sharer._compiled_cache
        else:
            event.listen(engine, "connect", lambda *_: sharers.setdefault(kind, engine), once=True)
        return engine

    return made
