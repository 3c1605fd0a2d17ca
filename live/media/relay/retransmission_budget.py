"""Limits the retransmissions to one subscriber, and decides how many copies to send of each packet."""

from __future__ import annotations

from live.media.congestion.bandwidth import Bandwidth

PER_SECOND_MAX = 400  # packets: after more losses a keyframe is faster
PER_SECOND_MIN = 30.0
SAVED_S = 0.25  # burst: so many seconds of the rate
SHARE_MAX = 0.5  # of the bandwidth
PACKET_BYTES = 1200  # assumed
COPIES_FROM_LOSS = (0.03, 0.07)  # from these loss fractions on, send two and three copies


class RetransmissionBudget:
    def __init__(self) -> None:
        self._left = PER_SECOND_MAX * SAVED_S
        self._refilled_at = 0.0

    def refill(self, bandwidth: Bandwidth, layered: bool, now: float) -> int:
        """How many packets may be sent now. Without layers the bandwidth is ignored: nothing smaller could be sent."""
        rate = float(PER_SECOND_MAX)
        if layered:
            share = bandwidth.budget_bps * SHARE_MAX / (8 * PACKET_BYTES)
            rate = max(PER_SECOND_MIN, min(rate, share))
        self._left = min(rate * SAVED_S, self._left + (now - self._refilled_at) * rate)
        self._refilled_at = now
        return int(self._left)

    def spend(self, packets: int) -> None:
        self._left -= packets


def copies(loss: float) -> int:
    """How many times to send each packet: when many are lost, losing a retransmission as well costs the most time."""
    return 1 + sum(loss >= fraction for fraction in COPIES_FROM_LOSS)
