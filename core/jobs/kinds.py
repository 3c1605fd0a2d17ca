"""Jobs, kinds of jobs, lanes and schedules."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class JobLost(Exception):
    """The lease expired and another worker has the job: stop working on it."""


class JobRejected(Exception):
    """The job can never succeed, so it is not retried. The text is a stable code."""


@dataclass(slots=True)
class Job:
    """A claimed job. `progress` may be called often: the worker writes it at most once a second."""

    id: str
    kind: str
    subject: str
    arguments: dict[str, Any]
    attempt: int
    stage: str = ""
    percent: int = 0
    lost: bool = False

    def progress(self, stage: str, percent: int) -> None:
        """Report the stage and the percentage done of the whole job. Raises JobLost."""
        self.stage, self.percent = stage, max(0, min(100, percent))
        if self.lost:
            raise JobLost(self.id)


JobHandler = Callable[[Job], None]
"""Does one job in a thread of its own; blocks until it is done. May be called again for the same job."""


class Lane(Enum):
    """Jobs of one lane never wait for those of another."""

    MEDIA = "media"
    PRIVACY = "privacy"
    EXPORT = "export"
    TRUST = "trust"
    INBOX = "inbox"
    MAIL = "mail"

    @property
    def concurrency(self) -> int:
        """How many of its jobs one process runs at once."""
        return _CONCURRENCY[self]


_CONCURRENCY = {
    Lane.MEDIA: 1,
    Lane.PRIVACY: 1,
    Lane.EXPORT: 1,
    Lane.TRUST: 2,
    Lane.INBOX: 1,
    Lane.MAIL: 1,
}  # one transcoding job uses all cores


@dataclass(frozen=True, slots=True)
class JobKind:
    """How jobs of one kind are run.

    `on_failure` is called, in a thread, when a job is given up: rejected or out of attempts. It may be called again
    for the same job after a crash. When it raises, it is called again after the lease has run out.
    """

    run: JobHandler
    lane: Lane
    priority: int = 0  # within its lane; higher runs first
    on_failure: JobHandler | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job queued every `every_s` by exactly one process, unless the previous one is still pending."""

    kind: str
    every_s: float
    job: JobKind


@dataclass(frozen=True, slots=True)
class JobView:
    state: str
    stage: str
    progress: int
    error: str
