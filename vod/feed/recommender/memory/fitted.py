"""The result of the last refit, in rows of the catalogue."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from vod.feed.recommender.fit import Fit
from vod.feed.recommender.memory.columns import Array
from vod.feed.recommender.memory.names import NOBODY, Ids


class Fitted:
    """Neighbours of the videos that the fit knows. Never changed, but replaced as a whole."""

    def __init__(
        self,
        videos: NDArray[np.int32] | None = None,
        following: NDArray[np.int32] | None = None,
        weights: NDArray[np.float16] | None = None,
    ) -> None:
        self._videos = np.zeros(0, np.int32) if videos is None else videos  # sorted
        self._following = np.zeros((0, 0), np.int32) if following is None else following
        self._weights = np.zeros((0, 0), np.float16) if weights is None else weights

    @classmethod
    def of(cls, fit: Fit, ids: Ids) -> Fitted:
        """Without the videos that are not known here. Raises ValueError if the fit's arrays do not match."""
        count = len(fit.videos)
        if fit.neighbours.shape != fit.weights.shape or len(fit.neighbours) != count:
            raise ValueError("a fit of different lengths")
        if fit.neighbours.size and (fit.neighbours.min() < 0 or fit.neighbours.max() >= count):
            raise ValueError("a fit with neighbours that do not exist")
        rows = ids.find_all(name.decode("ascii", "replace") for name in fit.videos.tolist())
        following = rows[fit.neighbours] if count else fit.neighbours
        weights = np.where(following == NOBODY, 0, fit.weights)
        order = np.argsort(rows)
        order = order[rows[order] != NOBODY]
        return cls(
            rows[order].astype(np.int32),
            np.maximum(following, 0)[order].astype(np.int32),
            weights[order].astype(np.float16),
        )

    def after(self, videos: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.float32]]:
        """For each neighbour of these: of which video, which, and the weight."""
        if not len(self._videos) or not len(videos):
            nothing = np.zeros(0, np.int32)
            return nothing, nothing, np.zeros(0, np.float32)
        places = np.minimum(np.searchsorted(self._videos, videos), len(self._videos) - 1)
        known = self._videos[places] == videos
        following = self._following[places[known]]
        sources = np.repeat(videos[known], following.shape[1])
        return sources, following.reshape(-1), self._weights[places[known]].astype(np.float32).reshape(-1)

    @property
    def bytes(self) -> int:
        return self._videos.nbytes + self._following.nbytes + self._weights.nbytes

    def dump(self) -> dict[str, Array]:
        return {"fit.videos": self._videos, "fit.following": self._following, "fit.weights": self._weights}

    @classmethod
    def load(cls, arrays: Mapping[str, Array], videos: int) -> Fitted:
        """Raises KeyError or ValueError if the arrays are damaged."""
        rows, following, weights = arrays["fit.videos"], arrays["fit.following"], arrays["fit.weights"]
        if following.shape != weights.shape or following.ndim != 2 or len(following) != len(rows):
            raise ValueError("a fit of different lengths")
        for numbers in (rows, following):
            if numbers.size and (numbers.min() < 0 or numbers.max() >= videos):
                raise ValueError("a fit with videos that do not exist")
        return cls(rows.astype(np.int32), following.astype(np.int32), weights.astype(np.float16))
