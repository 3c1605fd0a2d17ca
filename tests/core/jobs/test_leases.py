"""Whatever happens to the worker of a job, another one takes over, and only one finishes it."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import threading

from sqlalchemy import Connection, select, update

from core.clock import system_clock
from core.database import Database
from core.jobs import (
    LEASE_MS,
    Job,
    JobKind,
    JobLost,
    JobRejected,
    Jobs,
    Lane,
)
from core.tables import jobs as jobs_table
from tests.core.jobs.workers import WAIT_S, Time, add, has_state, running, until, view, working
from tests.served import ROOT


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
