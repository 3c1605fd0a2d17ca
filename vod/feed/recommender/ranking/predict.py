"""The second stage: what people do when they are shown a video, and what this viewer will do."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.memory.catalogue import FINISHED, FOLLOWED, GOOD, LIKED, REPORTED, SHARED, SHOWN, SKIPPED

Values = NDArray[np.float64]

PRIOR_SHOWINGS = 2.5  # a new video counts as an average one that was shown so often
RATE_MIN, RATE_MAX = 0.002, 0.98
FIRST_RATES = np.array([1.0, 0.3, 0.3, 0.05, 0.01, 0.01, 0.3, 0.001])  # before anything is known, in STATS' order
FIRST_WEIGHT = 50.0


@dataclass(frozen=True, slots=True)
class Predictions:
    """Probabilities, one for each video."""

    finish: Values
    like: Values
    share: Values
    follow: Values
    skip: Values
    report: Values


def averages(totals: Values) -> Values:
    """The rate of each outcome over all videos, from sums in STATS' order."""
    rates = (totals + FIRST_RATES * FIRST_WEIGHT) / (totals[SHOWN] + FIRST_WEIGHT)
    return np.asarray(np.clip(rates, 1e-4, RATE_MAX))


def predicted(stats: Values, average: Values, affinity: Values) -> Predictions:
    """`stats`: videos x STATS. `affinity`: how much more than others the viewer likes each, in log-odds."""
    rates = (np.maximum(stats, 0.0) + PRIOR_SHOWINGS * average) / (stats[:, SHOWN, None] + PRIOR_SHOWINGS)

    def probability(outcome: int, direction: float) -> Values:
        return expit(logit(rates[:, outcome]) + direction * affinity)

    return Predictions(
        finish=probability(FINISHED, 1),
        like=probability(LIKED, 1),
        share=probability(SHARED, 1),
        follow=probability(FOLLOWED, 1),
        skip=probability(SKIPPED, -1),
        report=probability(REPORTED, -0.5),
    )


def good_showings(stats: Values, average: float) -> tuple[Values, Values]:
    """Parameters (successes, failures) of the Beta distribution of each video's share of good showings."""
    shown = np.maximum(stats[:, SHOWN], 0.0)
    good = np.clip(stats[:, GOOD], 0.0, shown)
    return good + PRIOR_SHOWINGS * average, shown - good + PRIOR_SHOWINGS * (1.0 - average)


def logit(rate: Values) -> Values:
    clipped = np.clip(rate, RATE_MIN, RATE_MAX)
    return np.log(clipped / (1.0 - clipped))


def expit(odds: Values) -> Values:
    return 1.0 / (1.0 + np.exp(-odds))
