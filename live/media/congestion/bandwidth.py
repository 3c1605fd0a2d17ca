"""Estimates a subscriber's bandwidth from loss, round trip and the receiver's own estimate (REMB).

Reports arrive a few times a second; feedback on every packet would cost more than the media. They cannot show spare
capacity, so the budget grows by trial: quickly up to what the connection has carried before, and beyond that only after
a pause, which doubles with each failure.
"""

from __future__ import annotations

START_BPS = 2_000_000.0
FLOOR_BPS = 50_000.0
CEILING_BPS = 50_000_000.0
GROWTH_PER_S = 1.2
LOSS_SOME = 0.08  # an overload if the round trip has grown as well
QUEUE_S = 0.1  # a round trip this much longer than the shortest shows a queue
QUEUE_FULL_S = 0.2  # an overload without loss, if two echoes in a row show it: a single one may be late
QUEUE_LONG_S = 0.3  # a single echo is enough if the receiver's estimate agrees
DRAINING = 0.1  # a queue that shrinks by so many seconds per second is about to be empty
TRIP_MIN_DRIFT_S = 0.002  # the shortest round trip grows by this with each echo, so that it can rise again
CUT_S_MIN = 1.0  # between two cuts: the first must take effect before the next is decided
BACK_OFF = 0.8  # of what arrived, when packets only queue up
BACK_OFF_HARD = 0.5  # when they are lost: the next keyframe is large and must get through as well
QUIET_S = 3.0  # before the budget grows again
PROBED_MORE = 2.0  # the next probe may try this many times what the last one carried
WAIT_S_MIN, WAIT_S_MAX = 6.0, 12.0  # before the budget grows beyond what the connection has carried
ESTIMATE_FALL = 0.93  # an estimate this much below the one before is a warning
FALLS_S = 1.0  # two warnings within this time are an overload; a keyframe's burst causes only one
ESTIMATE_SHARE = 0.85  # while the delay grows, receivers estimate this share of what arrived in the last second
STEEP = 0.7  # of the last second's send rate: no burst makes an estimate fall so low at once
NOTICED_S = 0.4  # time until a loss of capacity shows in the estimate
GUESS_MIN = 0.25  # of the estimate: lower bound of the guess after a steep fall
FOLLOW_S = 1.5  # after a cut: packets sent before it still arrive, and falling estimates show the capacity


class Bandwidth:
    def __init__(self, now: float) -> None:
        self.budget_bps = START_BPS
        self.round_trip_s: float | None = None
        self.estimate_bps: int | None = None  # the receiver's own (REMB)
        self._round_trip_min = 10.0
        self._queued = 0.0  # seconds
        self._report_sent_at = now  # when the last echoed report was sent
        self._carried_bps = CEILING_BPS  # what arrived during the last overload
        self._wait_s = WAIT_S_MIN
        self._quiet_until = now + QUIET_S
        self._known_until = now  # until then the budget stays within `_carried_bps`
        self._grown_at = now
        self._cut_at = now - CUT_S_MIN
        self._fell_at = now - FALLS_S
        self.certain_at = 0.0  # when most of what was sent last failed to arrive

    @property
    def slow(self) -> bool:
        """Whether the connection has been overloaded before."""
        return self._carried_bps < CEILING_BPS

    @property
    def queueing(self) -> bool:
        """Whether the last echo showed a queue."""
        return self._queued > QUEUE_S

    def recovering(self, now: float) -> bool:
        """Whether it was overloaded in the last few seconds."""
        return now < self._quiet_until and self.slow

    def on_round_trip(self, round_trip_s: float, sent_bps: float, now: float) -> bool:
        """A measured round trip, queues included. True when the connection is overloaded."""
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
        """The fraction of packets lost recently. True when the connection is overloaded."""
        if fraction >= LOSS_SOME and self.queueing:
            return self._cut(sent_bps * (1 - fraction), BACK_OFF_HARD, now)
        self._grow(sent_bps, now)
        return False

    def on_certain_overload(self, carried_bps: float, now: float) -> None:
        """The connection is certainly overloaded: of what was sent, only `carried_bps` arrived."""
        self.certain_at = now
        self._cut_at = -CUT_S_MIN
        self._cut(carried_bps, BACK_OFF_HARD, now)

    def on_estimate(self, bits_per_second: int, sent_bps: float, now: float) -> bool:
        """The receiver's own estimate (REMB). True when the connection is overloaded.

        Receivers estimate at most one and a half times what arrives, and video arrives in bursts. So an estimate counts
        only when it falls twice in a row, or far below the send rate of the last second and a half.
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
        """The capacity has dropped, and most packets wait in a queue.

        Estimates show the new capacity only after a second. Until then we guess it from the depth of the fall.
        """
        arrived = estimate_bps / ESTIMATE_SHARE
        carried = sent_bps - (sent_bps - arrived) / NOTICED_S
        self.on_certain_overload(estimate_bps, now)
        guess = max(carried * BACK_OFF_HARD, estimate_bps * GUESS_MIN)
        self.budget_bps = max(FLOOR_BPS, min(self.budget_bps, guess))

    def _cut(self, carried_bps: float, share: float, now: float) -> bool:
        """The connection carries only `carried_bps`: cut the budget to `share` of it. False just after another cut."""
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
        """A probe for more than this failed. Wait before the next one."""
        if now != self._cut_at:
            self._wait_longer(now)
            self._known_until = now + self._wait_s
        self._quiet_until = now  # the media itself fits
        self._carried_bps = self.budget_bps = max(FLOOR_BPS, min(CEILING_BPS, bits_per_second))

    def on_probe_passed(self, bits_per_second: float, now: float) -> None:
        """A probe at this bitrate passed: the next one may try more."""
        if bits_per_second > self._carried_bps:
            self._carried_bps, self._known_until = min(CEILING_BPS, bits_per_second), now
        most = CEILING_BPS if now >= self._known_until else self._carried_bps
        self.budget_bps = max(self.budget_bps, min(most, bits_per_second * PROBED_MORE))

    def _wait_longer(self, now: float) -> None:
        again = now - self._known_until < self._wait_s and self.slow
        self._wait_s = min(WAIT_S_MAX, self._wait_s * 2) if again else WAIT_S_MIN

    def _grow(self, sent_bps: float, now: float) -> None:
        """Grow while there is no trouble, but never far beyond what has been sent."""
        seconds, self._grown_at = now - self._grown_at, now
        if now < self._quiet_until or self.queueing:
            return
        ceiling = self._carried_bps if now < self._known_until else min(CEILING_BPS, max(START_BPS, sent_bps * 4))
        if self.budget_bps < ceiling:
            self.budget_bps = min(ceiling, self.budget_bps * GROWTH_PER_S ** min(2.0, seconds))
