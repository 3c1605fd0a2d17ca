"""Every job is completed by one worker at a time."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy import Connection

from core.clock import system_clock
from core.database import Database
from core.jobs import (
    RETENTION_MS,
    Job,
    Jobs,
)
from tests.core.jobs.workers import WAIT_S, Time, add, has_state, until, view, working


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


async def test_a_worker_skips_jobs_of_unknown_kinds(database: Database) -> None:
    jobs = Jobs(database, system_clock)
    async with working(jobs, {"work": lambda job: None}):
        await add(database, jobs, "foreign", kind="other")
        await add(database, jobs, "own")
        await until(has_state(database, jobs, "own", "done"))
    assert (await view(database, jobs, "foreign")).state == "queued"


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
