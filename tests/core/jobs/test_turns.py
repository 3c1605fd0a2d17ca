"""Lanes, priorities and people: who waits for whom, and nobody for ever."""

from __future__ import annotations

import threading

from sqlalchemy import Connection

from core.clock import system_clock
from core.database import Database
from core.jobs import (
    Job,
    JobKind,
    Jobs,
    Lane,
)
from core.jobs.table import TURN_MS, TURNS_JOBS_MAX
from tests.core.jobs.workers import WAIT_S, Time, add, has_state, running, until, view, working


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
