"""Whom a page is for, as arrays."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Viewer:
    known: bool  # otherwise nothing is personal
    now_s: float  # Unix seconds
    hidden: NDArray[np.int64]  # videos that they have seen or been given
    recent: NDArray[np.int32]  # videos liked last, the latest first
    features: NDArray[np.int32]  # that they are interested in, dislikes included
    weights: NDArray[np.float32]
    followed: NDArray[np.int32]  # features: creators
    languages: NDArray[np.int32]  # features
