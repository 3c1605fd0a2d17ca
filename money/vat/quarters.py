"""Quarters of a year, UTC, by their name: 2026Q4."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

QUARTER_CHARS = 6
_QUARTER = re.compile(r"(20\d\d)Q([1-4])", re.ASCII)


def quarter_of(at: int) -> str:
    """The quarter of a moment in Unix ms."""
    day = datetime.fromtimestamp(at / 1000, UTC)
    return f"{day.year}Q{(day.month + 2) // 3}"


def year_of(at: int) -> int:
    return datetime.fromtimestamp(at / 1000, UTC).year


def is_quarter(name: str) -> bool:
    return _QUARTER.fullmatch(name) is not None


def last_day(quarter: str) -> date:
    """Its last day: the one whose exchange rates an OSS return uses (Directive 2006/112/EC, art. 369h)."""
    year, number = int(quarter[:4]), int(quarter[5])
    return date(year + number // 4, number * 3 % 12 + 1, 1) - timedelta(days=1)


def before(quarter: str) -> str:
    year, number = int(quarter[:4]), int(quarter[5])
    return f"{year}Q{number - 1}" if number > 1 else f"{year - 1}Q4"
