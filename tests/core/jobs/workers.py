"""Workers for the tests of jobs, with a clock that leaps."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

from core.clock import system_clock
from core.database import Database
from core.jobs import (
    JobHandler,
    JobKind,
    Jobs,
    JobView,
    Lane,
    Schedule,
)

WAIT_S = 45.0


class Time:
    """The real time plus a leap that the test sets."""

    def __init__(self) -> None:
        self.leap_ms = 0

    def __call__(self) -> int:
        return system_clock() + self.leap_ms


@contextlib.asynccontextmanager
async def working(jobs: Jobs, handlers: Mapping[str, JobHandler]) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(jobs.run({kind: JobKind(run, Lane.MEDIA) for kind, run in handlers.items()}))
    try:
        yield task
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


async def until(true: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(WAIT_S):
        while not await true():
            await asyncio.sleep(0.01)


async def view(database: Database, jobs: Jobs, subject: str) -> JobView:
    found = await database.read_async(lambda c: jobs.latest(c, subject))
    assert found is not None
    return found


def has_state(database: Database, jobs: Jobs, subject: str, state: str) -> Callable[[], Awaitable[object]]:
    async def true() -> bool:
        return (await view(database, jobs, subject)).state == state

    return true


async def add(database: Database, jobs: Jobs, subject: str, kind: str = "work", owner: str = "") -> str:
    job = await database.write_async(lambda c: jobs.add(c, kind, subject, {"n": 1}, owner=owner))
    jobs.wake()
    return job


@contextlib.asynccontextmanager
async def running(
    jobs: Jobs, kinds: Mapping[str, JobKind], schedules: Sequence[Schedule] = (), lanes: Sequence[Lane] = tuple(Lane)
) -> AsyncIterator[None]:
    task = asyncio.create_task(jobs.run(kinds, schedules, lanes))
    try:
        yield
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
