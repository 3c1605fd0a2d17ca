"""What the recommender knows about videos: facts, what people did with them, and which ones share a feature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.memory.columns import Array, Columns
from vod.feed.recommender.memory.crowding import least_shared
from vod.feed.recommender.memory.features import END, NO_FEATURE, Features
from vod.feed.recommender.memory.names import NOBODY, Ids
from vod.feed.recommender.signals import VideoFacts

TAGS_MAX = 4  # hashtags of a video that count: the first ones
CREATOR, SOUND, LANGUAGE, TAGS = 0, 1, 2, 3
SLOTS = TAGS + TAGS_MAX
FORGOTTEN_SHARE = 0.25  # of all hashtags, when there are too many
SHOWN, GOOD, FINISHED, LIKED, SHARED, FOLLOWED, SKIPPED, REPORTED = range(8)
STATS = 8
LENGTHS_MS = (7_000, 15_000, 30_000, 60_000, 180_000)
"""Videos of about the same length are compared with each other: longer ones are watched longer, but less of them."""

SECONDS_MAX = 2**32 - 1
MS = 1_000


class Catalogue:
    """Rows of videos. A withdrawn one keeps its row, so that what is known of it holds if it comes back.

    Each slot of a video's features is a posting: a link in the chain of all videos with that feature, newest first. A
    posting is known by its place in the flattened array, so a chain costs 4 bytes a link and no object.
    """

    def __init__(self) -> None:
        self.ids = Ids()
        self.features = Features()
        self.rows = Columns(
            {
                "features": (np.int32, SLOTS),
                "older": (np.int32, SLOTS),
                "at": (np.uint32, 0),  # Unix seconds
                "length": (np.uint8, 0),
                "live": (np.bool_, 0),  # may be shown
                "stats": (np.float32, STATS),  # weighted by voices
                "heat": (np.float32, 0),
            }
        )

    def __len__(self) -> int:
        return self.rows.size

    def put(self, facts: VideoFacts) -> int:
        """Add a video or change its facts; returns its row. Raises ValueError if its id is too long."""
        video = self.ids.add(facts.id)
        if video == self.rows.size:
            self.rows.add()
            self.rows["features"][video] = NO_FEATURE
            self.rows["older"][video] = END
        self.rows["at"][video] = min(max(0, facts.at // MS), SECONDS_MAX)
        self.rows["length"][video] = length_of(facts.duration_ms)
        self.rows["live"][video] = True
        for slot, feature in enumerate(self._features_of(facts)):
            self._link(video, slot, feature)
        return video

    def withdraw(self, video: int) -> None:
        self.rows["live"][video] = False

    def forget_hashtags(self) -> NDArray[np.intp]:
        """Make room for new ones. Returns the features that are no more."""
        features, older = self.rows.used("features"), self.rows.used("older")
        hashtags = self.features.hashtags()
        gone = least_shared(features[:, CREATOR], features[:, TAGS:], hashtags, int(hashtags.sum() * FORGOTTEN_SHARE))
        is_gone = np.zeros(len(hashtags), np.bool_)
        is_gone[gone] = True
        postings = is_gone[features]
        features[postings], older[postings] = NO_FEATURE, END  # their chains have no others
        self.features.drop(gone)
        return gone

    def newest_with(self, features: NDArray[np.int32], each: int) -> NDArray[np.int32]:
        """Up to `each` of the newest videos with each of these features, in no order.

        A video with several of the features is repeated.
        """
        links = self.features.heads[features]
        older = self.rows["older"].reshape(-1)
        found = []
        for _ in range(each):
            links = links[links != END]
            if not len(links):
                break
            found.append(links // SLOTS)
            links = older[links]
        return np.concatenate(found) if found else np.zeros(0, np.int32)

    def _features_of(self, facts: VideoFacts) -> list[int]:
        number = self.features.number
        tags = [number("hashtag", tag) for tag in dict.fromkeys(facts.tags)][:TAGS_MAX]
        return [
            number("creator", facts.creator),
            number("sound", facts.sound) if facts.sound else NO_FEATURE,
            number("language", facts.language) if facts.language else NO_FEATURE,
            *tags,
            *[NO_FEATURE] * (TAGS_MAX - len(tags)),
        ]

    def _link(self, video: int, slot: int, feature: int) -> None:
        """Move a posting from its chain to that of another feature."""
        before = int(self.rows["features"][video, slot])
        if before == feature:
            return
        older, heads, posting = self.rows["older"].reshape(-1), self.features.heads, video * SLOTS + slot
        if before != NO_FEATURE:
            link = int(heads[before])
            if link == posting:
                heads[before] = older[posting]
            else:
                while (following := int(older[link])) != posting:
                    link = following
                older[link] = older[posting]
        self.rows["features"][video, slot] = feature
        older[posting] = END
        if feature != NO_FEATURE:
            older[posting], heads[feature] = heads[feature], posting

    def rows_of(self, ids: Iterable[str]) -> NDArray[np.int64]:
        """Of those that are known."""
        found = self.ids.find_all(ids)
        return np.asarray(found[found != NOBODY])

    @property
    def bytes(self) -> int:
        return self.ids.bytes + self.rows.bytes + self.features.bytes

    def dump(self) -> dict[str, Array]:
        return {**self.ids.dump("ids"), **self.rows.dump("videos"), **self.features.dump("features")}

    def load(self, arrays: Mapping[str, Array]) -> None:
        """Raises KeyError or ValueError if the arrays are damaged."""
        self.ids.load(arrays, "ids")
        self.rows.load(arrays, "videos")
        self.features.load(arrays, "features")
        features, older = self.rows.used("features"), self.rows.used("older")
        if len(self.ids) != len(self) or not within(features, 0, len(self.features)):
            raise ValueError("features that do not exist")
        if not within(older, END, len(self) * SLOTS) or not within(self.features.heads, END, len(self) * SLOTS):
            raise ValueError("postings that do not exist")


def length_of(duration_ms: int) -> int:
    """The class of a length."""
    return sum(duration_ms > limit for limit in LENGTHS_MS)


def within(numbers: Array, low: int, below: int) -> bool:
    return not numbers.size or bool(numbers.min() >= low and numbers.max() < below)
