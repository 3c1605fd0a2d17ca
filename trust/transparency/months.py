"""Calendar months of UTC, and which of them there are figures of."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from core.privacy import declared
from trust.cases.rules import DAY_MS
from trust.cases.tables import decisions
from trust.errors import PeriodNotKept

DEFAULT_MONTHS = 12  # with the one that is not over
_MONTH = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, order=True, slots=True)
class Month:
    """`number`: months since January of the year 0."""

    number: int

    @staticmethod
    def of(at: int) -> Month:
        """The month of a time (Unix ms)."""
        day = datetime.fromtimestamp(at / 1000, UTC)
        return Month(12 * day.year + day.month - 1)

    @staticmethod
    def read(text: str) -> Month:
        """From text such as 2026-11. Raises ValueError."""
        found = _MONTH.fullmatch(text)
        if found is None or found[1] == "0000":
            raise ValueError(text)
        return Month(12 * int(found[1]) + int(found[2]) - 1)

    @property
    def starts_at(self) -> int:
        """Unix ms."""
        return int(datetime(self.number // 12, self.number % 12 + 1, 1, tzinfo=UTC).timestamp()) * 1000

    @property
    def next(self) -> Month:
        return Month(self.number + 1)

    def __str__(self) -> str:
        return f"{self.number // 12:04}-{self.number % 12 + 1:02}"


def kept(now: int) -> list[Month]:
    """The months none of whose decisions is too old to be kept, up to the one that is not over."""
    days = declared(decisions).days
    assert days is not None
    oldest, newest = Month.of(now - days * DAY_MS).next, Month.of(now)
    return [Month(number) for number in range(oldest.number, newest.number + 1)]


def period(months: Sequence[Month], first: Month | None, last: Month | None) -> slice:
    """Which of these months a period has; without bounds the newest. Raises PeriodNotKept."""
    last = last or months[-1]
    first = first or max(months[0], Month(last.number - DEFAULT_MONTHS + 1))
    if first < months[0] or last > months[-1] or first > last:
        raise PeriodNotKept(f"There are figures of {months[0]} to {months[-1]}.")
    return slice(first.number - months[0].number, last.number - months[0].number + 1)
