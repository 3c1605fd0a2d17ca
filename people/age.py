"""The age gate: 13 to join, 18 for money and for going live."""

from __future__ import annotations

from datetime import UTC, date, datetime

JOIN_YEARS_MIN = 13
ADULT_YEARS = 18


def years_old(birthdate: date, today: date) -> int:
    """Age in whole years. Whoever was born on 29 February has their birthday on 1 March in other years."""
    before_birthday = (today.month, today.day) < (birthdate.month, birthdate.day)
    return today.year - birthdate.year - before_birthday


def today_at(now_ms: int) -> date:
    return datetime.fromtimestamp(now_ms / 1000, UTC).date()
