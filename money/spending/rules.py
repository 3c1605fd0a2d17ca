"""The rules of spending limits, without SQL or clock.

A limit is in coins, for a UTC day or for 30 days with today as the last. None: the person has set none. The platform's
cap holds for everybody, whatever they set.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

Span = Literal["day", "month"]

SPANS: tuple[Span, ...] = ("day", "month")
DAY_MS = 86_400_000
MONTH_DAYS = 30
RAISE_AFTER_MS = 48 * 3_600_000  # a higher limit waits, so that nobody raises it in the heat of a show
LIMIT_COINS_MAX = 10**9


class Caps(msgspec.Struct, frozen=True, gc=False):
    """The platform's limits on what a person gives. `notice`: whenever they have given so much more within 30 days,
    they are told; 0: never."""

    day: int
    month: int
    notice: int = 0


class Spent(msgspec.Struct, gc=False):
    """What a person gave today and in 30 days, and what they may. A batch adds to it."""

    day: int
    month: int
    day_max: int
    month_max: int

    def exceeds(self, coins: int) -> Span | None:
        """The limit that a gift of so many coins would pass."""
        if self.day + coins > self.day_max:
            return "day"
        if self.month + coins > self.month_max:
            return "month"
        return None

    def add(self, coins: int) -> None:
        self.day += coins
        self.month += coins

    def passed(self, coins: int, step: int) -> int:
        """The highest multiple of `step` that the last so many coins have passed, or 0."""
        highest = self.month // step * step if step else 0
        return highest if highest > self.month - coins else 0


def allowed(own: Mapping[Span, int | None], caps: Caps) -> tuple[int, int]:
    """What a person may give in a day, and in 30."""
    day, month = own.get("day"), own.get("month")
    return caps.day if day is None else min(day, caps.day), caps.month if month is None else min(month, caps.month)


def is_raise(now: int | None, wanted: int | None) -> bool:
    """Whether a new limit allows more than the one in force."""
    return now is not None and (wanted is None or wanted > now)


def day_of(at: int) -> int:
    """The UTC day of a moment in Unix ms, counted from 1970."""
    return at // DAY_MS
