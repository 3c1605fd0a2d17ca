"""Which video is liked after which, learned with every event."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.memory.columns import Array, Columns

CELLS = 2**20  # neighbours of all videos together, 8 bytes each, as long as every video has NEIGHBOURS_MIN
NEIGHBOURS_MIN, NEIGHBOURS_MAX = 8, 256  # of a video: the fewer videos, the more each may have
WINDOW = 10  # a liked video follows this many liked before it
STEP_BACK = 0.8  # weight of one place further back
BACKWARDS = 0.3  # how much "A after B" says about B after A
DOUBT = 20.0  # weight that must have come together before half of what it says is believed


class CoWatch:
    """For each video the videos that people like after it, by weight.

    A full row weighs a new neighbour against its lightest one. The new one takes that place, and its weight, with the
    probability that keeps the expected weights true (Ting 2018, "Data sketches for disaggregated subset sum"). So what
    keeps coming stays, and a single event seldom displaces much.
    """

    def __init__(self, chance: np.random.Generator) -> None:
        self._chance = chance
        self._width = NEIGHBOURS_MAX
        self._rows = _rows(self._width)
        self._sum = 0.0  # of all totals

    def room_for(self, videos: int) -> None:
        while self._rows.size < videos:
            self._rows.add()
        if self._width > width_for(videos):
            self._narrow(width_for(videos))

    def learn(self, video: int, before: NDArray[np.int32], voice: float) -> None:
        """`before`: what the person had liked, the latest first.

        A pair is seldom seen, so few voices decide about it. The square of a voice counts: quiet ones are not heard.
        """
        for place, earlier in enumerate(before[:WINDOW].tolist()):
            if earlier != video:
                weight = voice**2 * STEP_BACK**place
                self._add(earlier, video, weight)
                self._add(video, earlier, weight * BACKWARDS)

    def _add(self, video: int, follower: int, weight: float) -> None:
        following, weights = self._rows["next"][video], self._rows["weight"][video]
        self._rows["total"][video] += weight
        self._sum += weight
        places = np.flatnonzero((following == follower) & (weights > 0))
        place = int(places[0]) if len(places) else int(weights.argmin())
        total = float(weights[place]) + weight
        if not len(places) and self._chance.random() * total < weight:
            following[place] = follower
        weights[place] = total

    def _narrow(self, width: int) -> None:
        """Keep the heaviest neighbours of each video."""
        rows = _rows(width)
        for _ in range(self._rows.size):
            rows.add()
        heaviest = np.argsort(-self._rows.used("weight"), axis=1)[:, :width]
        for name in ("next", "weight"):
            rows.used(name)[:] = np.take_along_axis(self._rows.used(name), heaviest, axis=1)
        rows.used("total")[:] = self._rows.used("total")
        self._rows, self._width = rows, width

    def after(self, videos: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Neighbours and the share of each: len(videos) x width. Where the share is 0 there is none."""
        weights = self._rows["weight"][videos]
        shares = weights / (self._rows["total"][videos, None] + DOUBT)
        return self._rows["next"][videos], shares.astype(np.float32)

    def popularity(self, videos: NDArray[np.int64]) -> NDArray[np.float32]:
        """How often each video comes before or after others, relative to the mean: 1 is usual."""
        mean = self._sum / max(1, self._rows.size)
        return np.asarray((self._rows["total"][videos] + DOUBT) / np.float32(mean + DOUBT), np.float32)

    @property
    def bytes(self) -> int:
        return self._rows.bytes

    def dump(self) -> dict[str, Array]:
        return self._rows.dump("cowatch")

    def load(self, arrays: Mapping[str, Array], videos: int) -> None:
        """Raises KeyError or ValueError if the arrays are damaged."""
        width = arrays["cowatch.next"].shape[1]
        if not NEIGHBOURS_MIN <= width <= NEIGHBOURS_MAX:
            raise ValueError("too many neighbours")
        self._width, self._rows = width, _rows(width)
        self._rows.load(arrays, "cowatch")
        self._sum = float(self._rows.used("total").sum(dtype=np.float64))
        following = self._rows.used("next")
        if self._rows.size != videos or (following.size and (following.min() < 0 or following.max() >= videos)):
            raise ValueError("neighbours that do not exist")


def width_for(videos: int) -> int:
    """How many neighbours each of so many videos may have: a power of two."""
    return max(NEIGHBOURS_MIN, min(NEIGHBOURS_MAX, 1 << (CELLS // max(1, videos)).bit_length() - 1))


def _rows(width: int) -> Columns:
    return Columns({"next": (np.int32, width), "weight": (np.float32, width), "total": (np.float32, 0)})
