"""How many lost packets a subscriber may be sent again, and how many copies of each."""

from __future__ import annotations

from live.media.congestion.bandwidth import Bandwidth

PER_SECOND_MAX = 400  # packets: who has lost more is better served by a keyframe
PER_SECOND_MIN = 30.0
SAVED_S = 0.25  # of the rate may be saved up
SHARE_MAX = 0.5  # of the bandwidth
PACKET_BYTES = 1200  # assumed for that
COPIES_FROM_LOSS = (0.03, 0.07)  # from these loss fractions on, send two and three copies


class RetransmissionBudget:
    def __init__(self) -> None:
        self._left = PER_SECOND_MAX * SAVED_S
        self._refilled_at = 0.0

    def refill(self, bandwidth: Bandwidth, layered: bool, now: float) -> int:
        """Packets that may be sent now. Without layers nothing smaller can be sent, and only the losses count."""
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
    """A retransmission that is lost as well costs the most time, so send several when many packets are lost."""
    return 1 + sum(loss >= fraction for fraction in COPIES_FROM_LOSS)
