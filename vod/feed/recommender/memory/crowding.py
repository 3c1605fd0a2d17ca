"""Which hashtags make room when there are too many: anybody can make them up."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.memory.features import NO_FEATURE


def least_shared(
    creators: NDArray[np.int32], tags: NDArray[np.int32], hashtags: NDArray[np.bool_], count: int
) -> NDArray[np.intp]:
    """The `count` hashtags that the fewest creators use, those that no video has any more before all others.

    Of those that one creator alone uses, the ones of whoever has the most such come first: inventing thousands pushes
    out nobody else's. Of these the oldest. `creators`: of each video. `tags`: videos x slots. `hashtags`: for each
    feature whether it is one.
    """
    videos, slots = np.nonzero(tags != NO_FEATURE)
    used, by = tags[videos, slots].astype(np.int64), creators[videos].astype(np.int64)
    pairs = np.unique(by << 32 | used)
    by_once, used_once = pairs >> 32, pairs & 0xFFFFFFFF
    sharers = np.bincount(used_once, minlength=len(hashtags))
    alone = sharers[used_once] == 1
    invented = np.bincount(by_once[alone], minlength=len(hashtags))
    crowding = np.zeros(len(hashtags), np.int64)
    crowding[used_once[alone]] = invented[by_once[alone]]
    newest = np.full(len(hashtags), -1)
    np.maximum.at(newest, used, videos)
    all_of_them = np.flatnonzero(hashtags)
    order = np.lexsort((newest[all_of_them], -crowding[all_of_them], sharers[all_of_them]))
    return all_of_them[order[:count]]
