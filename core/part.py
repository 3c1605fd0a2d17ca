"""What a domain gives the application: its routes, its long-running tasks and the jobs it knows how to do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field

from starlette.routing import BaseRoute

from core.jobs import JobHandler

Run = Callable[[], Awaitable[None]]
"""Runs until it is cancelled. If it ends or raises, the process stops: somebody must notice."""


@dataclass(frozen=True, slots=True)
class Part:
    name: str
    routes: Sequence[BaseRoute] = ()
    tasks: Mapping[str, Run] = field(default_factory=dict)
    jobs: Mapping[str, JobHandler] = field(default_factory=dict)
