"""Probes for spare capacity: for a moment, retransmissions fill the bitrate that a larger picture would need.

A probe that fails costs a queue of half a second at most. A larger picture that does not fit would stand still until
the subscriber is back on the smaller one.
"""

from __future__ import annotations

SEND_S = 0.6
ECHO_S_MAX = 2.0  # an echo that takes longer waits in a queue
CLOCK_S = 0.02  # accuracy of the time that an echo tells


class Probe:
    def __init__(self, total_bps: float, extra_bps: float, now: float) -> None:
        """Tests for `total_bps` by sending `extra_bps` on top of what is sent anyway."""
        self.total_bps = total_bps
        self.passed: bool | None = None  # None: not known yet
        self._extra_bps = extra_bps
        self._sent_until = now
        self._ends_at = now + SEND_S
        self._asked = False

    def bytes_due(self, now: float) -> float:
        """Bytes of retransmissions to send now."""
        until = min(now, self._ends_at)
        seconds, self._sent_until = until - self._sent_until, until
        return self._extra_bps * max(0.0, seconds) / 8

    def wants_report(self, now: float) -> bool:
        """True once, after the last byte: a sender report must follow, whose echo gives the result."""
        if self._asked or now < self._ends_at:
            return False
        self._asked = True
        return True

    def on_echo(self, sent_at: float, queueing: bool) -> None:
        """The echo of a report from `sent_at`. `queueing`: it waited in a queue."""
        if self._asked and sent_at >= self._ends_at - CLOCK_S:
            self.passed = not queueing

    def is_over(self, now: float) -> bool:
        """Whether it failed or no echo came in time."""
        return self.passed is False or now - self._ends_at > ECHO_S_MAX
