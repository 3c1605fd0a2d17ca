"""The database: SQLite by default, PostgreSQL when a URL says so, the same SQLAlchemy Core code for both.

SQLite has one writer at a time and its lock is not fair: under a gift storm a second writing connection would starve.
So on SQLite every write of the process goes through one writer thread. On PostgreSQL ordinary writes are ordinary
transactions and only declared groups are batched. `read`, `write` and `group` hide the difference.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from core.database.checkpointer import Checkpointer
from core.database.engines import database_url, make_private, postgres_engine, shown_url, sqlite_engine, sqlite_path
from core.database.writer import Group, Writer
from core.executors import sql_executor
from core.outages import Outage, is_outage
from core.settings import Settings

T = TypeVar("T")
Item = TypeVar("Item")
Verdict = TypeVar("Verdict")

CONFLICT_RETRIES_MAX = 4
_REWRITE = text("UPDATE alembic_version SET version_num = version_num")  # the one row that every database has
_CONFLICTS = {"40001", "40P01"}  # PostgreSQL: serialization failure, deadlock


class Database:
    """Everything durable. Its methods block; coroutines use the ones that end in `_async`."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.sqlite = url.startswith("sqlite")
        self._reader = sqlite_engine(url, writing=False) if self.sqlite else postgres_engine(url)
        self._writing = sqlite_engine(url, writing=True) if self.sqlite else self._reader
        self.executor = sql_executor()  # for everything that blocks on SQL
        name = shown_url(url)
        self.reading, self.writing = Outage(f"reading {name}"), Outage(f"writing to {name}")
        self._writers: list[Writer] = []
        self._writer: Writer | None = None
        self._checkpointer: Checkpointer | None = None
        if self.sqlite:
            self._checkpointer = Checkpointer(self._writing)
            self._writer = self._open_writer("main", self._checkpointer.wake)

    @classmethod
    def from_settings(cls, settings: Settings) -> Database:
        url = database_url(settings)
        if not settings.database_url:
            settings.data_dir.mkdir(parents=True, exist_ok=True)
        if path := sqlite_path(url):
            make_private(path)
        return cls(url)

    @property
    def engine(self) -> Engine:
        """For migrations and tools. Domains use `read`, `write` and `group`."""
        return self._writing

    def read(self, run: Callable[[Connection], T]) -> T:
        """Run `run(connection)` in a read transaction: it sees one state of the database."""
        with _watched(self.reading), self._reader.connect() as connection, connection.begin():
            return run(connection)

    def write(self, run: Callable[[Connection], T]) -> T:
        """Run `run(connection)` in a transaction and return after its commit. An exception rolls it back and is raised.

        On a conflict with another process `run` may be called again: it must do nothing but SQL.
        """
        if self._writer is not None:
            return self._writer.submit(run).result()
        with _watched(self.writing):
            return self._write_pooled(run)

    def _write_pooled(self, run: Callable[[Connection], T]) -> T:
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
        return await self.executor.run(self.read, run)

    async def write_async(self, run: Callable[[Connection], T]) -> T:
        if self._writer is not None:
            return await asyncio.wrap_future(self._writer.submit(run))
        return await self.executor.run(self.write, run)

    def group(
        self, name: str, apply: Callable[[Connection, Sequence[Item]], Sequence[Verdict | Exception]]
    ) -> Group[Item, Verdict]:
        """Writes that are applied and committed together; see `Group`. Make it once at start, not per request."""
        return Group(self._writer or self._open_writer(name), apply)

    def ping(self) -> None:
        """Read. Raises what keeps the database from answering."""
        self.read(lambda connection: connection.execute(text("SELECT 1")).scalar_one())

    def check_write(self) -> None:
        """Write and commit, changing nothing. Raises what keeps the database from storing anything."""
        self.write(lambda connection: connection.execute(_REWRITE))

    @property
    def queued(self) -> int:
        return sum(writer.queued for writer in self._writers)

    def close(self) -> None:
        """Commit what is queued, then close every connection."""
        self.executor.close()
        for writer in self._writers:
            writer.close()
        if self._checkpointer is not None:
            self._checkpointer.close()
        self._writing.dispose()
        self._reader.dispose()

    def _open_writer(self, name: str, on_commit: Callable[[], None] = lambda: None) -> Writer:
        writer = Writer(self._writing, name, self.writing, on_commit)
        self._writers.append(writer)
        return writer


@contextmanager
def _watched(outage: Outage) -> Iterator[None]:
    """Log when the database stops and when it begins to work, whoever notices first."""
    try:
        yield
    except Exception as error:
        if is_outage(error):
            outage.failed(error)
        raise
    outage.over()
