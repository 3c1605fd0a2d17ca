"""How much of a video of a given length people usually watch."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from vod.feed.recommender.memory.catalogue import LENGTHS_MS
from vod.feed.recommender.memory.columns import Array

FIRST_FRACTION, FIRST_WEIGHT = 0.5, 20.0  # before anything is known
SHARE_MAX = 2.0


class Watching:
    def __init__(self) -> None:
        self._sums = np.full((len(LENGTHS_MS) + 1, 2), (FIRST_FRACTION * FIRST_WEIGHT, FIRST_WEIGHT))

    def learn(self, length: int, fraction: float, voice: float) -> None:
        self._sums[length] += fraction * voice, voice

    def share(self, length: int, fraction: float) -> float:
        """A fraction of a video relative to the usual one at this length: 1 is usual, SHARE_MAX the most."""
        watched, count = self._sums[length]
        return float(min(SHARE_MAX, fraction * count / max(watched, 1e-6)))

    def dump(self) -> dict[str, Array]:
        return {"watching": self._sums}

    def load(self, arrays: Mapping[str, Array]) -> None:
        if arrays["watching"].shape != self._sums.shape or not (arrays["watching"] > 0).all():
            raise ValueError("watch times of unknown lengths")
        self._sums = arrays["watching"].astype(np.float64)
