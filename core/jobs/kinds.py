"""What a job is, how its kind is done, and when it comes back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class JobLost(Exception):
    """The lease ran out and another worker has the job: stop working on it."""


class JobRejected(Exception):
    """The work cannot be done however often it is tried. The text is a stable code."""


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
    TRUST = "trust"

    @property
    def concurrency(self) -> int:
        """How many of its jobs one process does at once."""
        return _CONCURRENCY[self]


_CONCURRENCY = {Lane.MEDIA: 1, Lane.PRIVACY: 1, Lane.TRUST: 2}  # transcoding alone uses every core it finds


@dataclass(frozen=True, slots=True)
class JobKind:
    """How jobs of one kind are done.

    `on_failure` is called, in a thread, when a job is given up: rejected or out of attempts. It may be called again
    for the same job after a crash. When it raises, it is called again after the lease has run out.
    """

    run: JobHandler
    lane: Lane
    priority: int = 0  # the higher, the sooner, within its lane
    on_failure: JobHandler | None = None


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job that is queued every `every_s`, by exactly one of all processes, unless the previous one still waits."""

    kind: str
    every_s: float
    job: JobKind


@dataclass(frozen=True, slots=True)
class JobView:
    state: str
    stage: str
    progress: int
    error: str
