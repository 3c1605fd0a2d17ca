"""The database: SQLite by default, PostgreSQL when a URL says so, the same SQLAlchemy Core code for both.

SQLite has one writer at a time and its lock is not fair: under a gift storm a second writing connection would starve.
So on SQLite every write of the process goes through one writer thread; on PostgreSQL ordinary writes are ordinary
transactions and only what is declared a group is batched. `read`, `write` and `group` hide the difference.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError

from core.settings import Settings
from core.writer import Group, Writer

T = TypeVar("T")
Item = TypeVar("Item")
Verdict = TypeVar("Verdict")

READERS_MAX = 20
BUSY_TIMEOUT_MS = 10_000  # another process (`cadeau admin`, a worker) may hold SQLite's lock
WRITE_AHEAD_RETRY_MS = 20
CONNECT_TIMEOUT_S = 5
CONFLICT_RETRIES_MAX = 4
_CONFLICTS = {"40001", "40P01"}  # PostgreSQL: serialization failure, deadlock


class Database:
    """Where everything durable is. Its methods block; from a coroutine use the ones that end in `_async`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sqlite = url.startswith("sqlite")
        self._reader = _sqlite_engine(url, writing=False) if self.sqlite else _postgres_engine(url)
        self._writing = _sqlite_engine(url, writing=True) if self.sqlite else self._reader
        self._writers: list[Writer] = []
        self._writer = self._open_writer("main") if self.sqlite else None

    @classmethod
    def from_settings(cls, settings: Settings) -> Database:
        if settings.database_url:
            return cls(normalized(settings.database_url))
        settings.data_dir.mkdir(parents=True, exist_ok=True)
        return cls(f"sqlite:///{settings.data_dir / 'cadeau.db'}")

    @property
    def engine(self) -> Engine:
        """For migrations and tools. Domains use `read`, `write` and `group`."""
        return self._writing

    def read(self, run: Callable[[Connection], T]) -> T:
        """Run `run(connection)` on a connection of its own, seeing one state of the database."""
        with self._reader.connect() as connection, connection.begin():
            return run(connection)

    def write(self, run: Callable[[Connection], T]) -> T:
        """Run `run(connection)` in a transaction and return after its commit. An exception undoes it and is raised.

        On a conflict with another process `run` may be called again: it must do nothing but SQL.
        """
        if self._writer is not None:
            return self._writer.submit(run).result()
        for attempt in range(CONFLICT_RETRIES_MAX):
            try:
                with self._writing.connect() as connection, connection.begin():
                    return run(connection)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _CONFLICTS or attempt == CONFLICT_RETRIES_MAX - 1:
                    raise
                time.sleep(0.01 * 2**attempt)
        raise AssertionError("unreachable")

    async def read_async(self, run: Callable[[Connection], T]) -> T:
        return await asyncio.to_thread(self.read, run)

    async def write_async(self, run: Callable[[Connection], T]) -> T:
        if self._writer is not None:
            return await asyncio.wrap_future(self._writer.submit(run))
        return await asyncio.to_thread(self.write, run)

    def group(
        self, name: str, apply: Callable[[Connection, Sequence[Item]], Sequence[Verdict | Exception]]
    ) -> Group[Item, Verdict]:
        """Writes that are applied and committed together; see `Group`. Make one at start, not one a request."""
        return Group(self._writer or self._open_writer(name), apply)

    def ping(self) -> None:
        self.read(lambda connection: connection.execute(text("SELECT 1")).scalar_one())

    @property
    def queued(self) -> int:
        return sum(writer.queued for writer in self._writers)

    def close(self) -> None:
        """Commit what is queued and let go of every connection."""
        for writer in self._writers:
            writer.close()
        self._writing.dispose()
        self._reader.dispose()

    def _open_writer(self, name: str) -> Writer:
        writer = Writer(self._writing, name)
        self._writers.append(writer)
        return writer


def normalized(url: str) -> str:
    """The URL with the driver we use: psycopg 3."""
    parsed = make_url(url.replace("postgres://", "postgresql://", 1))
    if parsed.get_backend_name() == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
    return parsed.render_as_string(hide_password=False)


def _sqlite_engine(url: str, *, writing: bool) -> Engine:
    # A transaction is begun by us (below), not by the driver: only so can a writer take the lock before it reads.
    engine = create_engine(
        url,
        connect_args={"check_same_thread": False, "isolation_level": None, "timeout": BUSY_TIMEOUT_MS / 1000},
        **({} if writing else {"pool_size": READERS_MAX, "max_overflow": 0}),
    )

    @event.listens_for(engine, "connect")
    def configure(connection: sqlite3.Connection, _record: Any) -> None:
        connection.isolation_level = None
        _write_ahead(connection)
        for pragma in ("synchronous=FULL", "foreign_keys=ON", "wal_autocheckpoint=4000"):
            connection.execute(f"PRAGMA {pragma}")
        connection.execute(f"PRAGMA cache_size={-65_536 if writing else -8_192}")
        if not writing:
            connection.execute("PRAGMA query_only=ON")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _write_ahead(connection: sqlite3.Connection) -> None:
    """A new file is changed to write-ahead logging by whoever comes first. SQLite does not wait until that is done,
    whatever the busy time-out says."""
    until = time.monotonic() + BUSY_TIMEOUT_MS / 1000
    while True:
        try:
            connection.execute("PRAGMA journal_mode=WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(WRITE_AHEAD_RETRY_MS / 1000)


def _postgres_engine(url: str) -> Engine:
    return create_engine(
        url,
        pool_size=READERS_MAX,
        max_overflow=10,
        pool_pre_ping=True,
        pool_timeout=10,
        connect_args={"connect_timeout": CONNECT_TIMEOUT_S, "options": "-c statement_timeout=30000"},
    )


def sqlite_path(url: str) -> Path | None:
    """The file behind a SQLite URL, or None."""
    database = make_url(url).database
    return Path(database) if url.startswith("sqlite") and database else None
