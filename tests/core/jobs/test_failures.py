"""A job that fails is tried again, and given up in the end; an outage costs it nothing."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import threading

import psycopg
import pytest

from core.clock import system_clock
from core.database import Database
from core.jobs import (
    ATTEMPTS_MAX,
    LEASE_MS,
    Job,
    JobKind,
    JobRejected,
    Jobs,
    Lane,
    Schedule,
)
from core.jobs.table import OUTAGE_MS_MAX
from tests.core.jobs.workers import WAIT_S, Time, add, has_state, running, until, view, working


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


async def test_an_outage_uses_up_no_attempts_but_does_not_repeat_a_job_for_ever(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.jobs.jobs.OUTAGE_RETRY_MS", 0)
    time, attempts = Time(), []
    jobs = Jobs(database, time)

    def fail(job: Job) -> None:
        attempts.append(job.attempt)
        raise OSError(errno.ENOSPC, "no space left")

    async def tried_often() -> bool:
        jobs.wake()
        return len(attempts) > 2 * ATTEMPTS_MAX

    async with working(jobs, {"work": fail}):
        await add(database, jobs, "s")
        await until(tried_often)
        assert set(attempts) == {1}
        time.leap_ms = OUTAGE_MS_MAX + 1_000

        async def given_up() -> bool:
            jobs.wake()
            return (await view(database, jobs, "s")).state == "failed"

        await until(given_up)
