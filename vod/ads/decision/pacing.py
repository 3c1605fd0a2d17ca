"""The plan gate: a campaign may have spent and held at most what its plan says of the day so far, and a little more.

The plan follows yesterday's curve of opportunities. There is no controller that could wind up: if the curve was wrong,
the campaign waits at the plan or lags behind it, and catches up as soon as there are viewers. Spend over the budget is
impossible, because what may be held is cut off at it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

HOURS = 24
HOUR_MS = 3_600_000
AHEAD = 100  # a hundredth of the day's budget may be ahead of the plan
LEAST_WEIGHT = 0.02  # of an hour, beside the mean: an hour without viewers yesterday is not an hour without a plan

Curve = Sequence[float]
"""Opportunities by hour of UTC, 24 of them, in any unit."""

EVEN: Curve = (1.0,) * HOURS


@dataclass(frozen=True, slots=True)
class Day:
    """A day of a campaign in its own zone, cut to the campaign's dates. Unix ms; `end` is excluded."""

    name: str  # YYYY-MM-DD
    start: int
    end: int
    left: int  # such days until the campaign ends, this one included


def day_of(now: int, starts: int, ends: int, zone: ZoneInfo) -> Day:
    """The day that `now` is in."""
    local = datetime.fromtimestamp(now / 1000, zone)
    start, end = midnight(local.date(), zone), midnight(local.date() + timedelta(days=1), zone)
    last = datetime.fromtimestamp((max(ends, now + 1) - 1) / 1000, zone).date()
    return Day(local.date().isoformat(), max(start, starts), min(end, ends), (last - local.date()).days + 1)


def midnight(day: date, zone: ZoneInfo) -> int:
    """When a day begins in a zone, Unix ms."""
    return int(datetime(day.year, day.month, day.day, tzinfo=zone).timestamp() * 1000)


def plan(curve: Curve, day: Day, now: int) -> float:
    """The share of the day's budget that should be spent by now, 0 to 1."""
    if now >= day.end:
        return 1.0
    weights = _weights(curve)
    whole = _weight(weights, day.start, day.end)
    return _weight(weights, day.start, now) / whole if now > day.start and whole > 0 else 0.0


def day_budget(total_micro: int, day_micro: int | None, day: Day, before_micro: int) -> int:
    """What may be spent on this day. `before_micro`: spent and held of other days. Without a budget for the day, what
    is left is divided evenly among the days that are left."""
    rest = max(0, total_micro - before_micro)
    return min(rest, day_micro) if day_micro is not None else -(-rest // day.left)


def allowance(budget_micro: int, committed_micro: int, share: float, least_micro: int) -> int:
    """How much more may be held now. `committed_micro`: spent and held today; `share`: of the plan; `least_micro`: the
    price of one, without which a small budget could never begin."""
    gate = int(budget_micro * share) + max(budget_micro // AHEAD, least_micro)
    return max(0, min(gate, budget_micro) - committed_micro)


def _weights(curve: Curve) -> list[float]:
    mean = sum(curve) / HOURS
    return [max(hour, LEAST_WEIGHT * mean) for hour in curve] if mean > 0 else list(EVEN)


def _weight(weights: Sequence[float], start: int, end: int) -> float:
    """The curve's weight between two times of at most a few days."""
    found, at = 0.0, start
    while at < end:
        hour = datetime.fromtimestamp(at / 1000, UTC).hour
        until = min(end, (at // HOUR_MS + 1) * HOUR_MS)
        found += weights[hour] * (until - at) / HOUR_MS
        at = until
    return found
