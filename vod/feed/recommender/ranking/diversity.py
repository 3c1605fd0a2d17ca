"""The last stage: choose a page, so that it is not all of one kind."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.memory.catalogue import CREATOR, LANGUAGE, SOUND, TAGS
from vod.feed.recommender.memory.features import NO_FEATURE
from vod.feed.recommender.ranking.predict import Values

CREATOR_SHARE, SOUND_SHARE, HASHTAG_SHARE = 0.2, 0.2, 0.4  # of a page, at most
SHORTLIST = 20  # videos looked at for each one of the page, as long as the caps leave enough of them
LIKENESS = 0.15  # what a video loses for each feature that it shares with each video before it


def caps(limit: int) -> tuple[int, int, int]:
    """How many videos of one creator, one sound and one hashtag a page may have."""
    creators, sounds, hashtags = (math.ceil(limit * share) for share in (CREATOR_SHARE, SOUND_SHARE, HASHTAG_SHARE))
    return creators, sounds, hashtags


def diverse(scores: Values, features: NDArray[np.int32], limit: int) -> list[int]:
    """Places of up to `limit` videos, best first.

    The caps hold as long as others are left. Then they give way: a site with one creator has a full page, too.
    """
    count = limit * SHORTLIST
    if count < len(scores):
        short = np.sort(np.argpartition(-scores, count)[:count])
        chosen = _within_caps(scores[short], features[short], limit)
        if len(chosen) == limit:
            return [int(place) for place in short[chosen]]
    chosen = _within_caps(scores, features, limit)
    return chosen + _best_of_the_rest(scores, chosen, limit)


def _within_caps(scores: Values, features: NDArray[np.int32], limit: int) -> list[int]:
    adjusted, chosen = scores.copy(), list[int]()
    creators, sounds, hashtags = caps(limit)
    counts: dict[int, int] = {}
    while len(chosen) < min(limit, len(scores)):
        best = int(adjusted.argmax())
        if adjusted[best] == -np.inf:
            break
        chosen.append(best)
        adjusted[best] = -np.inf
        for slot, feature in enumerate(features[best].tolist()):
            if feature == NO_FEATURE or slot == LANGUAGE:
                continue
            counts[feature] = counts.get(feature, 0) + 1
            full = counts[feature] >= (creators if slot == CREATOR else sounds if slot == SOUND else hashtags)
            adjusted[_with(features, slot, feature)] -= np.inf if full else LIKENESS
    return chosen


def _best_of_the_rest(scores: Values, chosen: list[int], limit: int) -> list[int]:
    rest = scores.copy()
    rest[chosen] = -np.inf
    missing = min(limit, len(scores)) - len(chosen)
    return [int(place) for place in np.argsort(-rest, kind="stable")[:missing]]


def _with(features: NDArray[np.int32], slot: int, feature: int) -> NDArray[np.bool_]:
    if slot < TAGS:
        return np.asarray(features[:, slot] == feature)
    return np.asarray((features[:, TAGS:] == feature).any(axis=1))
