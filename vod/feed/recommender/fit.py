"""What a refit leads to."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NEIGHBOURS = 30  # of a video


@dataclass(frozen=True, slots=True)
class Fit:
    """For each of `videos` its strongest neighbours, as places in `videos`, strongest first."""

    videos: NDArray[np.bytes_]  # ids
    neighbours: NDArray[np.int32]  # videos x up to NEIGHBOURS
    weights: NDArray[np.float32]  # the same; 0: no neighbour
