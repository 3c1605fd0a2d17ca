"""Counts of what was said today: by a viewer of a creator's videos, and by a network of one video. In memory."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Hashable

from vod.feed.learning.voice import DAY_MS

COUNTS_MAX = 200_000


class Crowds:
    """A day's counts by key. With too many keys the ones that were used longest ago are dropped."""

    def __init__(self) -> None:
        self._counts: OrderedDict[Hashable, int] = OrderedDict()
        self._members: set[Hashable] = set()
        self._day = 0
        self._lock = threading.Lock()

    def count(self, key: Hashable, member: Hashable, now: int) -> int:
        """Count a member once today. Returns how many others were counted before."""
        with self._lock:
            if self._day != now // DAY_MS:
                self._day = now // DAY_MS
                self._counts.clear()
                self._members.clear()
            before = self._counts.pop(key, 0)
            known = (key, member) in self._members
            if not known and len(self._members) < COUNTS_MAX:
                self._members.add((key, member))
            self._counts[key] = before + (not known)
            if len(self._counts) > COUNTS_MAX:
                self._counts.popitem(last=False)
            return before - known
