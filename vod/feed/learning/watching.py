"""How much somebody can have watched: no more than time has passed, on all videos together.

In memory, by viewer: what is forgotten is only how much of the time since a showing was claimed already.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

VIEWERS_MAX = 50_000
FINISHED_SHARE = 0.7  # of a video's length that must have been possible, for it to count as finished
GRACE_MS = 1_500  # between sending a page and recording it, and for videos of a moment


class WatchClock:
    """Time that a viewer has claimed cannot be claimed again for another video."""

    def __init__(self) -> None:
        self._claimed_until: OrderedDict[str, int] = OrderedDict()  # Unix ms, by viewer
        self._lock = threading.Lock()

    def claim(self, viewer: str, shown_at: int, watched_ms: int, now: int) -> int:
        """How many ms of `watched_ms` are possible since `shown_at` (Unix ms), besides what was claimed before."""
        with self._lock:
            begin = max(shown_at, self._claimed_until.pop(viewer, 0))
            possible = max(0, min(watched_ms, now - begin))
            self._claimed_until[viewer] = begin + possible
            if len(self._claimed_until) > VIEWERS_MAX:
                self._claimed_until.popitem(last=False)
            return possible


def fraction(watched_ms: int, duration_ms: int) -> float:
    """The watched share of a video, 0 to 1. Nobody knows the share of a video without a length."""
    return min(1.0, watched_ms / duration_ms) if duration_ms > 0 else 0.0


def may_have_finished(watched_ms: int, duration_ms: int) -> bool:
    return watched_ms + GRACE_MS >= FINISHED_SHARE * duration_ms
