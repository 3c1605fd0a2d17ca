"""The transparency report: the same for the page and for the command."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection

from core.clock import Clock
from core.database import Database
from trust.machine.judging.thresholds import Thresholds
from trust.machine.learning.evaluate import Evaluated, as_used
from trust.transparency.counting import Tally, count, together
from trust.transparency.figures import Figures, Precision, figures, precision, rounded
from trust.transparency.months import Month, kept, period

COUNTED_EVERY_MS = 3_600_000

Recipients = Callable[[Connection], int]
"""How many people have used the server, signed in, in the last 30 days."""


class MonthFigures(msgspec.Struct):
    """`running`: it is not over, so its figures still grow."""

    month: str
    running: bool
    figures: Figures


class Report(msgspec.Struct, kw_only=True):
    """`first`, `last`: the months there are figures of. `counted_at`: Unix ms. `recipients`: how many people have used
    the server, signed in, in the last 30 days; like `machine` it is of now, whatever the period."""

    first: str
    last: str
    counted_at: int
    months: list[MonthFigures]
    total: Figures
    machine: list[Precision]
    recipients: int | None


@dataclass(frozen=True, slots=True)
class History:
    """What was counted, of all months there is something of."""

    at: int  # Unix ms
    months: list[Month]
    tallies: list[Tally]
    machine: list[Evaluated]
    recipients: int

    def report(self, first: Month | None, last: Month | None, *, public: bool) -> Report:
        """Of a period; without bounds the newest twelve months. Raises PeriodNotKept."""
        which = period(self.months, first, last)
        some = zip(self.months[which], self.tallies[which], strict=True)
        return Report(
            first=str(self.months[0]), last=str(self.months[-1]), counted_at=self.at,
            months=[
                MonthFigures(str(month), month == self.months[-1], figures(tally, public=public))
                for month, tally in some
            ],
            total=figures(together(self.tallies[which]), public=public),
            machine=[precision(one, public=public) for one in self.machine],
            recipients=rounded(self.recipients) if public else self.recipients,
        )  # fmt: skip


def read_history(connection: Connection, now: int, thresholds: Thresholds, recipients: Recipients) -> History:
    """Reads every case of the last 13 months: 5 s of CPU for 100,000 cases with four events each."""
    months = kept(now)
    return History(
        now, months, count(connection, months), list(as_used(connection, thresholds)), recipients(connection)
    )  # fmt: skip


class Transparency:
    """What is published. It is counted once an hour at most, however often and for whatever period it is asked for."""

    def __init__(self, database: Database, clock: Clock, thresholds: Thresholds, recipients: Recipients) -> None:
        self._database = database
        self._clock = clock
        self._thresholds = thresholds
        self._recipients = recipients
        self._counting = asyncio.Lock()
        self._history: History | None = None
        self._made: dict[tuple[int, int], Report] = {}  # of that; there are about a hundred periods

    async def report(self, first: Month | None, last: Month | None) -> Report:
        """Of a period, for the public. Raises PeriodNotKept."""
        history = await self._counted()
        some = period(history.months, first, last)
        which = some.start, some.stop
        if which not in self._made:
            self._made[which] = history.report(first, last, public=True)
        return self._made[which]

    async def _counted(self) -> History:
        if (last := self._fresh()) is not None:
            return last
        async with self._counting:
            if (last := self._fresh()) is not None:  # somebody else has counted meanwhile
                return last
            self._history, self._made = await self._database.read_async(self._read), {}
            return self._history

    def _fresh(self) -> History | None:
        last = self._history
        return last if last is not None and 0 <= self._clock() - last.at < COUNTED_EVERY_MS else None

    def _read(self, connection: Connection) -> History:
        return read_history(connection, self._clock(), self._thresholds, self._recipients)
