"""Which campaigns want more of their budgets on this node: those that viewers could have been shown, but for that."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vod.ads.decision.holds import SliceKey
from vod.ads.decision.lineup import Lineup, Mask

REFUSED_MS = 5_000  # after a grant that was refused or small, until the next is asked for
UNUSED_MS = 600_000  # a slice that nothing was shown for is given back


class Demand:
    def __init__(self, lineup: Lineup, before: Demand | None = None) -> None:
        """`before`: of the lineup that this one replaces."""
        self._lineup = lineup
        self._dry: Mask = np.zeros(len(lineup), bool)
        self._ask_at: NDArray[np.int64] = np.zeros(len(lineup), np.int64)
        self._spent: NDArray[np.int64] = np.zeros(len(lineup), np.int64)  # since `asking`
        self._used: dict[SliceKey, int] = before._used if before else {}  # when something was last shown for it

    def noted(self, eligible: Mask, now: int) -> None:
        """These could have been shown; some of them cannot pay."""
        lineup = self._lineup
        poor = eligible & (lineup.left < lineup.floors)
        if poor.any():
            self._dry |= poor & (self._ask_at <= now)

    def held(self, key: SliceKey, row: int, micro: int, now: int) -> None:
        self._spent[row] += micro
        self._used[key] = now

    def granted(self, key: SliceKey, row: int | None, now: int) -> None:
        """It may ask again as soon as it needs to."""
        self._used[key] = now
        if row is not None:
            self._ask_at[row] = 0

    def asking(self, now: int, at_most: int) -> list[int]:
        """The rows for which more is asked now: those that are dry, and those that soon will be."""
        soon = (self._spent > 0) & (self._lineup.left < 2 * self._spent) & (self._ask_at <= now)
        rows = np.flatnonzero((self._dry | soon) & ~self._lineup.house)[:at_most]
        self._ask_at[rows] = now + REFUSED_MS
        self._dry[rows] = False
        self._spent[:] = 0
        return [int(row) for row in rows]

    def unused(self, key: SliceKey, now: int) -> bool:
        """What is unused counts as such until something is granted again."""
        if now - self._used.get(key, 0) <= UNUSED_MS:
            return False
        self._used.pop(key, None)
        return True

    def forget(self, campaign: str) -> None:
        """Nothing of it is in use: its slices go back."""
        for key in [key for key in self._used if key[0] == campaign]:
            del self._used[key]
