"""How much a subscriber was sent lately, looked at a few times a second."""

from __future__ import annotations

from collections import deque

LOOK_S = 0.25  # between two looks
OVER_S = 1.0  # as receivers measure what arrives
AGO_S = 0.5  # for how long it has to have been so much: what began only just now is still on its way

Look = tuple[float, int]
"""When, and the bytes sent by then."""


class SendRate:
    def __init__(self, now: float) -> None:
        self.bps = 0.0  # the least over this second and over the one that ended half a second ago
        self._looks: deque[Look] = deque([(now, 0)])  # oldest first

    def is_due(self, now: float) -> bool:
        return now - self._looks[-1][0] >= LOOK_S

    def look(self, now: float, sent_bytes: int) -> None:
        """So many bytes have been sent altogether."""
        looks = self._looks
        looks.append((now, sent_bytes))
        while len(looks) > 2 and now - looks[1][0] >= OVER_S + AGO_S:
            looks.popleft()
        earlier = next((one for one in reversed(looks) if now - one[0] >= AGO_S), looks[0])
        self.bps = min(self._second_before(looks[-1]), self._second_before(earlier))

    def _second_before(self, end: Look) -> float:
        start = next((one for one in reversed(self._looks) if end[0] - one[0] >= OVER_S), self._looks[0])
        seconds = end[0] - start[0]
        return (end[1] - start[1]) * 8 / seconds if seconds > 0 else 0.0
