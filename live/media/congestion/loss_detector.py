"""Tells a full connection from one that loses packets at random, by a subscriber's receiver reports.

On a bad connection a receiver reports many times a second, because each NACK brings a report. One report then covers a
handful of packets, and its loss fraction means nothing. A cumulative sum (CUSUM, E. S. Page 1954) adds up the losses
beyond what is tolerated and subtracts what arrives. When most packets are lost it is certain after about twenty, and it
knows when the trouble began. tests/live/media/congestion/test_loss_detector.py checks that 10 % of random loss does not
deceive it.
"""

from __future__ import annotations

WINDOW_S = 1.0  # over which the loss fraction is computed
TOLERATED = 0.2  # fraction of lost packets that may be random
EXCESS_PACKETS = 9.0  # lost beyond that: too many
EXCESS_S = 0.1  # for at least so long: a burst is over sooner
JUMP_PACKETS_MAX = 1 << 15  # between two reports; a larger jump means another count

Report = tuple[float, int, int]
"""When it came, the highest sequence number it covers, and how many packets were lost until then."""


class LossDetector:
    def __init__(self, now: float) -> None:
        self.loss = 0.0  # fraction of packets lost, as last computed
        self.carried: float | None = None  # packets/s that arrived since the overload began; None: no overload
        self._before: Report | None = None
        self._window = self._since = (now, 0, 0)
        self._excess = 0.0
        self._ignored_below = -1

    def ignore_before(self, sequence: int) -> None:
        """Packets before this one belong to what was sent earlier, and say nothing about what is sent now."""
        if sequence > self._ignored_below:
            self._ignored_below = sequence
            self._excess = 0.0

    def on_report(self, highest: int, lost: int, now: float) -> bool:
        """`highest`: extended sequence number; `lost`: since the beginning. True when `loss` is new and meaningful."""
        before, self._before = self._before, (now, highest, lost)
        self.carried = None
        if before is None or not 0 <= highest - before[1] < JUMP_PACKETS_MAX:
            self._window = self._before
            self._excess = 0.0
            return False
        self._detect_overload(before, self._before)
        return self._measure_loss(self._before)

    def _detect_overload(self, before: Report, report: Report) -> None:
        if before[1] < self._ignored_below:
            return
        if self._excess == 0.0:
            self._since = before
        expected, lost = _between(before, report)
        self._excess = max(0.0, self._excess + lost - TOLERATED * expected)
        seconds = report[0] - self._since[0]
        if self._excess >= EXCESS_PACKETS and seconds >= EXCESS_S:
            expected, lost = _between(self._since, report)
            self.carried = (expected - lost) / seconds

    def _measure_loss(self, report: Report) -> bool:
        expected, lost = _between(self._window, report)
        if report[0] - self._window[0] < WINDOW_S or not expected:
            return False
        self.loss = lost / expected
        meaningful, self._window = self._window[1] >= self._ignored_below, report
        return meaningful


def _between(before: Report, report: Report) -> tuple[int, int]:
    """Expected and lost packets. Retransmissions that count as packets may make the loss negative: clamp it."""
    expected = report[1] - before[1]
    return expected, min(expected, max(0, report[2] - before[2]))
