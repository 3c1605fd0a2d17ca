"""What a viewer's line carries, out of what it reports: loss, round trip, and its own estimate (REMB).

Reports come a few times a second and cost little, where feedback on every packet would cost more than the media. What
they cannot tell is what the line could carry beyond what is sent; that is found by trying: the budget grows while all
is well, and a rendition that turns out too much makes the next try wait longer.
"""

from __future__ import annotations

START_BPS = 2_000_000.0
FLOOR_BPS = 50_000.0
CEILING_BPS = 50_000_000.0
GROWTH_PER_S = 1.12
LOSS_HEAVY = 0.25  # of the packets: too much whatever the cause
LOSS_SOME = 0.08  # too much when the round trip has grown as well
QUEUE_S = 0.1  # a round trip longer by this means that packets wait in a queue
QUEUE_FULL_S = 0.2  # too much even without loss, if two reports in a row say so: one may have been late itself
CUT_S_MIN = 1.0  # between two cuts: the first has to take effect before anything tells whether it was enough
BACK_OFF = 0.8  # of what arrived, when packets only wait
BACK_OFF_HARD = 0.5  # when they are lost: the next keyframe, which is large, has to get through as well
WAIT_S_MIN, WAIT_S_MAX = 2.0, 30.0  # before the budget grows again
ESTIMATE_FALL = 0.93  # an estimate this much below the one before is a warning


class Bandwidth:
    def __init__(self, now: float) -> None:
        self.budget_bps = START_BPS
        self.round_trip_s: float | None = None
        self.loss = 0.0
        self.estimate_bps: int | None = None  # the viewer's own
        self._round_trip_min = 10.0
        self._queued_before = 0.0
        self._wait_s = WAIT_S_MIN
        self._quiet_until = now + WAIT_S_MIN
        self._grown_at = now
        self._congested_at = now - CUT_S_MIN

    def reported(self, loss: float, round_trip_s: float | None, sent_bps: float, now: float) -> bool:
        """A receiver report: the share of packets lost since the one before. True when the line is overloaded."""
        self.loss = loss
        if round_trip_s is not None:
            self.round_trip_s = round_trip_s
            self._round_trip_min = min(round_trip_s, self._round_trip_min + 0.0005)
        queued = (round_trip_s or 0.0) - self._round_trip_min if round_trip_s is not None else 0.0
        full, self._queued_before = min(queued, self._queued_before) > QUEUE_FULL_S, queued
        if loss >= LOSS_HEAVY or (loss >= LOSS_SOME and queued > QUEUE_S) or full:
            share = BACK_OFF_HARD if loss >= LOSS_SOME else BACK_OFF
            return self.congested(sent_bps * (1 - loss) * share, now)
        self._grow(sent_bps, now)
        return False

    def estimated(self, bits_per_second: int, sent_bps: float, now: float) -> bool:
        """The viewer's own estimate (REMB). It never exceeds one and a half times what it receives, so only its fall
        is telling, and what it proves beyond our budget. True when the line is overloaded."""
        before, self.estimate_bps = self.estimate_bps, bits_per_second
        if before is not None and bits_per_second < before * ESTIMATE_FALL and bits_per_second < sent_bps * 0.95:
            return self.congested(float(bits_per_second), now)
        if now > self._quiet_until:
            self.budget_bps = max(self.budget_bps, min(CEILING_BPS, float(bits_per_second)))
        return False

    def congested(self, carried_bps: float, now: float) -> bool:
        """More was sent than the line carries, which is about `carried_bps`. Gives whether the budget was cut."""
        since, self._quiet_until = now - self._congested_at, max(self._quiet_until, now + self._wait_s)
        if since < CUT_S_MIN:
            return False
        self._wait_s = min(WAIT_S_MAX, self._wait_s * 2) if since < 2 * self._wait_s else WAIT_S_MIN
        self._congested_at = self._grown_at = now
        self._quiet_until = now + self._wait_s
        self.budget_bps = max(FLOOR_BPS, min(self.budget_bps, carried_bps))
        return True

    def _grow(self, sent_bps: float, now: float) -> None:
        """While all is well; never far beyond what has been tried."""
        seconds, self._grown_at = now - self._grown_at, now
        if now < self._quiet_until:
            return
        ceiling = max(START_BPS, sent_bps * 4)
        if self.budget_bps < ceiling:
            self.budget_bps = min(ceiling, self.budget_bps * GROWTH_PER_S ** min(1.0, seconds))
