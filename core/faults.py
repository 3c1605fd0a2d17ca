"""A log of faults that a stranger's message may cause: however many messages come, it writes one line in a while."""

from __future__ import annotations

import time

import structlog

LINE_INTERVAL_S = 10.0

log = structlog.get_logger("core")


class FaultLog:
    """Counts the faults of one place. Use it where one message's fault must not affect the next one."""

    def __init__(self, event: str) -> None:
        self.count = 0
        self._event = event
        self._written_at = -LINE_INTERVAL_S

    def add(self) -> None:
        """Count the exception that is being handled, and log it unless one was logged just before."""
        self.count += 1
        now = time.monotonic()
        if now - self._written_at >= LINE_INTERVAL_S:
            self._written_at = now
            log.exception(self._event, count=self.count)
