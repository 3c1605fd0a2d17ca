"""Jobs: long work in a table, claimed with a lease, so that a killed worker's job is taken over by another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, and_, insert, or_, select, update

from core.clock import Clock
from core.database import Database
from core.ids import new_id
from core.tables import jobs

LEASE_MS = 60_000
RENEW_S = 15.0
POLL_S = 1.0
ATTEMPTS_MAX = 3
RETRY_MS = 5_000
STOP_S = 5.0

T = TypeVar("T")

log = structlog.get_logger("jobs")


class JobLost(Exception):
    """The lease ran out and somebody else has the job: stop working on it."""


class JobRejected(Exception):
    """The work cannot be done however often it is tried. The text is a stable code."""


@dataclass(slots=True)
class Job:
    """A claimed job. `progress` may be called often: it is written at most once a second by the lease's keeper."""

    id: str
    kind: str
    subject: str
    arguments: dict[str, Any]
    attempt: int
    stage: str = ""
    percent: int = 0
    lost: bool = False

    def progress(self, stage: str, percent: int) -> None:
        """Say how far it is, in percent of the stage's whole job. Raises JobLost."""
        self.stage, self.percent = stage, max(0, min(100, percent))
        if self.lost:
            raise JobLost(self.id)


JobHandler = Callable[[Job], None]
"""Does one job in a thread of its own; blocks until it is done. May be called again for the same job."""


class Lane(Enum):
    """A worker does the jobs of each lane apart from those of the others."""

    MEDIA = "media"
    PRIVACY = "privacy"
    TRUST = "trust"


@dataclass(frozen=True, slots=True)
class JobKind:
    """How jobs of one kind are done. `on_failure` is called once a job is given up."""

    run: JobHandler
    lane: Lane
    priority: int = 0  # the higher, the sooner
    on_failure: Callable[[Job], None] | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job that is queued again every `every_s`, by one of all processes."""

    kind: str
    every_s: float
    job: JobKind


@dataclass(frozen=True, slots=True)
class JobView:
    state: str
    stage: str
    progress: int
    error: str


class Jobs:
    """The table of jobs and, in `run`, the worker that empties it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._news = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(
        self, connection: Connection, kind: str, subject: str, arguments: Mapping[str, Any], *, delay_ms: int = 0
    ) -> str:
        """Queue a job in the caller's transaction. Call `wake` after its commit."""
        now = self._clock()
        job = new_id()
        connection.execute(
            insert(jobs).values(
                id=job, kind=kind, subject=subject, arguments=dict(arguments), state="queued",
                run_at=now + delay_ms, created_at=now,
            )
        )  # fmt: skip
        return job

    def wake(self) -> None:
        """Let a worker in this process look now instead of at its next poll. May be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._news.set)

    def latest(self, connection: Connection, subject: str) -> JobView | None:
        row = connection.execute(
            select(jobs.c.state, jobs.c.stage, jobs.c.progress, jobs.c.error)
            .where(jobs.c.subject == subject)
            .order_by(jobs.c.id.desc())
            .limit(1)
        ).first()
        return JobView(*row) if row else None

    async def run(self, kinds: Mapping[str, JobKind]) -> None:
        """Work until cancelled, one job at a time: transcoding uses every core it finds."""
        self._loop = asyncio.get_running_loop()
        worker = new_id()
        while True:
            self._news.clear()
            job = await self._write(lambda c: self._claim(c, worker, list(kinds)))
            if job is None:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._news.wait(), POLL_S)
                continue
            await self._work(job, worker, kinds[job.kind].run)

    async def _write(self, run: Callable[[Connection], T]) -> T:
        """A write that a cancellation waits for: nobody closes the database under it."""
        writing = asyncio.ensure_future(asyncio.to_thread(self._database.write, run))
        try:
            return await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait([writing])
            raise

    def _claim(self, connection: Connection, worker: str, kinds: list[str]) -> Job | None:
        now = self._clock()
        due = or_(
            and_(jobs.c.state == "queued", jobs.c.run_at <= now),
            and_(jobs.c.state == "running", jobs.c.lease_until < now),
        )
        row = connection.execute(
            select(jobs)
            .where(due, jobs.c.kind.in_(kinds))
            .order_by(jobs.c.run_at)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if row is None:
            return None
        attempt = row.attempts + 1
        values: dict[str, Any] = {
            "state": "running",
            "worker": worker,
            "lease_until": now + LEASE_MS,
            "attempts": attempt,
        }
        if attempt > ATTEMPTS_MAX:  # its workers were killed, each time: do not let it kill another
            values = {"state": "failed", "error": "attempts_exhausted"}
        connection.execute(update(jobs).where(jobs.c.id == row.id).values(values))
        if attempt > ATTEMPTS_MAX:
            return None
        return Job(row.id, row.kind, row.subject, dict(row.arguments), attempt)

    async def _work(self, job: Job, worker: str, handler: JobHandler) -> None:
        done: asyncio.Future[BaseException | None] = asyncio.get_running_loop().create_future()
        loop = asyncio.get_running_loop()

        def work() -> None:
            problem: BaseException | None = None
            try:
                handler(job)
            except BaseException as error:
                problem = error
            loop.call_soon_threadsafe(_settle, done, problem)

        threading.Thread(target=work, name=f"job-{job.kind}", daemon=True).start()
        try:
            while not done.done():
                await asyncio.wait([done], timeout=min(RENEW_S, 1.0))
                if not await self._write(lambda c: self._renew(c, job, worker)):
                    job.lost = True
        except asyncio.CancelledError:
            job.lost = True  # the handler stops at its next word of progress
            await asyncio.wait([done], timeout=STOP_S)
            if done.done():
                await self._write(lambda c: self._hand_back(c, job, worker, done.result()))
            raise  # a handler that did not stop keeps its lease: nobody takes the job over before that has run out
        await self._write(lambda c: self._finish(c, job, worker, done.result()))

    def _renew(self, connection: Connection, job: Job, worker: str) -> bool:
        mine = and_(jobs.c.id == job.id, jobs.c.worker == worker, jobs.c.state == "running")
        values = {"lease_until": self._clock() + LEASE_MS, "stage": job.stage, "progress": job.percent}
        return connection.execute(update(jobs).where(mine).values(values)).rowcount == 1

    def _hand_back(self, connection: Connection, job: Job, worker: str, problem: BaseException | None) -> None:
        """The worker stops: what it did not finish is free for the next one, and does not count as tried."""
        if problem is None or isinstance(problem, JobRejected):
            self._finish(connection, job, worker, problem)
            return
        mine = and_(jobs.c.id == job.id, jobs.c.worker == worker, jobs.c.state == "running")
        values = {"state": "queued", "run_at": self._clock(), "attempts": job.attempt - 1, "stage": "", "progress": 0}
        connection.execute(update(jobs).where(mine).values(values))

    def _finish(self, connection: Connection, job: Job, worker: str, problem: BaseException | None) -> None:
        values: dict[str, Any]
        if problem is None:
            values = {"state": "done", "progress": 100, "error": ""}
        elif isinstance(problem, JobRejected):
            values = {"state": "failed", "error": str(problem)}
        elif isinstance(problem, JobLost):
            return
        else:
            log.error("job failed", job=job.id, kind=job.kind, attempt=job.attempt, exc_info=problem)
            again = job.attempt < ATTEMPTS_MAX
            values = {
                "state": "queued" if again else "failed",
                "error": "internal_error",
                "run_at": self._clock() + RETRY_MS * job.attempt,
            }
        mine = and_(jobs.c.id == job.id, jobs.c.worker == worker, jobs.c.state == "running")
        connection.execute(update(jobs).where(mine).values(values))


def _settle(done: asyncio.Future[BaseException | None], problem: BaseException | None) -> None:
    if not done.done():
        done.set_result(problem)
