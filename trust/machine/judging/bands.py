"""Bands: from a score to `nothing`, `look` (a case) or `hold` (it waits for one).

`hold` is never set by hand. It opens at the lowest score above which people agreed so often, newer decisions than those
the model learned from, that the precision reaches its target with a one-sided confidence of 95 %: 29 of 29 right prove
90 %, 59 of 59 prove 95 %, 299 of 299 prove 99 %.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal, NamedTuple

Band = Literal["nothing", "look", "hold"]

CONFIDENCE = 0.95
LOOK_DEFAULT = 0.8
LOOK_DEFAULTS = {"copy": 0.86, "nudity": 0.8}
TARGET_DEFAULT = 0.95
_HALVINGS = 60


class Decided(NamedTuple):
    """A score that the machine gave, and whether people agreed."""

    score: float
    right: bool


def lower_bound(right: int, of: int, confidence: float = CONFIDENCE) -> float:
    """The precision that so many right ones prove (Clopper and Pearson, one-sided)."""
    if right <= 0:
        return 0.0
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if _at_least(right, of, middle) > 1 - confidence:
            high = middle
        else:
            low = middle
    return low


def upper_bound(right: int, of: int, confidence: float = CONFIDENCE) -> float:
    return 1.0 - lower_bound(of - right, of, confidence) if right < of else 1.0


def _at_least(right: int, of: int, share: float) -> float:
    """How likely at least `right` of `of` are right, each with this chance."""
    if share <= 0.0:
        return 0.0
    if share >= 1.0:
        return 1.0
    logs = math.lgamma(of + 1), math.log(share), math.log1p(-share)
    return math.fsum(
        math.exp(logs[0] - math.lgamma(k + 1) - math.lgamma(of - k + 1) + k * logs[1] + (of - k) * logs[2])
        for k in range(right, of + 1)
    )


def hold_from(decided: Sequence[Decided], target: float) -> float | None:
    """The lowest score from which `hold` is proven; None: it is not, so that everything stays `look`."""
    ordered = sorted(decided, key=lambda one: -one.score)
    lowest, right = None, 0
    for count, one in enumerate(ordered, 1):
        right += one.right
        ends = count == len(ordered) or ordered[count].score < one.score  # equal scores are in or out together
        if ends and lower_bound(right, count) >= target:
            lowest = one.score
    return lowest


class Threshold(NamedTuple):
    look: float
    hold: float | None

    def band(self, score: float) -> Band:
        if self.hold is not None and score >= self.hold:
            return "hold"
        return "look" if score >= self.look else "nothing"
