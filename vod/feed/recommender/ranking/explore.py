"""Exploration: a video that few people have seen gets showings in proportion to the chance that it is a good one.

Thompson sampling: the score uses a share of good showings that is drawn from what could still be true of the video. A
new video may turn out to be good, so it is shown until enough people have decided.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vod.feed.recommender.ranking.predict import Values, logit

if TYPE_CHECKING:
    from vod.feed.recommender.ranking.score import Scores

DRAWS = 32  # for the propensity
SHORTLIST = 8  # videos looked at for each one of the page


def draw(chance: np.random.Generator, successes: Values, failures: Values) -> Values:
    return chance.beta(successes, failures)


def propensities(chance: np.random.Generator, scores: Scores, chosen: list[int], limit: int) -> Values:
    """The probability with which each chosen video would be on this page, estimated.

    The share of DRAWS repetitions of the draw, this one included, in which the video is among the `limit` best. Caps
    and diversity are left out. So it is at least 1/DRAWS, and its standard error is up to 0.09.
    """
    if not chosen:
        return np.zeros(0)
    count = min(len(scores.total), limit * SHORTLIST)
    short = np.unique(np.append(np.argpartition(-scores.total, count - 1)[:count], chosen))
    limit = min(limit, len(short))
    fixed = scores.total[short] - logit(scores.sampled[short])
    again = fixed + logit(chance.beta(scores.successes[short], scores.failures[short], (DRAWS - 1, len(short))))
    bar = np.partition(again, -limit, axis=1)[:, -limit, None]
    share = ((again >= bar).sum(axis=0) + 1.0) / DRAWS
    return np.asarray(share[np.searchsorted(short, chosen)])
