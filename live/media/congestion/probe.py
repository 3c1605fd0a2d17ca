"""Whether a line carries more than is sent: for a moment repeats go along, before a larger picture does.

What was too much then costs a queue of half a second at most. A larger picture that is too much stands still until the
subscriber has come back from it.
"""

from __future__ import annotations

SEND_S = 0.6
ECHO_S_MAX = 2.0  # after which an answer that has not come waits in a queue
CLOCK_S = 0.02  # by which a moment told by an echo may be off


class Probe:
    def __init__(self, total_bps: float, more_bps: float, now: float) -> None:
        """Is there room for so much altogether, which is so much more than is sent?"""
        self.total_bps = total_bps
        self.passed: bool | None = None  # None: not known yet
        self._more_bps = more_bps
        self._sent_until = now
        self._ends_at = now + SEND_S
        self._asked = False

    def owed(self, now: float) -> float:
        """Bytes of repeats that are to be sent now."""
        until = min(now, self._ends_at)
        seconds, self._sent_until = until - self._sent_until, until
        return self._more_bps * max(0.0, seconds) / 8

    def asks(self, now: float) -> bool:
        """Once: everything has been sent, and a report is to follow, whose echo tells how that went."""
        if self._asked or now < self._ends_at:
            return False
        self._asked = True
        return True

    def echoed(self, sent_at: float, waiting: bool) -> None:
        """The echo of a report that was sent then; whether it waited in a queue."""
        if self._asked and sent_at >= self._ends_at - CLOCK_S:
            self.passed = not waiting

    def is_over(self, now: float) -> bool:
        """Nothing more will be told."""
        return self.passed is False or now - self._ends_at > ECHO_S_MAX
