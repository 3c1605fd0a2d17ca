"""What a subscriber's reports say of the packets it was sent: what share of them is missing, and when that became too
many.

Receivers report when they ask for packets again, many times a second on a bad line; a report alone then speaks of a
handful of packets. Loss by chance is told from a line that is full by a cumulative sum (CUSUM, E. S. Page 1954): what
is missing beyond what is tolerated adds up, what arrives takes off. It is sure after some twenty packets when most are
lost, and says since when. Whether ten in a hundred lost by chance deceive it,
tests/live/media/congestion/test_loss_detector.py looks at."""

from __future__ import annotations

WINDOW_S = 1.0  # over which the share of missing packets is told
TOLERATED = 0.2  # share of missing packets that chance may be to blame for
EXCESS_PACKETS = 9.0  # missing beyond that: too many
EXCESS_S = 0.1  # for at least so long: a burst is over sooner
LEAP_PACKETS_MAX = 1 << 15  # between two reports; who says more counts something else

Report = tuple[float, int, int]
"""When it came, the highest number it tells of, and how many packets are missing."""


class LossDetector:
    def __init__(self, now: float) -> None:
        self.loss = 0.0  # share of packets missing, when that was last told
        self.carried: float | None = None  # packets a second that arrived since too many did not, once that is sure
        self._before: Report | None = None
        self._window = self._since = (now, 0, 0)
        self._excess = 0.0
        self._judged_from = -1

    def judge_from(self, number: int) -> None:
        """Packets before this one were sent when something else was: they say nothing of what is sent now."""
        if number > self._judged_from:
            self._judged_from = number
            self._excess = 0.0

    def heard(self, highest: int, lost: int, now: float) -> bool:
        """A report: the highest extended sequence number, and how many packets are missing altogether. Gives whether
        `loss` is told anew, of packets that say something."""
        before, self._before = self._before, (now, highest, lost)
        self.carried = None
        if before is None or not 0 <= highest - before[1] < LEAP_PACKETS_MAX:
            self._window = self._before
            self._excess = 0.0
            return False
        self._judge(before, self._before)
        return self._look_back(self._before)

    def _judge(self, before: Report, report: Report) -> None:
        if before[1] < self._judged_from:
            return
        if self._excess == 0.0:
            self._since = before
        expected, missing = _between(before, report)
        self._excess = max(0.0, self._excess + missing - TOLERATED * expected)
        seconds = report[0] - self._since[0]
        if self._excess >= EXCESS_PACKETS and seconds >= EXCESS_S:
            expected, missing = _between(self._since, report)
            self.carried = (expected - missing) / seconds

    def _look_back(self, report: Report) -> bool:
        expected, missing = _between(self._window, report)
        if report[0] - self._window[0] < WINDOW_S or not expected:
            return False
        self.loss = missing / expected
        judged, self._window = self._window[1] >= self._judged_from, report
        return judged


def _between(before: Report, report: Report) -> tuple[int, int]:
    """How many packets, and how many of them are missing. Repeats that count as packets may make up for more."""
    expected = report[1] - before[1]
    return expected, min(expected, max(0, report[2] - before[2]))
