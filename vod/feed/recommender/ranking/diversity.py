"""The last stage: choose a page, so that it is not all of one kind."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.memory.catalogue import CREATOR, LANGUAGE, SOUND, TAGS
from vod.feed.recommender.memory.features import NO_FEATURE
from vod.feed.recommender.ranking.predict import Values

CREATOR_SHARE, SOUND_SHARE, HASHTAG_SHARE = 0.2, 0.2, 0.4  # of a page, at most
LIKENESS = 0.15  # what a video loses for each feature that it shares with each video before it


def caps(limit: int) -> tuple[int, int, int]:
    """How many videos of one creator, one sound and one hashtag a page may have."""
    creators, sounds, hashtags = (math.ceil(limit * share) for share in (CREATOR_SHARE, SOUND_SHARE, HASHTAG_SHARE))
    return creators, sounds, hashtags


def diverse(scores: Values, features: NDArray[np.int32], limit: int) -> list[int]:
    """Places of up to `limit` videos, best first.

    The caps hold as long as others are left. Then they give way: a site with one creator has a full page, too.
    """
    adjusted, chosen = scores.copy(), list[int]()
    most = caps(limit)
    counts: dict[int, int] = {}
    full = np.zeros(len(scores), np.bool_)
    while len(chosen) < min(limit, len(scores)):
        open_ = np.where(full, -np.inf, adjusted)
        best = int(open_.argmax())
        if open_[best] == -np.inf:
            full[:] = False
            most = (limit, limit, limit)
            full[chosen] = True
            continue
        chosen.append(best)
        full[best] = True
        for slot, feature in enumerate(features[best].tolist()):
            if feature in (NO_FEATURE,) or slot == LANGUAGE:
                continue
            sharing = _with(features, slot, feature)
            adjusted[sharing] -= LIKENESS
            counts[feature] = counts.get(feature, 0) + 1
            if counts[feature] >= most[0 if slot == CREATOR else 1 if slot == SOUND else 2]:
                full |= sharing
    return chosen


def _with(features: NDArray[np.int32], slot: int, feature: int) -> NDArray[np.bool_]:
    if slot < TAGS:
        return np.asarray(features[:, slot] == feature)
    return np.asarray((features[:, TAGS:] == feature).any(axis=1))
