"""An outage: something that is needed does not work for a while. Its beginning and its end are logged, once each."""

from __future__ import annotations

import threading
import time

import structlog

PAUSE_S_MIN = 0.1
PAUSE_S_MAX = 5.0
QUIET_S = 10.0  # an outage that begins sooner after the last one ended is not logged again

log = structlog.get_logger("outages")


class Outage:
    """Whether one thing works. Its methods may be called from any thread, and often."""

    def __init__(self, what: str) -> None:
        """`what` names it in the log."""
        self._what = what
        self._lock = threading.Lock()
        self._began_at: float | None = None
        self._ended_at = -QUIET_S
        self._logged = False
        self._pause_s = PAUSE_S_MIN

    @property
    def away(self) -> bool:
        """Whether the last use failed."""
        return self._began_at is not None

    def failed(self, error: BaseException) -> float:
        """It did not work. Returns the seconds after which to try again, more each time up to PAUSE_S_MAX."""
        with self._lock:
            now = time.monotonic()
            if self._began_at is None:
                self._began_at = now
                self._pause_s = PAUSE_S_MIN
                self._logged = now - self._ended_at >= QUIET_S
                if self._logged:
                    log.warning("away, trying again", what=self._what, error=_reason(error))
            pause_s, self._pause_s = self._pause_s, min(PAUSE_S_MAX, 2 * self._pause_s)
            return pause_s

    def over(self) -> None:
        """It works."""
        if self._began_at is None:  # the usual case, which takes no lock
            return
        with self._lock:
            if self._began_at is None:
                return
            self._ended_at = time.monotonic()
            if self._logged:
                log.info("back", what=self._what, seconds=round(self._ended_at - self._began_at, 1))
            self._began_at = None


def _reason(error: BaseException) -> str:
    """The first line of a driver's message, without the statement and its values."""
    cause = getattr(error, "orig", None) or error
    lines = str(cause).strip().splitlines()
    return f"{type(cause).__name__}: {lines[0]}" if lines else type(cause).__name__
