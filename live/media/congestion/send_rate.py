"""The bitrate a subscriber was sent lately, from a byte counter sampled a few times a second."""

from __future__ import annotations

from collections import deque

SAMPLE_S = 0.25  # between two samples
WINDOW_S = 1.0  # receivers measure what arrives over a second, too
LAG_S = 0.5  # what began only just now is still on its way

Sample = tuple[float, int]
"""When, and the bytes sent by then."""


class SendRate:
    def __init__(self, now: float) -> None:
        self.bps = 0.0  # the lower of two: over the last second, and over the one that ended LAG_S ago
        self._samples: deque[Sample] = deque([(now, 0)])  # oldest first

    def is_due(self, now: float) -> bool:
        return now - self._samples[-1][0] >= SAMPLE_S

    def sample(self, now: float, sent_bytes: int) -> None:
        """`sent_bytes`: since the beginning."""
        samples = self._samples
        samples.append((now, sent_bytes))
        while len(samples) > 2 and now - samples[1][0] >= WINDOW_S + LAG_S:
            samples.popleft()
        earlier = next((s for s in reversed(samples) if now - s[0] >= LAG_S), samples[0])
        self.bps = min(self._second_before(samples[-1]), self._second_before(earlier))

    def _second_before(self, end: Sample) -> float:
        start = next((s for s in reversed(self._samples) if end[0] - s[0] >= WINDOW_S), self._samples[0])
        seconds = end[0] - start[0]
        return (end[1] - start[1]) * 8 / seconds if seconds > 0 else 0.0
