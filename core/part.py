"""The shape that every domain has: `DOMAIN/part.py` opens it and returns a `Part` to the application."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, TypeVar

if TYPE_CHECKING:
    from prometheus_client.core import Metric
    from starlette.routing import BaseRoute

    from core.core import Core
    from core.database.proofs import Proof
    from core.http.readiness import Check
    from core.jobs import JobKind, Schedule

T = TypeVar("T", covariant=True)

Run = Callable[[], Awaitable[None]]
"""Runs until it is cancelled. When it raises an outage (`core.outages`), it is run again. If it ends or raises anything
else, the process stops, so that the failure is noticed."""

Metrics = Callable[[], "Iterable[Metric]"]
"""Reads the current values; called on each scrape, so it must be cheap and must not block."""


@dataclass(frozen=True, slots=True)
class Argument:
    """A positional argument of a command, or an option if its name begins with `--`."""

    name: str
    choices: Sequence[str] | None = None
    flag: bool = False  # an option without a value
    type: Callable[[str], Any] = str  # its ValueError is reported as wrong usage, with the help
    default: Any = None  # of an option
    help: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A subcommand of `cadeau`. `words` are its group and its verb, such as `("admin", "grant")`.

    Commands are declared in `DOMAIN/commands.py`, so that the parser can be built without opening anything.
    """

    words: tuple[str, str]
    help: str
    group_help: str
    run: Callable[[Core, argparse.Namespace], int]  # returns the exit status
    arguments: Sequence[Argument] = ()
    whole: bool = False  # every domain is opened first, so that `core.proofs` has all of them
    migrated: bool = True  # refused with a reason where the tables are not those that this code needs


@dataclass(frozen=True, slots=True, kw_only=True)
class Part(Generic[T]):
    """A domain that is open. `api` is all that other domains may use of it."""

    name: str
    api: T
    routes: Sequence[BaseRoute] = ()
    tasks: Mapping[str, Run] = field(default_factory=dict)
    jobs: Mapping[str, JobKind] = field(default_factory=dict)
    schedules: Sequence[Schedule] = ()
    checks: Mapping[str, Check] = field(default_factory=dict)  # of what it can do without, for /readyz
    metrics: Metrics = tuple
    commands: Sequence[Command] = ()
    proofs: Mapping[str, Proof] = field(default_factory=dict)  # what `ledger verify` proves of its tables
    close: Callable[[], None] = lambda: None
