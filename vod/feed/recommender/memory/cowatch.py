"""Which video is liked after which, learned with every event."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.memory.columns import Array, Columns

NEIGHBOURS_MAX = 8  # of a video
WINDOW = 10  # a liked video follows this many liked before it
STEP_BACK = 0.8  # weight of one place further back
BACKWARDS = 0.3  # how much "A after B" says about B after A


class CoWatch:
    """For each video the videos that people like after it, by weight.

    A full row gives up its lightest neighbour to a new one, which takes over its weight (Metwally et al. 2005, "Space
    Saving"): a neighbour that keeps coming stays, whatever else comes in between.
    """

    def __init__(self) -> None:
        self._rows = Columns(
            {
                "next": (np.int32, NEIGHBOURS_MAX),
                "weight": (np.float32, NEIGHBOURS_MAX),  # 0: no neighbour
                "total": (np.float32, 0),  # of all that ever came
            }
        )

    def room_for(self, videos: int) -> None:
        while self._rows.size < videos:
            self._rows.add()

    def learn(self, video: int, before: NDArray[np.int32], voice: float) -> None:
        """`before`: what the person had liked, the latest first."""
        for place, earlier in enumerate(before[:WINDOW].tolist()):
            if earlier != video:
                weight = voice * STEP_BACK**place
                self._add(earlier, video, weight)
                self._add(video, earlier, weight * BACKWARDS)

    def _add(self, video: int, follower: int, weight: float) -> None:
        following, weights = self._rows["next"][video], self._rows["weight"][video]
        self._rows["total"][video] += weight
        places = np.flatnonzero((following == follower) & (weights > 0))
        place = int(places[0]) if len(places) else int(weights.argmin())
        following[place] = follower
        weights[place] += weight

    def after(self, videos: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Neighbours and the share of each: len(videos) x NEIGHBOURS_MAX. Where the share is 0 there is none."""
        weights = self._rows["weight"][videos]
        shares = weights / (self._rows["total"][videos, None] + 1.0)
        return self._rows["next"][videos], shares.astype(np.float32)

    @property
    def bytes(self) -> int:
        return self._rows.bytes

    def dump(self) -> dict[str, Array]:
        return self._rows.dump("cowatch")

    def load(self, arrays: Mapping[str, Array], videos: int) -> None:
        """Raises KeyError or ValueError if the arrays are damaged."""
        self._rows.load(arrays, "cowatch")
        following = self._rows.used("next")
        if self._rows.size != videos or (following.size and (following.min() < 0 or following.max() >= videos)):
            raise ValueError("neighbours that do not exist")
