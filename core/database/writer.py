"""The writer: one thread that commits in groups and never waits for a group to fill.

Whatever queued up during the last commit becomes the next transaction. Under load that is one fsync for hundreds of
writes; on a quiet server every write is committed at once. No write is acknowledged before it is on disk.
"""

from __future__ import annotations

import asyncio
import queue
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

import structlog
from sqlalchemy import Connection, Engine

from core.errors import Overloaded
from core.outages import Outage, is_outage

T = TypeVar("T")
Item = TypeVar("Item")
Verdict = TypeVar("Verdict")

BATCH_ITEMS_MAX = 1_000
QUEUE_ITEMS_MAX = 50_000
CLOSE_S = 12.0  # more than SQLite's busy time-out

log = structlog.get_logger("writer")


@dataclass(slots=True)
class _Work:
    """One ordinary write: a function in a savepoint of its own."""

    run: Callable[[Connection], Any]
    future: Future[Any]


@dataclass(slots=True)
class _Post:
    """One item of a group. Its future belongs to an event loop and is resolved there, many at a time."""

    group: Group[Any, Any]
    item: Any
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop


_Entry = _Work | _Post | None  # None: stop


class Group(Generic[Item, Verdict]):
    """Writes of one kind that are applied together: `apply(connection, items)` returns a verdict for each, in order.

    An exception from `apply` rolls back the whole call; the items are then retried one by one, so that one bad item
    does not fail the others. A verdict that is an exception is raised to whoever posted the item.
    """

    def __init__(
        self, writer: Writer, apply: Callable[[Connection, Sequence[Item]], Sequence[Verdict | Exception]]
    ) -> None:
        self._writer = writer
        self.apply = apply

    def post(self, item: Item) -> asyncio.Future[Verdict]:
        """Queue an item; the future is done after the commit. Call it on an event loop. Raises Overloaded."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Verdict] = loop.create_future()
        self._writer.put(_Post(self, item, future, loop))
        return future


@dataclass(slots=True)
class _Outcome:
    work: list[tuple[Future[Any], Any]] = field(default_factory=list)
    posts: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Any], Any]]] = field(default_factory=dict)

    def add(self, entry: _Work | _Post, result: Any) -> None:
        if isinstance(entry, _Work):
            self.work.append((entry.future, result))
        else:
            self.posts.setdefault(entry.loop, []).append((entry.future, result))

    def resolve_futures(self) -> None:
        for future, result in self.work:
            if not future.set_running_or_notify_cancel():  # its waiter was cancelled; the commit stands
                continue
            if isinstance(result, BaseException):
                future.set_exception(result)
            else:
                future.set_result(result)
        for loop, settled in self.posts.items():
            try:
                loop.call_soon_threadsafe(_resolve_posts, settled)
            except RuntimeError:  # that loop has closed: nobody waits, and the commit stands
                continue


def _resolve_posts(settled: list[tuple[asyncio.Future[Any], Any]]) -> None:
    for future, result in settled:
        if future.done():
            continue
        if isinstance(result, BaseException):
            future.set_exception(result)
        else:
            future.set_result(result)


class Writer:
    """One thread with one connection. `submit` and `put` may be called from anywhere."""

    def __init__(self, engine: Engine, name: str, outage: Outage, on_commit: Callable[[], None] = lambda: None) -> None:
        """`outage` is told whether commits work. `on_commit` is called in the writer's thread, after each commit."""
        self._engine = engine
        self._outage = outage
        self._on_commit = on_commit
        self._queue: queue.SimpleQueue[_Entry] = queue.SimpleQueue()  # bounded by QUEUE_ITEMS_MAX in put()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name=f"writer-{name}", daemon=True)
        self._thread.start()

    @property
    def thread(self) -> threading.Thread:
        return self._thread

    @property
    def queued(self) -> int:
        return self._queue.qsize()

    def submit(self, run: Callable[[Connection], T]) -> Future[T]:
        future: Future[T] = Future()
        self.put(_Work(run, future))
        return future

    def put(self, entry: _Work | _Post) -> None:
        if self._closed or self._queue.qsize() >= QUEUE_ITEMS_MAX:
            raise Overloaded("The database cannot keep up with the writes.")
        self._queue.put(entry)

    def close(self) -> None:
        """Commit what is queued, then stop."""
        if not self._closed:
            self._closed = True
            self._queue.put(None)
            self._thread.join(CLOSE_S)  # a database that hangs must not keep the process from ending

    def _run(self) -> None:
        # SQLite's connection cannot go stale, so we keep it; PostgreSQL's comes from the pool, which pings it first.
        kept: Connection | None = None
        stopping = False
        while not stopping:
            batch, stopping = self._next_batch()
            if not batch:
                continue
            try:
                connection = kept or self._engine.connect()
            except Exception as fault:
                self._settle(_failed(batch, fault), fault)
                continue
            if self._engine.dialect.name == "sqlite":
                kept = connection
                self._settle(*_commit(connection, batch))
            else:
                with connection:
                    self._settle(*_commit(connection, batch))
        if kept is not None:
            kept.close()

    def _settle(self, outcome: _Outcome, fault: Exception | None) -> None:
        """`fault`: what kept the whole batch from being committed."""
        if fault is None:
            self._outage.over()
            self._on_commit()
        elif is_outage(fault):
            self._outage.failed(fault)
        else:
            log.error("commit failed", error=repr(fault))
        outcome.resolve_futures()

    def _next_batch(self) -> tuple[list[_Work | _Post], bool]:
        entry = self._queue.get()
        batch: list[_Work | _Post] = []
        while entry is not None:
            batch.append(entry)
            if len(batch) == BATCH_ITEMS_MAX:
                return batch, False
            try:
                entry = self._queue.get_nowait()
            except queue.Empty:
                return batch, False
        return batch, True


def _commit(connection: Connection, batch: list[_Work | _Post]) -> tuple[_Outcome, Exception | None]:
    """Commit a batch as one transaction. Also returns what kept all of it from being committed."""
    parts = _parts(batch)
    try:
        if len(parts) == 1:
            results = _commit_alone(connection, parts[0])
        else:
            with _transaction(connection):
                results = [result for part in parts for result in _apply(connection, part)]
    except Exception as error:  # the disk is full or the database is away: nothing of this batch happened
        cause = error.cause if isinstance(error, _RolledBackError) else error
        return _failed(batch, cause), cause
    outcome = _Outcome()
    for entry, result in zip([entry for part in parts for entry in part], results, strict=True):
        outcome.add(entry, result)
    fault = results[0] if len(results) == 1 and isinstance(results[0], Exception) and is_outage(results[0]) else None
    return outcome, fault


def _failed(batch: list[_Work | _Post], fault: Exception) -> _Outcome:
    outcome = _Outcome()
    for entry in batch:
        outcome.add(entry, fault)
    return outcome


class _RolledBackError(Exception):
    """The whole transaction is lost, and with it every savepoint: the connection broke, or SQLite's disk is full."""

    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


@contextmanager
def _transaction(connection: Connection) -> Iterator[None]:
    """Like `connection.begin()`, which would take a transaction that SQLite has rolled back for a committed one."""
    with connection.begin():
        yield
        _check_open(connection, None)


def _check_open(connection: Connection, problem: Exception | None) -> None:
    """Raises _RolledBackError if the transaction is over. `problem` is what happened last."""
    if not connection.invalidated and getattr(connection.connection.dbapi_connection, "in_transaction", True):
        return
    cause: BaseException | None = problem
    while cause is not None and not is_outage(cause):  # "no such savepoint", because of ...
        cause = cause.__context__
    found = cause if isinstance(cause, Exception) else problem
    raise _RolledBackError(found or RuntimeError("the database rolled the transaction back"))


def _commit_alone(connection: Connection, part: list[_Work | _Post]) -> Sequence[Any]:
    """A batch of one part, as on a quiet server, needs no savepoint: the transaction is enough."""
    try:
        with _transaction(connection):
            return _run_part(connection, part)
    except Exception as problem:
        if len(part) == 1:
            return [problem]
    with _transaction(connection):
        return [result for entry in part for result in _apply(connection, [entry])]


def _parts(batch: list[_Work | _Post]) -> list[list[_Work | _Post]]:
    """Each ordinary write is a part of its own; a group's items form one part at the place of its first item."""
    parts: list[list[_Work | _Post]] = []
    groups: dict[int, list[_Work | _Post]] = {}
    for entry in batch:
        if isinstance(entry, _Work):
            parts.append([entry])
        elif (part := groups.get(id(entry.group))) is not None:
            part.append(entry)
        else:
            groups[id(entry.group)] = part = [entry]
            parts.append(part)
    return parts


def _apply(connection: Connection, part: list[_Work | _Post]) -> Sequence[Any]:
    """Run a part in a savepoint; if that fails, run each of its items in one."""
    try:
        with connection.begin_nested():
            return _run_part(connection, part)
    except Exception as problem:
        _check_open(connection, problem)
        if len(part) == 1:
            return [problem]
    return [result for entry in part for result in _apply(connection, [entry])]


def _run_part(connection: Connection, part: list[_Work | _Post]) -> Sequence[Any]:
    first = part[0]
    if isinstance(first, _Work):
        return [first.run(connection)]
    verdicts = first.group.apply(connection, [post.item for post in part if isinstance(post, _Post)])
    if len(verdicts) != len(part):
        raise RuntimeError("a group's apply must give one verdict for each item")
    return verdicts
