"""Estimates what a subscriber's connection carries, from loss, round trip and the receiver's own estimate (REMB).

Reports come a few times a second. Feedback on every packet would cost more than the media. Reports cannot show how much
more than the present bitrate the connection would carry, so the budget grows by trial: quickly up to what is known to
fit, beyond that only after a pause, which doubles with each failure.
"""

from __future__ import annotations

START_BPS = 2_000_000.0
FLOOR_BPS = 50_000.0
CEILING_BPS = 50_000_000.0
GROWTH_PER_S = 1.2
LOSS_SOME = 0.08  # too much when the round trip has grown as well
QUEUE_S = 0.1  # a round trip longer than the shortest by this: packets wait in a queue
QUEUE_FULL_S = 0.2  # too much even without loss, if two echoes in a row show it: one may have been late itself
QUEUE_LONG_S = 0.3  # one echo is enough if the receiver's estimate agrees
DRAINING = 0.1  # seconds per second by which the queue shrinks when it is about to be empty
TRIP_MIN_DRIFT_S = 0.002  # by which the shortest round trip is forgotten with each echo
CUT_S_MIN = 1.0  # between two cuts: the first must take effect before anything shows whether it was enough
BACK_OFF = 0.8  # of what arrived, when packets only queue
BACK_OFF_HARD = 0.5  # when they are lost: the next keyframe, which is large, must get through as well
QUIET_S = 3.0  # before the budget grows again
PROBED_MORE = 2.0  # times what a probe carried: so much may be probed next
WAIT_S_MIN, WAIT_S_MAX = 6.0, 12.0  # before it grows beyond what the connection is known to carry
ESTIMATE_FALL = 0.93  # an estimate this much below the one before is a warning
FALLS_S = 1.0  # two warnings within this time are believed: the burst of a keyframe causes one
ESTIMATE_SHARE = 0.85  # receivers estimate this share of the last second's arrivals while their delay grows
STEEP = 0.7  # of the send rate over the last second: no burst makes an estimate fall so low at once
NOTICED_S = 0.4  # after which a steep fall shows in the estimate
GUESS_MIN = 0.25  # of the estimate: lower bound for the guess after a steep fall
FOLLOW_S = 1.5  # after a cut, packets sent before still arrive: estimates that go on falling show the capacity


class Bandwidth:
    def __init__(self, now: float) -> None:
        self.budget_bps = START_BPS
        self.round_trip_s: float | None = None
        self.estimate_bps: int | None = None  # the receiver's own (REMB)
        self._round_trip_min = 10.0
        self._queued = 0.0  # seconds
        self._report_sent_at = now  # of the report whose echo came last
        self._carried_bps = CEILING_BPS  # at the last overload
        self._wait_s = WAIT_S_MIN
        self._quiet_until = now + QUIET_S
        self._known_until = now  # until then the budget stays within what was carried
        self._grown_at = now
        self._cut_at = now - CUT_S_MIN
        self._fell_at = now - FALLS_S
        self.certain_at = 0.0  # when an overload was last certain: most of what is sent does not arrive

    @property
    def slow(self) -> bool:
        """Whether the connection has been overloaded before."""
        return self._carried_bps < CEILING_BPS

    @property
    def queueing(self) -> bool:
        """Whether packets waited in a queue, by the last echo."""
        return self._queued > QUEUE_S

    def recovering(self, now: float) -> bool:
        """Whether it was overloaded only just now."""
        return now < self._quiet_until and self.slow

    def on_round_trip(self, round_trip_s: float, sent_bps: float, now: float) -> bool:
        """A round trip, queues included. True when the connection is overloaded."""
        self.round_trip_s = round_trip_s
        self._round_trip_min = min(round_trip_s, self._round_trip_min + TRIP_MIN_DRIFT_S)
        before, self._queued = self._queued, round_trip_s - self._round_trip_min
        sent_before, self._report_sent_at = self._report_sent_at, now - round_trip_s
        draining = before - self._queued > DRAINING * (self._report_sent_at - sent_before)
        if draining or self._report_sent_at < self._cut_at:
            return False
        if self.estimate_bps is not None and self._queued > QUEUE_LONG_S and self.estimate_bps < sent_bps * STEEP:
            self.on_certain_overload(float(self.estimate_bps), now)
            return True
        return min(self._queued, before) > QUEUE_FULL_S and self._cut(sent_bps, BACK_OFF, now)

    def on_loss(self, fraction: float, sent_bps: float, now: float) -> bool:
        """The fraction of packets lost lately. True when the connection is overloaded."""
        if fraction >= LOSS_SOME and self.queueing:
            return self._cut(sent_bps * (1 - fraction), BACK_OFF_HARD, now)
        self._grow(sent_bps, now)
        return False

    def on_certain_overload(self, carried_bps: float, now: float) -> None:
        """The connection is overloaded for certain: only so much of what was sent arrived."""
        self.certain_at = now
        self._cut_at = -CUT_S_MIN
        self._cut(carried_bps, BACK_OFF_HARD, now)

    def on_estimate(self, bits_per_second: int, sent_bps: float, now: float) -> bool:
        """The receiver's own estimate (REMB). True when the connection is overloaded.

        It is at most one and a half times what arrives, and video arrives in bursts. It means something only when it
        falls twice in a row, or far below what has been sent for over a second.
        """
        before, self.estimate_bps = self.estimate_bps, bits_per_second
        if before is not None and bits_per_second >= before * ESTIMATE_FALL:
            return False
        if self.slow and now - self._cut_at < FOLLOW_S:
            self._carried_bps = max(FLOOR_BPS, min(self._carried_bps, float(bits_per_second)))
            self.budget_bps = min(self.budget_bps, self._carried_bps)
        if bits_per_second < sent_bps * STEEP and not self.recovering(now):
            self._on_steep_fall(bits_per_second, sent_bps, now)
            return True
        if before is None or bits_per_second >= sent_bps * 0.95:
            return False
        since, self._fell_at = now - self._fell_at, now
        return since < FALLS_S and self._cut(float(bits_per_second), 1.0, now)

    def _on_steep_fall(self, estimate_bps: float, sent_bps: float, now: float) -> None:
        """The connection carries much less than before, and most packets wait in a queue.

        The new capacity shows only after a second. Until then guess it from how far the estimate has fallen.
        """
        arrived = estimate_bps / ESTIMATE_SHARE
        carried = sent_bps - (sent_bps - arrived) / NOTICED_S
        self.on_certain_overload(estimate_bps, now)
        guess = max(carried * BACK_OFF_HARD, estimate_bps * GUESS_MIN)
        self.budget_bps = max(FLOOR_BPS, min(self.budget_bps, guess))

    def _cut(self, carried_bps: float, share: float, now: float) -> bool:
        """More was sent than the connection carries. True when the budget was cut."""
        if now - self._cut_at < CUT_S_MIN:
            self._quiet_until = max(self._quiet_until, now + QUIET_S)
            return False
        if now >= self._quiet_until:  # a new overload, not still the same one
            self._wait_longer(now)
        self._cut_at = self._grown_at = now
        self._quiet_until = now + QUIET_S
        self._known_until = now + self._wait_s
        self._carried_bps = max(FLOOR_BPS, min(CEILING_BPS, carried_bps))
        self._queued = 0.0  # what queues now was sent before the cut
        self.budget_bps = max(FLOOR_BPS, min(self.budget_bps, carried_bps * share))
        return True

    def on_probe_failed(self, bits_per_second: float, now: float) -> None:
        """A probe for more than this did not get through. Wait before the next one."""
        if now != self._cut_at:
            self._wait_longer(now)
            self._known_until = now + self._wait_s
        self._quiet_until = now  # the media itself fits
        self._carried_bps = self.budget_bps = max(FLOOR_BPS, min(CEILING_BPS, bits_per_second))

    def on_probe_passed(self, bits_per_second: float, now: float) -> None:
        """A probe of so much got through: the next one may try more."""
        if bits_per_second > self._carried_bps:
            self._carried_bps, self._known_until = min(CEILING_BPS, bits_per_second), now
        most = CEILING_BPS if now >= self._known_until else self._carried_bps
        self.budget_bps = max(self.budget_bps, min(most, bits_per_second * PROBED_MORE))

    def _wait_longer(self, now: float) -> None:
        again = now - self._known_until < self._wait_s and self.slow
        self._wait_s = min(WAIT_S_MAX, self._wait_s * 2) if again else WAIT_S_MIN

    def _grow(self, sent_bps: float, now: float) -> None:
        """Grow while all is well, but never far beyond what has been tested."""
        seconds, self._grown_at = now - self._grown_at, now
        if now < self._quiet_until or self.queueing:
            return
        ceiling = self._carried_bps if now < self._known_until else min(CEILING_BPS, max(START_BPS, sent_bps * 4))
        if self.budget_bps < ceiling:
            self.budget_bps = min(ceiling, self.budget_bps * GROWTH_PER_S ** min(2.0, seconds))
