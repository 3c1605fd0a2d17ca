"""Jobs: long work in a table, claimed with a lease, so that a killed worker's job goes to another."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection

from core.clock import Clock
from core.database import Database
from core.ids import new_id
from core.jobs.kinds import Job, JobHandler, JobKind, JobRejected, JobView, Lane, Schedule
from core.jobs.table import ATTEMPTS_MAX, JobTable, is_given_up
from core.outages import is_outage

RENEW_S = 1.0
POLL_S = 1.0
SCHEDULE_POLL_S = 5.0
STOP_S = 5.0
OUTAGE_RETRY_MS = 10_000

T = TypeVar("T")

log = structlog.get_logger("jobs")


class Jobs:
    """Queues jobs and, in `run`, works on them."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self.table = JobTable(clock)
        self._wakers: set[asyncio.Event] = set()  # one for each job that can run at once
        self._loop: asyncio.AbstractEventLoop | None = None

    def add(
        self,
        connection: Connection,
        kind: str,
        subject: str,
        arguments: Mapping[str, Any],
        *,
        owner: str = "",
        delay_ms: int = 0,
    ) -> str:
        """Queue a job in the caller's transaction; owners take turns. Call `wake` after its commit."""
        return self.table.add(connection, kind, subject, arguments, owner=owner, delay_ms=delay_ms)

    def latest(self, connection: Connection, subject: str) -> JobView | None:
        """The newest job about a subject, if it has not been cleaned up."""
        return self.table.latest(connection, subject)

    def added_since(self, connection: Connection, kind: str, subject: str, since: int) -> bool:
        """Whether such a job has been queued after a time (Unix ms, RETENTION_MS ago at most)."""
        return self.table.added_since(connection, kind, subject, since)

    def wake(self) -> None:
        """Wake this process's workers instead of waiting for their next poll. May be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake_all)

    def _wake_all(self) -> None:
        for waker in self._wakers:
            waker.set()

    async def run(
        self,
        kinds: Mapping[str, JobKind],
        schedules: Sequence[Schedule] = (),
        lanes: Collection[Lane] = tuple(Lane),
    ) -> None:
        """Run jobs until cancelled, in each lane as many at once as it allows."""
        self._loop = asyncio.get_running_loop()
        kinds = {**kinds, **{schedule.kind: schedule.job for schedule in schedules}}
        async with asyncio.TaskGroup() as tasks:
            for lane in lanes:
                own = {kind: job for kind, job in kinds.items() if job.lane is lane}
                for _ in range(lane.concurrency if own else 0):
                    tasks.create_task(self._work_lane(own), name=f"jobs-{lane.value}")
            known = [kind for kind, job in kinds.items() if job.lane in lanes]
            tasks.create_task(self._poll(known), name="jobs-poll")
            tasks.create_task(self._queue_schedules(schedules), name="jobs-schedules")

    async def _poll(self, kinds: Collection[str]) -> None:
        """Look for due jobs on behalf of all lanes: an idle server needs one read a second, not a write per lane."""
        while True:
            await asyncio.sleep(POLL_S)
            with _outages_ignored():
                if await self._database.read_async(lambda c: self.table.has_due(c, kinds)):
                    self._wake_all()

    # -- one lane --------------------------------------------------------------------------------

    async def _work_lane(self, kinds: Mapping[str, JobKind]) -> None:
        worker = new_id()
        priorities = {kind: job.priority for kind, job in kinds.items()}
        waker = asyncio.Event()
        self._wakers.add(waker)
        try:
            while True:
                waker.clear()
                job = await self._write_when_available(lambda c: self.table.claim(c, worker, priorities))
                if job is None:
                    await waker.wait()
                    continue
                await self._work(job, worker, kinds[job.kind])
        finally:
            self._wakers.discard(waker)

    async def _work(self, job: Job, worker: str, kind: JobKind) -> None:
        handler = kind.run if job.attempt <= ATTEMPTS_MAX else _give_up_exhausted
        done = _start(handler, job)
        try:
            await self._keep_lease(job, worker, done)
        except asyncio.CancelledError:
            job.lost = True  # the handler stops at its next report of progress
            await asyncio.wait([done], timeout=STOP_S)
            if done.done():
                with _outages_ignored():  # then the lease runs out
                    await self._stop(job, worker, done.result())
            raise  # a handler that did not stop keeps its lease: nobody takes the job over before it runs out
        problem = done.result()
        if problem is not None and is_outage(problem):  # not the job's fault
            log.warning("job waits for the end of an outage", job=job.id, kind=job.kind, error=repr(problem))
            await self._write_when_available(lambda c: self.table.hand_back(c, job, worker, delay_ms=OUTAGE_RETRY_MS))
            return
        if problem is not None and not isinstance(problem, JobRejected):
            log.error("job failed", job=job.id, kind=job.kind, attempt=job.attempt, exc_info=problem)
        if problem is not None and kind.on_failure is not None and not job.lost and is_given_up(job, problem):
            hook = _start(kind.on_failure, job)  # before the row is updated: after a crash it is called again
            await self._keep_lease(job, worker, hook)
            if (fault := hook.result()) is not None:
                log.error("failure hook failed", job=job.id, kind=job.kind, exc_info=fault)
                return  # when the lease has run out, a worker calls it again
        await self._write_when_available(lambda c: self.table.finish(c, job, worker, problem))

    async def _keep_lease(self, job: Job, worker: str, done: asyncio.Future[BaseException | None]) -> None:
        while not done.done():
            await asyncio.wait([done], timeout=RENEW_S)
            with _outages_ignored():  # the lease outlives a short outage; after a long one it shows that it is lost
                job.lost |= not await self._write(lambda c: self.table.renew(c, job, worker))

    async def _stop(self, job: Job, worker: str, problem: BaseException | None) -> None:
        if problem is None:
            await self._write(lambda c: self.table.finish(c, job, worker, None))
        else:  # also a rejected job: the next worker rejects it again and calls its failure hook
            await self._write(lambda c: self.table.hand_back(c, job, worker))

    async def _write(self, run: Callable[[Connection], T]) -> T:
        """A write that a cancellation waits for, so that nobody closes the database under it."""
        writing = asyncio.ensure_future(self._database.executor.run(self._database.write, run))
        try:
            return await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait([writing], timeout=STOP_S)
            raise

    async def _write_when_available(self, run: Callable[[Connection], T]) -> T:
        """A write that an outage of the database delays but does not prevent."""
        while True:
            try:
                return await self._write(run)
            except Exception as error:
                if not is_outage(error):
                    raise
            await asyncio.sleep(POLL_S)

    # -- schedules -------------------------------------------------------------------------------

    async def _queue_schedules(self, schedules: Sequence[Schedule]) -> None:
        while True:
            with _outages_ignored():
                due = await self._database.read_async(self.table.due) if schedules else {}
                for schedule in schedules:
                    if due.get(schedule.kind, 0) <= self._clock():
                        await self._write(lambda c: self.table.queue_scheduled(c, schedule))  # noqa: B023
                        self._wake_all()
            await asyncio.sleep(SCHEDULE_POLL_S)


@contextmanager
def _outages_ignored() -> Iterator[None]:
    """The next round tries again; the database logs its outages itself."""
    try:
        yield
    except Exception as error:
        if not is_outage(error):
            raise


def _give_up_exhausted(_: Job) -> None:
    """Every worker that ran it was killed: do not let it kill another."""
    raise JobRejected("attempts_exhausted")


def _start(handler: JobHandler, job: Job) -> asyncio.Future[BaseException | None]:
    """Run a handler in its own thread. The future holds the exception it raised."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[BaseException | None] = loop.create_future()

    def work() -> None:
        problem: BaseException | None = None
        try:
            handler(job)
        except BaseException as error:
            problem = error
        with suppress(RuntimeError):  # the loop is closed: the process stops, and did not wait any longer
            loop.call_soon_threadsafe(_resolve, done, problem)

    threading.Thread(target=work, name=f"job-{job.kind}", daemon=True).start()
    return done


def _resolve(done: asyncio.Future[BaseException | None], problem: BaseException | None) -> None:
    if not done.done():
        done.set_result(problem)
