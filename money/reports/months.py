"""Calendar months, UTC, as 2026-11."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, NamedTuple

import msgspec

from core.errors import InvalidRequest
from money.earnings import DAY_MS

YEAR_MIN = 1970  # transfers of before there were times
YEAR_MAX = 9998
Month = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$", max_length=7)]
Year = Annotated[int, msgspec.Meta(ge=YEAR_MIN, le=YEAR_MAX)]


class Span(NamedTuple):
    """From `start` until just before `end`, in Unix ms."""

    start: int
    end: int

    @property
    def days(self) -> range:
        """UTC days, counted from 1970."""
        return range(self.start // DAY_MS, self.end // DAY_MS)


def month_of(at: int) -> str:
    """The month of a time in Unix ms."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m")


def shifted(month: str, by: int) -> str:
    """So many months later, or earlier."""
    year, index = divmod(int(month[:4]) * 12 + int(month[5:]) - 1 + by, 12)
    return f"{year:04}-{index + 1:02}"


def span(month: str) -> Span:
    """Raises InvalidRequest for a month of no calendar that we have."""
    if not YEAR_MIN <= int(month[:4]) <= YEAR_MAX:
        raise InvalidRequest("There is no such month.")
    return Span(_start(month), _start(shifted(month, 1)))


def year_span(year: int) -> Span:
    return Span(_start(f"{year:04}-01"), _start(f"{year + 1:04}-01"))


def quarter_of(at: int) -> int:
    """0 to 3."""
    return (datetime.fromtimestamp(at / 1000, UTC).month - 1) // 3


def quarter_ends(year: int) -> list[int]:
    """The first moment after each quarter, in Unix ms."""
    return [_start(f"{year:04}-04"), _start(f"{year:04}-07"), _start(f"{year:04}-10"), _start(f"{year + 1:04}-01")]


def _start(month: str) -> int:
    return int(datetime(int(month[:4]), int(month[5:]), 1, tzinfo=UTC).timestamp() * 1000)
