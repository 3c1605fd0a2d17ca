"""Which case comes first.

A case's rank is the time it was opened less a head start, so that every case moves up as it waits and none waits for
ever. The head start grows with the harm, with who is watching now, and with how often its reporters were right before.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from trust.reports import Reason

HOUR_MS = 3_600_000
DAY_MS = 24 * HOUR_MS
_DAYS: Mapping[Reason, float] = {
    "child_safety": 365,
    "self_harm": 30,
    "dangerous": 7,
    "illegal": 3,
    "violence": 2,
    "hate": 1,
    "harassment": 1,
    "nudity": 1,
    "scam": 1,
    "impersonation": 0.5,
    "copyright": 0.5,
    "spam": 0,
    "other": 0,
}
GRAVE: frozenset[Reason] = frozenset({"child_safety", "self_harm"})
PER_DOUBLING_OF_VIEWERS_MS = 6 * HOUR_MS
PER_REPORTER_MS = 2 * HOUR_MS
REPORTERS_COUNTED_MAX = 24.0
PER_MACHINE_MS = 12 * HOUR_MS  # of a score of 1


def gravest(one: Reason, other: Reason) -> Reason:
    return one if _DAYS[one] >= _DAYS[other] else other


def rank(opened_at: int, reason: Reason, viewers: int, weight: float) -> int:
    """Unix ms. `weight`: the reporters' weights (`weight_of`) added up."""
    start = _DAYS[reason] * DAY_MS
    start += PER_DOUBLING_OF_VIEWERS_MS * math.log2(1 + max(viewers, 0))
    start += PER_REPORTER_MS * min(weight, REPORTERS_COUNTED_MAX)
    return opened_at - int(start)


def weight_of(upheld: int, rejected: int) -> float:
    """How much a reporter counts: the share of their reports that were right, smoothed, so that newcomers count half
    and a crowd of new accounts little. Between 0 and 1."""
    return (upheld + 0.5) / (upheld + rejected + 1.0) if upheld + rejected else 0.25
