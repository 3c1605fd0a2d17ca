"""How good ads are: how often they are clicked, watched to their end and lead to a conversion, and how sure that is.

The rates are Beta distributions, drawn as normal ones of the same mean and spread, cut off at three spreads. What is
drawn comes from a stock of numbers, from another place of it for each slot. A new campaign begins with the usual rates,
worth PRIOR_VIEWS views.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Rate = NDArray[np.float64]

PRIOR_VIEWS = 50.0
CLICK_RATE = 0.01  # what is usual
FINISH_RATE = 0.3
CLICK_SHARE = 0.5  # of the quality; the rest is the finish rate's
QUALITY_MIN, QUALITY_MAX = 0.25, 4.0
CLICK_WORTH = CLICK_SHARE / CLICK_RATE  # of a rate of 1, as quality
FINISH_WORTH = (1 - CLICK_SHARE) / FINISH_RATE
THOUSAND = 1_000
LUCK_MAX = 3.0  # spreads above or below the mean
STOCK = 2**18  # numbers to draw each rate from; more than there are campaigns
_LUCK = np.clip(np.random.default_rng(0).standard_normal((3, STOCK)), -LUCK_MAX, LUCK_MAX)


CONVERSION_RATE = 0.02  # of the clicks, what is usual
PRIOR_CLICKS = 50.0
CONVERSIONS_MIN = 50  # in a week, to bid for them


class Week(NamedTuple):
    """What came of a campaign's ads in its last seven days."""

    viewable: int = 0
    clicks: int = 0
    conversions: int = 0

    @property
    def knows(self) -> bool:
        """Whether there are enough conversions to bid for them."""
        return self.conversions >= CONVERSIONS_MIN

    @property
    def rate(self) -> float:
        """Conversions for each thing that is billed: a viewable view, or before enough is known, a click. Smoothed."""
        if self.knows:
            usual = CLICK_RATE * CONVERSION_RATE
            return min(1.0, (self.conversions + usual * PRIOR_VIEWS) / (self.viewable + PRIOR_VIEWS))
        return min(1.0, (self.conversions + CONVERSION_RATE * PRIOR_CLICKS) / (self.clicks + PRIOR_CLICKS))


class Counts(NamedTuple):
    """What is known of a campaign, without invalid events."""

    viewable: int = 0
    clicks: int = 0
    finishes: int = 0
    week: Week = Week()


class Quality:
    """What a millionth of each bid is worth, for a thousand views: `mean`, and at best, `high`. The bid of a campaign
    that pays for conversions is what it bids for one, times their mean rate (see `lineup.py`): the draw of that rate is
    a part of the worth, as a multiple of the mean."""

    def __init__(
        self, campaigns: Sequence[str], counts: Mapping[str, Counts], by_click: NDArray[np.bool_],
        by_conversion: NDArray[np.bool_] | None = None,
    ) -> None:  # fmt: skip
        known = [counts.get(campaign, Counts()) for campaign in campaigns]
        views = np.array([one.viewable for one in known], np.float64)
        self._by_click = by_click if by_click.any() else None
        self._luck = _conversion_luck([one.week for one in known], by_conversion)
        clicks = _beta(np.array([one.clicks for one in known], np.float64), views, CLICK_RATE)
        finishes = _beta(np.array([one.finishes for one in known], np.float64), views, FINISH_RATE)
        # Each rate as its share of the quality, so that a draw has little to compute.
        self._click = clicks[0] * CLICK_WORTH, clicks[1] * CLICK_WORTH
        self._finish = finishes[0] * FINISH_WORTH, finishes[1] * FINISH_WORTH
        none, most = np.zeros(len(known)), np.full(len(known), LUCK_MAX)
        self.mean = self._worth(none, none, none)
        self.high = self._worth(most, most, most)

    def draw(self, random: np.random.Generator) -> Rate:
        """What a millionth of each bid could be worth (Thompson sampling)."""
        count = len(self.mean)
        begin = int(random.integers(STOCK - count))
        return self._worth(*(stock[begin : begin + count] for stock in _LUCK))

    def _worth(self, click_luck: Rate, finish_luck: Rate, conversion_luck: Rate) -> Rate:
        """In place wherever that is possible: it is most of the time of a decision."""
        clicks = _rates(self._click, click_luck, CLICK_WORTH)
        worth = _rates(self._finish, finish_luck, FINISH_WORTH)
        worth += clicks
        np.maximum(worth, QUALITY_MIN, out=worth)
        np.minimum(worth, QUALITY_MAX, out=worth)
        worth *= THOUSAND
        if self._by_click is not None:
            np.multiply(worth, clicks / CLICK_WORTH, out=worth, where=self._by_click)
        if self._luck is not None:
            worth *= np.maximum(1.0 + self._luck * conversion_luck, 0.0)
        return worth


def _rates(known: tuple[Rate, Rate], luck: Rate, most: float) -> Rate:
    """Means and spreads, with so much luck."""
    found: Rate = known[1] * luck
    found += known[0]
    np.maximum(found, 0.0, out=found)
    np.minimum(found, most, out=found)
    return found


def _beta(good: Rate, of: Rate, usual: float) -> tuple[Rate, Rate]:
    """Mean and standard deviation of each rate."""
    total = of + PRIOR_VIEWS
    mean = np.minimum((good + usual * PRIOR_VIEWS) / total, 1.0)
    return mean, np.sqrt(mean * (1 - mean) / (total + 1))


def _conversion_luck(weeks: Sequence[Week], by_conversion: NDArray[np.bool_] | None) -> Rate | None:
    """The spread of each rate of conversions, as a share of its mean; 0 where none is paid for. None: nowhere."""
    if by_conversion is None or not by_conversion.any():
        return None
    found = np.zeros(len(weeks))
    for row in map(int, np.flatnonzero(by_conversion)):
        week, rate = weeks[row], weeks[row].rate
        total = week.viewable + PRIOR_VIEWS if week.knows else week.clicks + PRIOR_CLICKS
        found[row] = np.sqrt(max(0.0, (1 - rate) / rate / (total + 1)))
    return found
