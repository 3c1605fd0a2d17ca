"""The statements on the table of jobs: queue, claim with a lease, renew, finish, clean up."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import structlog
from sqlalchemy import ColumnElement, Connection, and_, case, delete, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from core.clock import Clock
from core.ids import new_id
from core.jobs.kinds import Job, JobLost, JobRejected, JobView, Schedule
from core.tables import jobs, schedules

LEASE_MS = 60_000
ATTEMPTS_MAX = 3
RETRY_MS = 5_000
OUTAGE_MS_MAX = 24 * 3_600_000
RETENTION_MS = 7 * 24 * 3_600_000  # of finished jobs
CLEAN_BATCH_MAX = 1_000
TURN_MS = 3_600_000  # how long a started job counts as its owner's last turn
TURNS_JOBS_MAX = 500  # how many of the oldest due jobs are looked at

log = structlog.get_logger("jobs")


class JobTable:
    """Each method is one step inside the caller's transaction."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock

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
        now = self._clock()
        job = new_id()
        connection.execute(
            insert(jobs).values(
                id=job, kind=kind, subject=subject, owner=owner, arguments=dict(arguments), state="queued",
                run_at=now + delay_ms, created_at=now,
            )
        )  # fmt: skip
        return job

    def latest(self, connection: Connection, subject: str) -> JobView | None:
        """The newest job about a subject, if it has not been cleaned up."""
        row = connection.execute(
            select(jobs.c.state, jobs.c.stage, jobs.c.progress, jobs.c.error)
            .where(jobs.c.subject == subject)
            .order_by(jobs.c.id.desc())
            .limit(1)
        ).first()
        return JobView(*row) if row else None

    def added_since(self, connection: Connection, kind: str, subject: str, since: int) -> bool:
        """Whether such a job has been queued after a time (Unix ms), whatever became of it."""
        found = select(jobs.c.id).where(jobs.c.subject == subject, jobs.c.kind == kind, jobs.c.created_at > since)
        return connection.execute(found.limit(1)).first() is not None

    def has_due(self, connection: Connection, kinds: Collection[str]) -> bool:
        """Whether there is a job to claim."""
        found = select(jobs.c.id).where(_is_due(self._clock()), jobs.c.kind.in_(kinds)).limit(1)
        return connection.execute(found).first() is not None

    def claim(self, connection: Connection, worker: str, priorities: Mapping[str, int]) -> Job | None:
        """Lease the most urgent due job of these kinds. Its attempt may be beyond ATTEMPTS_MAX: then give it up.

        Of jobs that are equally urgent it takes one of the owner whose turn it is, and of that owner the oldest.
        """
        now = self._clock()
        due = _is_due(now)
        urgent = case(dict(priorities), value=jobs.c.kind, else_=0).desc()
        oldest = select(jobs.c.id).where(due, jobs.c.kind.in_(list(priorities))).order_by(urgent, jobs.c.run_at)
        row = connection.execute(
            select(jobs)
            .where(due, jobs.c.id.in_(oldest.limit(TURNS_JOBS_MAX)))
            .order_by(urgent, _last_turn(now), jobs.c.run_at, jobs.c.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).first()
        if row is None:
            return None
        job = Job(row.id, row.kind, row.subject, dict(row.arguments), row.attempts + 1)
        values = {"state": "running", "worker": worker, "lease_until": now + LEASE_MS, "attempts": job.attempt}
        values["started_at"] = now
        connection.execute(update(jobs).where(jobs.c.id == job.id).values(values))
        return job

    def renew(self, connection: Connection, job: Job, worker: str) -> bool:
        """Extend the lease and write the progress. False: another worker has the job."""
        values = {"lease_until": self._clock() + LEASE_MS, "stage": job.stage, "progress": job.percent}
        return connection.execute(update(jobs).where(_mine(job, worker)).values(values)).rowcount == 1

    def hand_back(self, connection: Connection, job: Job, worker: str, delay_ms: int = 0) -> None:
        """Return a job that something else kept from being done. The attempt does not count.

        It does for a job older than OUTAGE_MS_MAX: what fails for so long may be the job after all.
        """
        now = self._clock()
        attempts = case((jobs.c.created_at < now - OUTAGE_MS_MAX, job.attempt), else_=job.attempt - 1)
        values = {"state": "queued", "run_at": now + delay_ms, "attempts": attempts, "stage": "", "progress": 0}
        connection.execute(update(jobs).where(_mine(job, worker)).values(values))

    def finish(self, connection: Connection, job: Job, worker: str, problem: BaseException | None) -> None:
        """Mark a job as done, queued for another attempt, or failed."""
        now = self._clock()
        values: dict[str, Any]
        if problem is None:
            values = {"state": "done", "progress": 100, "error": "", "finished_at": now}
        elif isinstance(problem, JobLost):
            return
        elif isinstance(problem, JobRejected):
            values = {"state": "failed", "error": str(problem), "finished_at": now}
        elif is_given_up(job, problem):
            values = {"state": "failed", "error": "internal_error", "finished_at": now}
        else:
            values = {"state": "queued", "error": "internal_error", "run_at": now + RETRY_MS * job.attempt}
        connection.execute(update(jobs).where(_mine(job, worker)).values(values))

    def queue_scheduled(self, connection: Connection, schedule: Schedule) -> bool:
        """Queue a schedule's job if it is due. Exactly one of several processes advances the due time."""
        now = self._clock()
        following = now + round(schedule.every_s * 1000)
        dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
        first = dialect.insert(schedules).values(kind=schedule.kind, due_at=following).on_conflict_do_nothing()
        moved = update(schedules).where(schedules.c.kind == schedule.kind, schedules.c.due_at <= now)
        is_first = connection.execute(first.returning(schedules.c.kind)).first() is not None
        if not is_first and not connection.execute(moved.values(due_at=following)).rowcount:
            return False
        finished = delete(jobs).where(jobs.c.subject == schedule.kind, jobs.c.state.in_(("done", "failed")))
        connection.execute(finished)  # one run is as good as the other: do not keep thousands for RETENTION_MS
        waiting = select(jobs.c.id).where(jobs.c.subject == schedule.kind, jobs.c.state.in_(("queued", "running")))
        if connection.execute(waiting.limit(1)).first() is None:
            self.add(connection, schedule.kind, schedule.kind, {})
        return True

    def due(self, connection: Connection) -> dict[str, int]:
        """When each schedule is due, in Unix ms."""
        return {row.kind: row.due_at for row in connection.execute(select(schedules))}

    def delete_finished(self, connection: Connection) -> int:
        """Delete one batch of jobs that finished RETENTION_MS ago; returns how many."""
        old = (
            select(jobs.c.id)
            .where(jobs.c.state.in_(("done", "failed")), jobs.c.finished_at < self._clock() - RETENTION_MS)
            .limit(CLEAN_BATCH_MAX)
        )
        return connection.execute(delete(jobs).where(jobs.c.id.in_(old))).rowcount


def is_given_up(job: Job, problem: BaseException) -> bool:
    """Whether this job will not be tried again."""
    if isinstance(problem, JobLost):
        return False
    return isinstance(problem, JobRejected) or job.attempt >= ATTEMPTS_MAX


def _mine(job: Job, worker: str) -> Any:
    return and_(jobs.c.id == job.id, jobs.c.worker == worker, jobs.c.state == "running")


def _last_turn(now: int) -> ColumnElement[int]:
    """When a job of the same owner was last started, or 0 if that is long ago: a newcomer waits for nobody twice."""
    of_owner = jobs.alias()
    recent = of_owner.c.started_at > now - TURN_MS
    last = select(func.max(of_owner.c.started_at)).where(of_owner.c.owner == jobs.c.owner, recent).scalar_subquery()
    return case((jobs.c.owner == "", 0), else_=func.coalesce(last, 0))


def _is_due(now: int) -> ColumnElement[bool]:
    return or_(
        and_(jobs.c.state == "queued", jobs.c.run_at <= now),
        and_(jobs.c.state == "running", jobs.c.lease_until < now),
    )
