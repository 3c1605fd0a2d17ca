"""Exploration: a video that few people have seen gets showings in proportion to the chance that it is a good one.

Thompson sampling: the score uses a share of good showings that is drawn from what could still be true of the video. A
new video may turn out to be good, so it is shown until enough people have decided. What is known of other videos, and
of their company, speaks louder than luck. So some places of each page go to new videos alone: their first audience.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.ranking.predict import Values

if TYPE_CHECKING:
    from vod.feed.recommender.ranking.score import Scores

DRAWS = 32  # for the propensity
SHORTLIST = 6  # videos looked at for each one of the page
FIRST_AUDIENCE = 100  # showings, weighted by voices, after which a video has had it
AUDIENCE_S = 7 * 86_400.0  # after which it has had its time: an old one that nobody watches has no place kept for it
AUDIENCE_SHARE = 0.2  # of a page, at most: as long as there are such videos


def draw(chance: np.random.Generator, successes: Values, failures: Values) -> Values:
    return chance.beta(successes, failures)


def needs_audience(shown: Values, at: NDArray[np.uint32], now_s: float) -> NDArray[np.bool_]:
    return (shown < FIRST_AUDIENCE) & (now_s - at < AUDIENCE_S)


def places_for_new(chance: np.random.Generator, limit: int) -> int:
    """How many places of this page go to videos that still need their first audience. On average AUDIENCE_SHARE."""
    return int(limit * AUDIENCE_SHARE + chance.random())


def with_first_audience(totals: Values, alone: Values, needing: NDArray[np.bool_], limit: int, places: int) -> Values:
    """Raise the best videos that need an audience so far that `places` of them are on the page.

    `totals` and `alone`: draws x videos; `alone` (`Scores.alone`) says which of them are the best.
    """
    places = min(places, int(needing.sum()))
    if not places or totals.shape[1] <= limit:
        return totals
    hopes = np.where(needing, alone, -np.inf)
    guests = hopes >= _nth_largest(hopes, places)
    return np.where(guests, np.maximum(totals, _nth_largest(totals, max(1, limit - places))), totals)


def propensities(
    chance: np.random.Generator, scores: Scores, final: Values, chosen: list[int], limit: int, places: int
) -> Values:
    """The probability with which each chosen video would be on this page, estimated.

    The share of DRAWS repetitions of the draw, this one included, in which the video is among the `limit` best. Caps
    and diversity are left out. So it is at least 1/DRAWS, and its standard error is up to 0.09. `final`: the scores
    with which the page was chosen.
    """
    if not chosen:
        return np.zeros(0)
    count = min(len(final), limit * SHORTLIST)
    hopes = np.where(scores.needing, scores.alone(scores.sampled), -np.inf)
    likely, hopeful = (np.argpartition(-values, count - 1)[:count] for values in (final, hopes))
    short = np.unique(np.concatenate([likely, hopeful, chosen]))
    limit, some = min(limit, len(short)), scores.some(short)
    drawn = chance.beta(some.successes, some.failures, (DRAWS - 1, len(short)))
    again = with_first_audience(some.redrawn(drawn), some.alone(drawn), some.needing, limit, places)
    share = ((again >= _nth_largest(again, limit)).sum(axis=0) + 1.0) / DRAWS
    return np.asarray(share[np.searchsorted(short, chosen)])


def _nth_largest(values: Values, n: int) -> Values:
    """Of each row, as a column."""
    return np.asarray(-np.partition(-values, n - 1, axis=1)[:, n - 1, None])
