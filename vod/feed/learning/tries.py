"""Rows that cannot be applied: each is tried a few times and then passed over, so that it stops none of the others."""

from __future__ import annotations

import threading
from collections import OrderedDict

import structlog

TRIES_MAX = 3
FAILING_MAX = 1_000  # rows whose tries are remembered

log = structlog.get_logger("feed")


class Tries:
    def __init__(self) -> None:
        self._failed: OrderedDict[str, int] = OrderedDict()
        self._lock = threading.Lock()

    def failed(self, row: str, error: Exception) -> bool:
        """Log that a row has failed. Returns whether it is to be given up."""
        with self._lock:
            tries = self._failed.pop(row, 0) + 1
            if tries < TRIES_MAX:
                self._failed[row] = tries
            if len(self._failed) > FAILING_MAX:
                self._failed.popitem(last=False)
        log.error("the recommender cannot learn a row", row=row, tries=tries, exc_info=error)
        return tries >= TRIES_MAX
