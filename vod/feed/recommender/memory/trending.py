"""What is popular now: good showings that fade with time."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

HALF_LIFE_S = 12 * 3_600.0
RESCALE = 40.0  # half-lives after which all heat is written anew; float32 holds 128
TOP = 256
CHANGES_MAX = 64  # after so many, the order is looked up again


class Trending:
    """Keeps the time of the heat's unit, and the hottest videos.

    Heat is not written down as it fades, but new heat is written up (Cormode et al. 2009, "Forward Decay"): the order
    needs no clock.
    """

    def __init__(self, unit_s: float = 0.0) -> None:
        self.unit_s = unit_s  # heat that came at this time counts 1
        self._top = np.zeros(0, np.int64)
        self._changes = CHANGES_MAX

    def add(self, heat: NDArray[np.float32], video: int, at_s: float, amount: float) -> None:
        """`heat`: of all videos. What comes late counts less; what comes from the future counts as from now."""
        if at_s - self.unit_s > RESCALE * HALF_LIFE_S:
            heat *= np.float32(max(0.0, self._growth(at_s)) ** -1 if at_s - self.unit_s < 120 * HALF_LIFE_S else 0.0)
            self.unit_s = at_s
        heat[video] = max(0.0, float(heat[video]) + amount * self._growth(at_s))
        self._changes += 1

    def now(self, heat: NDArray[np.float32], now_s: float) -> NDArray[np.float64]:
        """Heat as it counts now."""
        return np.asarray(heat / max(1e-30, self._growth(max(now_s, self.unit_s))), np.float64)

    def top(self, heat: NDArray[np.float32]) -> NDArray[np.int64]:
        """Rows of the hottest videos, withdrawn ones included, in no order."""
        if self._changes >= CHANGES_MAX:
            count = min(TOP, len(heat))
            self._top = np.argpartition(-heat, count - 1)[:count] if count else np.zeros(0, np.int64)
            self._changes = 0
        return self._top

    def _growth(self, at_s: float) -> float:
        return math.exp2(min(max((at_s - self.unit_s) / HALF_LIFE_S, -60.0), 100.0))
