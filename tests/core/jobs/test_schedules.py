"""A schedule queues its job once, for all processes."""

from __future__ import annotations

from sqlalchemy import select

from core.database import Database
from core.jobs import (
    JobKind,
    Jobs,
    Lane,
    Schedule,
)
from core.tables import jobs as jobs_table
from tests.core.jobs.workers import Time, has_state, running, until


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
