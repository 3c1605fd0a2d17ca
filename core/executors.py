"""Named, bounded thread pools: a flood of one kind of blocking work cannot hold up the others.

With one shared pool, 108 sign-ins at once delayed a profile read by 19 s, and a hanging payment provider delayed
every request. A full queue refuses with Retry-After: an answer that comes after the client gave up is useless.
"""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import os
import queue
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial
from typing import Any, ParamSpec, TypeVar, cast

from core.errors import Overloaded

SQL_THREADS = 30  # as many as there are connections to PostgreSQL
SQL_QUEUED_MAX = 2_000
PASSWORD_THREADS_MAX = 4  # a hash takes 64 MiB
PASSWORD_QUEUED_MAX = 20  # of 50 to 100 ms each: beyond two seconds it is better to be told so at once
STORAGE_THREADS = 8
STORAGE_QUEUED_MAX = 500
PAYMENT_THREADS = 8
PAYMENT_QUEUED_MAX = 64
RETRY_AFTER_S = 2
CLOSE_S = 5.0
PASSWORD_NICE = 5

P = ParamSpec("P")
T = TypeVar("T")

_END = object()
_Work = tuple[Future[Any], Callable[[], Any]]


class BoundedExecutor:
    """At most `threads` calls run and `queued_max` wait; any more are refused.

    Threads start when they are needed. They are daemons: a call that hangs does not keep the process from ending.
    """

    def __init__(self, name: str, threads: int, queued_max: int, prepare: Callable[[], None] | None = None) -> None:
        """`prepare` runs once in each thread."""
        self.name = name
        self._threads_max = threads
        self._queued_max = queued_max
        self._prepare = prepare
        self._queue: queue.SimpleQueue[_Work | None] = queue.SimpleQueue()  # bounded in submit()
        self._threads: list[threading.Thread] = []
        self._idle = threading.Semaphore(0)
        self._lock = threading.Lock()
        self._closed = False

    @property
    def queued(self) -> int:
        return self._queue.qsize()

    def submit(self, run: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Raises Overloaded when the queue is full."""
        future: Future[T] = Future()
        call = partial(contextvars.copy_context().run, partial(run, *args, **kwargs))
        with self._lock:  # so that nothing is queued behind what close() sends
            if self._closed or self._queue.qsize() >= self._queued_max:
                raise Overloaded(headers={"Retry-After": str(RETRY_AFTER_S)})
            self._queue.put((future, call))
            if not self._idle.acquire(blocking=False) and len(self._threads) < self._threads_max:
                self._start_thread()
        return future

    async def run(self, run: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Call `run` in a thread of this pool and wait for it. Raises Overloaded when the queue is full."""
        return await asyncio.wrap_future(self.submit(run, *args, **kwargs))

    async def iterate(self, items: Iterator[T]) -> AsyncIterator[T]:
        """The items, each computed by this pool. Raises Overloaded when the queue is full."""
        while (item := await self.run(next, items, _END)) is not _END:
            yield cast(T, item)

    def close(self, timeout_s: float = CLOSE_S) -> None:
        """Refuse new calls and wait up to `timeout_s` for the remaining ones."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            for _ in self._threads:
                self._queue.put(None)
        until = time.monotonic() + timeout_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._work, name=f"{self.name}-{len(self._threads)}", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        if self._prepare is not None:
            self._prepare()
        while (work := self._queue.get()) is not None:
            future, call = work
            if future.set_running_or_notify_cancel():
                try:
                    result = call()
                except BaseException as error:
                    future.set_exception(error)
                else:
                    future.set_result(result)
            del work, future, call  # nothing of a request stays alive while the thread waits for the next
            self._idle.release()


def sql_executor() -> BoundedExecutor:
    return BoundedExecutor("sql", SQL_THREADS, SQL_QUEUED_MAX)


def password_executor() -> BoundedExecutor:
    """One fewer than the CPU's cores, so that a flood of sign-ins leaves one for media and other requests.

    argon2 itself starts four threads for each hash. They inherit our lower priority, so that they yield even there.
    """
    threads = max(1, min(PASSWORD_THREADS_MAX, (os.cpu_count() or 1) - 1))
    return BoundedExecutor("passwords", threads, PASSWORD_QUEUED_MAX, _lower_priority)


def _lower_priority() -> None:
    with contextlib.suppress(OSError, AttributeError):  # Linux: the priority is the thread's, not the process's
        if os.uname().sysname == "Linux":
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), PASSWORD_NICE)


@dataclass(frozen=True, slots=True)
class Executors:
    """One pool for each kind of blocking work. What runs on one never waits for another."""

    sql: BoundedExecutor = field(default_factory=sql_executor)
    passwords: BoundedExecutor = field(default_factory=password_executor)
    storage: BoundedExecutor = field(
        default_factory=lambda: BoundedExecutor("storage", STORAGE_THREADS, STORAGE_QUEUED_MAX)
    )
    payments: BoundedExecutor = field(
        default_factory=lambda: BoundedExecutor("payments", PAYMENT_THREADS, PAYMENT_QUEUED_MAX)
    )

    @property
    def all(self) -> tuple[BoundedExecutor, ...]:
        return self.sql, self.passwords, self.storage, self.payments

    def close(self) -> None:
        """Payments first, with a short timeout, because a provider may hang."""
        self.payments.close(1.0)
        self.passwords.close()
        self.storage.close()
        self.sql.close()
