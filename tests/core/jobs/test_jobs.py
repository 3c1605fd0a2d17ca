"""Every job is completed by one worker at a time, whatever happens to the workers."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence

import psycopg
import pytest
from sqlalchemy import Connection, select, update

from core.clock import system_clock
from core.database import Database
from core.jobs import (
    ATTEMPTS_MAX,
    LEASE_MS,
    RETENTION_MS,
    Job,
    JobHandler,
    JobKind,
    JobLost,
    JobRejected,
    Jobs,
    JobView,
    Lane,
    Schedule,
)
from core.jobs.table import TURN_MS, TURNS_JOBS_MAX
from core.tables import jobs as jobs_table
from tests.served import ROOT

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


async def test_a_job_runs_once_and_ends_at_100_percent(database: Database) -> None:
    jobs, done = Jobs(database, system_clock), []
    async with working(jobs, {"work": lambda job: done.append((job.subject, job.arguments, job.attempt))}):
        await add(database, jobs, "s")
        await until(has_state(database, jobs, "s", "done"))
    assert done == [("s", {"n": 1}, 1)]
    assert (await view(database, jobs, "s")).progress == 100


async def test_progress_can_be_read_while_the_job_runs(database: Database) -> None:
    jobs, go_on = Jobs(database, system_clock), threading.Event()

    def handler(job: Job) -> None:
        job.progress("halfway", 50)
        assert go_on.wait(WAIT_S)

    async with working(jobs, {"work": handler}):
        await add(database, jobs, "s")

        async def seen() -> bool:
            now = await view(database, jobs, "s")
            return (now.state, now.stage, now.progress) == ("running", "halfway", 50)

        await until(seen)
        go_on.set()
        await until(has_state(database, jobs, "s", "done"))


async def test_a_rollback_queues_no_job(database: Database) -> None:
    jobs = Jobs(database, system_clock)

    def write(connection: Connection) -> None:
        jobs.add(connection, "work", "s", {})
        raise LookupError

    with pytest.raises(LookupError):
        await database.write_async(write)
    assert await database.read_async(lambda c: jobs.latest(c, "s")) is None


async def test_a_failing_job_is_retried_and_finally_given_up(database: Database) -> None:
    time, attempts = Time(), []
    jobs = Jobs(database, time)

    def handler(job: Job) -> None:
        attempts.append(job.attempt)
        raise LookupError("not today")

    async def given_up() -> bool:
        state = (await view(database, jobs, "s")).state
        if state == "queued" and attempts:
            time.leap_ms += 60_000  # past the delay before the next attempt
            jobs.wake()
        return state == "failed"

    async with working(jobs, {"work": handler}):
        await add(database, jobs, "s")
        await until(given_up)
    assert attempts == list(range(1, ATTEMPTS_MAX + 1))
    assert (await view(database, jobs, "s")).error == "internal_error"


async def test_a_rejected_job_is_not_retried_and_has_a_reason(database: Database) -> None:
    jobs, attempts = Jobs(database, system_clock), []

    def handler(job: Job) -> None:
        attempts.append(job.attempt)
        raise JobRejected("no_good")

    async with working(jobs, {"work": handler}):
        await add(database, jobs, "s")
        await until(has_state(database, jobs, "s", "failed"))
    assert attempts == [1]
    assert (await view(database, jobs, "s")).error == "no_good"


async def test_another_worker_takes_over_a_killed_workers_job(database: Database, database_url: str) -> None:
    time = Time()
    jobs, attempts = Jobs(database, time), []
    job = await add(database, jobs, "s")
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.core.jobs.job_worker", database_url, "work", "0"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        assert (await asyncio.to_thread(process.stdout.readline)).decode().strip() == job
    finally:
        process.kill()
        process.communicate()
    async with working(jobs, {"work": lambda job: attempts.append(job.attempt)}):
        await asyncio.sleep(0)
        assert (await view(database, jobs, "s")).state == "running", "its lease has not run out"
        time.leap_ms = LEASE_MS + 1_000
        await until(has_state(database, jobs, "s", "done"))
    assert attempts == [2]


async def test_a_job_that_kills_its_workers_is_given_up(database: Database) -> None:
    time = Time()
    jobs = Jobs(database, time)
    await add(database, jobs, "s")
    for _ in range(ATTEMPTS_MAX):  # a worker that claims it and then vanishes
        assert await database.write_async(lambda c: jobs.table.claim(c, "gone", {"work": 0})) is not None
        time.leap_ms += LEASE_MS + 1_000
    async with working(jobs, {"work": lambda job: pytest.fail("it was handed out once more")}):
        await until(has_state(database, jobs, "s", "failed"))
    assert (await view(database, jobs, "s")).error == "attempts_exhausted"


async def test_concurrent_workers_run_each_job_once(database: Database, database_url: str) -> None:
    done: list[str] = []
    second_database = Database(database_url)
    first, second = Jobs(database, system_clock), Jobs(second_database, system_clock)
    subjects = [f"s{n}" for n in range(12)]
    for subject in subjects:
        await add(database, first, subject)
    handlers = {"work": lambda job: done.append(job.subject)}
    async with working(first, handlers), working(second, handlers):
        for subject in subjects:
            await until(has_state(database, first, subject, "done"))
    second_database.close()
    assert sorted(done) == sorted(subjects)


async def test_a_worker_that_lost_its_lease_is_notified_and_cannot_finish(database: Database) -> None:
    time, lost = Time(), threading.Event()
    jobs, other = Jobs(database, time), Jobs(database, time)

    def handler(job: Job) -> None:
        try:
            while True:
                job.progress("working", 10)
                threading.Event().wait(0.01)
        except JobLost:
            lost.set()
            raise

    async with working(jobs, {"work": handler}):
        await add(database, jobs, "s")
        await until(has_state(database, jobs, "s", "running"))
        claim = database.write(lambda c: _take_over(c, time))
        assert claim == 1
        await until(lambda: asyncio.to_thread(lost.is_set))
    row = await database.read_async(lambda c: c.execute(select(jobs_table)).one())
    assert (row.state, row.worker) == ("running", "other")
    assert (await view(database, other, "s")).state == "running"


def _take_over(connection: Connection, time: Time) -> int:
    return connection.execute(update(jobs_table).values(worker="other", lease_until=time() + LEASE_MS)).rowcount


async def test_a_stopped_worker_returns_its_job_without_using_up_an_attempt(database: Database) -> None:
    jobs, attempts = Jobs(database, system_clock), []

    def handler(job: Job) -> None:
        attempts.append(job.attempt)
        while len(attempts) == 1:
            job.progress("working", 10)
            threading.Event().wait(0.01)

    async with working(jobs, {"work": handler}):
        await add(database, jobs, "s")
        await until(has_state(database, jobs, "s", "running"))
        await until(lambda: asyncio.to_thread(lambda: bool(attempts)))
    assert (await view(database, jobs, "s")).state == "queued"
    async with working(jobs, {"work": handler}):
        await until(has_state(database, jobs, "s", "done"))
    assert attempts == [1, 1]


async def test_a_worker_skips_jobs_of_unknown_kinds(database: Database) -> None:
    jobs = Jobs(database, system_clock)
    async with working(jobs, {"work": lambda job: None}):
        await add(database, jobs, "foreign", kind="other")
        await add(database, jobs, "own")
        await until(has_state(database, jobs, "own", "done"))
    assert (await view(database, jobs, "foreign")).state == "queued"


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


async def test_lanes_do_not_block_each_other(database: Database) -> None:
    jobs, go_on = Jobs(database, system_clock), threading.Event()

    def wait(job: Job) -> None:
        assert go_on.wait(WAIT_S)

    kinds = {
        "slow": JobKind(wait, Lane.MEDIA),
        "quick": JobKind(lambda job: None, Lane.PRIVACY),
    }
    async with running(jobs, kinds):
        await add(database, jobs, "slow", "slow")
        await until(has_state(database, jobs, "slow", "running"))
        await add(database, jobs, "quick", "quick")
        await until(has_state(database, jobs, "quick", "done"))
        assert (await view(database, jobs, "slow")).state == "running"
        go_on.set()
        await until(has_state(database, jobs, "slow", "done"))


async def test_a_worker_runs_only_jobs_of_its_lanes(database: Database) -> None:
    jobs = Jobs(database, system_clock)
    kinds = {
        "film": JobKind(lambda job: None, Lane.MEDIA),
        "erase": JobKind(lambda job: None, Lane.PRIVACY),
    }
    async with running(jobs, kinds, lanes=[Lane.PRIVACY]):
        await add(database, jobs, "film", "film")
        await add(database, jobs, "erase", "erase")
        await until(has_state(database, jobs, "erase", "done"))
        assert (await view(database, jobs, "film")).state == "queued"


async def test_urgent_jobs_run_first(database: Database) -> None:
    jobs, done = Jobs(database, system_clock), []
    kinds = {
        "later": JobKind(lambda job: done.append(job.kind), Lane.MEDIA),
        "urgent": JobKind(lambda job: done.append(job.kind), Lane.MEDIA, priority=10),
    }
    await add(database, jobs, "a", "later")
    await add(database, jobs, "b", "urgent")
    async with running(jobs, kinds):
        await until(has_state(database, jobs, "a", "done"))
    assert done == ["urgent", "later"]


async def test_people_take_turns_however_many_jobs_one_of_them_has(database: Database) -> None:
    jobs, done = Jobs(database, system_clock), []

    def work(job: Job) -> None:
        done.append(job.subject)

    for subject in ("ann-1", "ann-2", "ann-3", "ann-4", "bob-1", "bob-2", "eve-1"):
        await add(database, jobs, subject, owner=subject.partition("-")[0])
    async with working(jobs, {"work": work}):
        for subject in ("ann-4", "bob-2", "eve-1"):
            await until(has_state(database, jobs, subject, "done"))
    assert done == ["ann-1", "bob-1", "eve-1", "ann-2", "bob-2", "ann-3", "ann-4"]


async def test_somebody_whose_last_turn_is_long_ago_does_not_wait_for_newcomers(database: Database) -> None:
    time = Time()
    jobs = Jobs(database, time)

    async def claim() -> str:
        job = await database.write_async(lambda c: jobs.table.claim(c, "worker", {"work": 0}))
        assert job is not None
        await database.write_async(lambda c: jobs.table.finish(c, job, "worker", None))
        return job.subject

    await database.write_async(lambda c: jobs.add(c, "work", "ann-1", {}, owner="ann"))
    assert await claim() == "ann-1"
    time.leap_ms += TURN_MS + 1
    await database.write_async(lambda c: jobs.add(c, "work", "ann-2", {}, owner="ann"))
    time.leap_ms += 1
    await database.write_async(lambda c: jobs.add(c, "work", "bob-1", {}, owner="bob"))
    assert [await claim(), await claim()] == ["ann-2", "bob-1"]


async def test_a_newcomer_is_next_behind_hundreds_of_jobs_of_few_people(database: Database) -> None:
    jobs = Jobs(database, system_clock)

    def queue(connection: Connection) -> None:
        for number in range(TURNS_JOBS_MAX - 1):
            jobs.add(connection, "work", f"ann-{number}", {}, owner=f"ann-{number % 5}")
        jobs.add(connection, "work", "bob", {}, owner="bob")

    await database.write_async(queue)
    claimed = []
    for _ in range(6):
        job = await database.write_async(lambda c: jobs.table.claim(c, "worker", {"work": 0}))
        assert job is not None
        claimed.append(job.subject)
    assert "bob" in claimed


@pytest.mark.parametrize("how", ["rejected", "exhausted"])
async def test_the_failure_hook_runs_when_a_job_is_given_up(database: Database, how: str) -> None:
    time, failed = Time(), []
    jobs = Jobs(database, time)

    def refuse(job: Job) -> None:
        raise JobRejected("no_good")

    await add(database, jobs, "s")
    if how == "exhausted":
        for _ in range(ATTEMPTS_MAX):
            await database.write_async(lambda c: jobs.table.claim(c, "gone", {"work": 0}))
            time.leap_ms += LEASE_MS + 1_000
    hook = JobKind(refuse, Lane.TRUST, on_failure=lambda job: failed.append(job.subject))
    async with running(jobs, {"work": hook}):
        await until(has_state(database, jobs, "s", "failed"))
    assert failed == ["s"]


async def test_a_failure_hook_that_fails_is_called_again(database: Database) -> None:
    time, called = Time(), []
    jobs = Jobs(database, time)

    def refuse(job: Job) -> None:
        raise JobRejected("no_good")

    def hook(job: Job) -> None:
        called.append(job.attempt)
        if len(called) == 1:
            raise OSError("the database is away")

    await add(database, jobs, "s")
    async with running(jobs, {"work": JobKind(refuse, Lane.TRUST, on_failure=hook)}):
        await until(lambda: asyncio.sleep(0, result=bool(called)))
        await asyncio.sleep(1.0)  # until the worker has let go of it, without a renewal after the leap
        time.leap_ms += 2 * LEASE_MS
        await until(has_state(database, jobs, "s", "failed"))
    assert called == [1, 2]


async def test_of_a_schedule_only_the_last_run_is_kept(database: Database) -> None:
    time = Time()
    jobs = Jobs(database, time)
    schedule = Schedule("sweep", 60, JobKind(lambda job: None, Lane.PRIVACY))
    await database.write_async(lambda c: jobs.table.queue_scheduled(c, schedule))
    async with running(jobs, {"sweep": schedule.job}):
        await until(has_state(database, jobs, "sweep", "done"))
    time.leap_ms += 60_001
    await database.write_async(lambda c: jobs.table.queue_scheduled(c, schedule))
    states = await database.read_async(lambda c: c.execute(select(jobs_table.c.state)).scalars().all())
    assert states == ["queued"]


async def test_a_schedule_queues_its_job_once_for_all_processes(database: Database, database_url: str) -> None:
    time, done = Time(), []
    other_database = Database(database_url)
    schedule = Schedule("sweep", 3_600, JobKind(lambda job: done.append(job.kind), Lane.PRIVACY))
    jobs, other = Jobs(database, time), Jobs(other_database, time)
    queued = [await database.write_async(lambda c: j.table.queue_scheduled(c, schedule)) for j in (jobs, other)]  # noqa: B023
    assert queued == [True, False]
    async with running(jobs, {}, [schedule]), running(other, {}, [schedule]):
        await until(has_state(database, jobs, "sweep", "done"))
    assert done == ["sweep"]
    time.leap_ms += 3_600_001
    queued = [await database.write_async(lambda c: j.table.queue_scheduled(c, schedule)) for j in (jobs, other)]  # noqa: B023
    assert queued == [True, False]
    other_database.close()


async def test_a_schedule_does_not_queue_behind_a_pending_job(database: Database) -> None:
    time = Time()
    jobs = Jobs(database, time)
    schedule = Schedule("sweep", 60, JobKind(lambda job: None, Lane.PRIVACY))
    for _ in range(3):
        assert await database.write_async(lambda c: jobs.table.queue_scheduled(c, schedule))
        time.leap_ms += 60_001
    assert len(await database.read_async(lambda c: c.execute(select(jobs_table)).all())) == 1


async def test_finished_jobs_are_deleted_after_their_retention(database: Database) -> None:
    time = Time()
    jobs = Jobs(database, time)
    async with working(jobs, {"work": lambda job: None}):
        await add(database, jobs, "old")
        await until(has_state(database, jobs, "old", "done"))
    await add(database, jobs, "waiting")
    assert await database.write_async(jobs.table.delete_finished) == 0
    time.leap_ms += RETENTION_MS + 1_000
    assert await database.write_async(jobs.table.delete_finished) == 1
    assert await database.read_async(lambda c: jobs.latest(c, "old")) is None
    assert (await view(database, jobs, "waiting")).state == "queued"


async def test_an_outage_of_the_database_delays_jobs_and_ends_nothing(
    postgres: str, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.jobs.POLL_S", 0.05)
    monkeypatch.setattr("core.jobs.jobs.SCHEDULE_POLL_S", 0.05)
    monkeypatch.setattr("core.jobs.jobs.RENEW_S", 0.05)
    database, name = Database(postgres_url), postgres_url.rpartition("/")[2]
    jobs, going_on, done = Jobs(database, system_clock), threading.Event(), []
    began = threading.Event()

    def work(job: Job) -> None:
        began.set()
        going_on.wait(WAIT_S)
        done.append(job.subject)

    schedule = Schedule("sweep", 3_600, JobKind(lambda job: done.append(job.kind), Lane.PRIVACY))
    await database.write_async(lambda c: jobs.add(c, "work", "one", {}))
    task = asyncio.create_task(jobs.run({"work": JobKind(work, Lane.MEDIA)}, [schedule]))
    await asyncio.to_thread(began.wait, WAIT_S)
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        await asyncio.sleep(0.5)  # claims, renewals and schedules fail meanwhile
        going_on.set()
        await asyncio.sleep(0.2)
        assert not task.done()
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
    await until(has_state(database, jobs, "one", "done"))
    await database.write_async(lambda c: jobs.add(c, "work", "two", {}))
    await until(has_state(database, jobs, "two", "done"))
    assert "one" in done
    assert "two" in done
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    database.close()


async def test_a_worker_that_lost_its_lease_gives_nothing_up(database: Database) -> None:
    """Another worker has completed the job meanwhile."""
    given_up: list[int] = []
    go_on, began, later = threading.Event(), threading.Event(), Time()
    later.leap_ms = 2 * LEASE_MS
    paused, other = Jobs(database, system_clock), Jobs(database, later)

    def slow(job: Job) -> None:
        began.set()
        go_on.wait(WAIT_S)
        raise JobRejected("source_missing")

    hooked = JobKind(slow, Lane.MEDIA, on_failure=lambda job: given_up.append(job.attempt))
    await add(database, paused, "s")
    async with running(paused, {"work": hooked}):
        await asyncio.to_thread(began.wait, WAIT_S)
        async with running(other, {"work": JobKind(lambda job: None, Lane.MEDIA)}):
            await until(has_state(database, other, "s", "done"))
            await asyncio.sleep(1.5)  # until the first worker has noticed
            go_on.set()
            await asyncio.sleep(1.0)
    assert (await view(database, other, "s")).state == "done"
    assert given_up == []
