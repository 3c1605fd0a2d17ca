"""What a subscriber's line carries, out of what it reports: loss, round trip, and its own estimate (REMB).

Reports come a few times a second and cost little, where feedback on every packet would cost more than the media. What
they cannot tell is what the line could carry beyond what is sent; that is found by trying: the budget grows while all
is well, quickly to what the line is known to carry, and beyond that only after a wait, which is longer each time that
it turns out too much.
"""

from __future__ import annotations

START_BPS = 2_000_000.0
FLOOR_BPS = 50_000.0
CEILING_BPS = 50_000_000.0
GROWTH_PER_S = 1.2
LOSS_SOME = 0.08  # too much when the round trip has grown as well
QUEUE_S = 0.1  # a round trip longer by this means that packets wait in a queue
QUEUE_FULL_S = 0.2  # too much even without loss, if two in a row say so: one may have been late itself
QUEUE_LONG_S = 0.3  # or one, if the subscriber's own estimate says that much less arrives than is sent
DRAINING = 0.1  # seconds by which a queue gets shorter in one, when it is on its way to be empty
TRIP_MIN_DRIFT_S = 0.002  # by which the shortest round trip is forgotten with each
CUT_S_MIN = 1.0  # between two cuts: the first has to take effect before anything tells whether it was enough
BACK_OFF = 0.8  # of what arrived, when packets only wait
BACK_OFF_HARD = 0.5  # when they are lost: the next keyframe, which is large, has to get through as well
QUIET_S = 3.0  # before the budget grows again
PROVED_MORE = 2.0  # times what came through when it was tried: so much may be tried next
WAIT_S_MIN, WAIT_S_MAX = 6.0, 12.0  # before it grows beyond what the line is known to carry
ESTIMATE_FALL = 0.93  # an estimate this much below the one before is a warning
FALLS_S = 1.0  # between two of them, to be believed: a keyframe that comes in one burst makes one
ESTIMATE_SHARE = 0.85  # of what arrived in the last second: what receivers estimate when packets wait longer and longer
STEEP = 0.7  # of what was sent all the second: no burst makes an estimate fall as low as that at once
NOTICED_S = 0.4  # after which a steep fall is noticed
GUESS_MIN = 0.25  # of the estimate: what a line carries that falls as steeply as that is guessed to be no less
FOLLOW_S = 1.5  # after a cut, what still arrives was sent before: an estimate that goes on falling tells the line


class Bandwidth:
    def __init__(self, now: float) -> None:
        self.budget_bps = START_BPS
        self.round_trip_s: float | None = None
        self.estimate_bps: int | None = None  # the subscriber's own
        self._round_trip_min = 10.0
        self._queued = 0.0
        self._asked_at = now  # when the report was sent whose echo came last
        self._carried_bps = CEILING_BPS  # when it was last too much
        self._wait_s = WAIT_S_MIN
        self._quiet_until = now + QUIET_S
        self._known_until = now  # no more than was carried is tried before
        self._grown_at = now
        self._cut_at = now - CUT_S_MIN
        self._fell_at = now - FALLS_S
        self.sure_at = 0.0  # when it was last too much for sure: nothing more of what is sent comes through

    @property
    def narrow(self) -> bool:
        """Whether it has been too much before."""
        return self._carried_bps < CEILING_BPS

    @property
    def waiting(self) -> bool:
        """Whether packets waited in a queue when that was last seen."""
        return self._queued > QUEUE_S

    def recovering(self, now: float) -> bool:
        """Whether it was too much only just now."""
        return now < self._quiet_until and self.narrow

    def echoed(self, round_trip_s: float, sent_bps: float, now: float) -> bool:
        """A round trip through the queues there are. True when the line is overloaded."""
        self.round_trip_s = round_trip_s
        self._round_trip_min = min(round_trip_s, self._round_trip_min + TRIP_MIN_DRIFT_S)
        before, self._queued = self._queued, round_trip_s - self._round_trip_min
        asked_before, self._asked_at = self._asked_at, now - round_trip_s
        draining = before - self._queued > DRAINING * (self._asked_at - asked_before)
        if draining or self._asked_at < self._cut_at:
            return False
        if self.estimate_bps is not None and self._queued > QUEUE_LONG_S and self.estimate_bps < sent_bps * STEEP:
            self.overrun(float(self.estimate_bps), now)
            return True
        return min(self._queued, before) > QUEUE_FULL_S and self._cut(sent_bps, BACK_OFF, now)

    def lost(self, share: float, sent_bps: float, now: float) -> bool:
        """The share of packets that went missing lately. True when the line is overloaded."""
        if share >= LOSS_SOME and self.waiting:
            return self._cut(sent_bps * (1 - share), BACK_OFF_HARD, now)
        self._grow(sent_bps, now)
        return False

    def overrun(self, carried_bps: float, now: float) -> None:
        """The line is overloaded for sure: so much of what was sent since arrived."""
        self.sure_at = now
        self._cut_at = -CUT_S_MIN
        self._cut(carried_bps, BACK_OFF_HARD, now)

    def estimated(self, bits_per_second: int, sent_bps: float, now: float) -> bool:
        """The subscriber's own estimate (REMB). It never exceeds one and a half times what it receives, and what it
        receives comes in bursts: only that it falls and falls is telling, or that it falls far below what has been
        sent for a second and more. True when the line is overloaded."""
        before, self.estimate_bps = self.estimate_bps, bits_per_second
        if before is not None and bits_per_second >= before * ESTIMATE_FALL:
            return False
        if self.narrow and now - self._cut_at < FOLLOW_S:
            self._carried_bps = max(FLOOR_BPS, min(self._carried_bps, float(bits_per_second)))
            self.budget_bps = min(self.budget_bps, self._carried_bps)
        if bits_per_second < sent_bps * STEEP and not self.recovering(now):
            self._choked(bits_per_second, sent_bps, now)
            return True
        if before is None or bits_per_second >= sent_bps * 0.95:
            return False
        since, self._fell_at = now - self._fell_at, now
        return since < FALLS_S and self._cut(float(bits_per_second), 1.0, now)

    def _choked(self, estimate_bps: float, sent_bps: float, now: float) -> None:
        """The line carries much less than it did: most of what is sent waits in a queue, perhaps a long one. What it
        carries can be seen only after a second; till then it is guessed out of how far that second has fallen."""
        arrived = estimate_bps / ESTIMATE_SHARE
        carried = sent_bps - (sent_bps - arrived) / NOTICED_S
        self.overrun(estimate_bps, now)
        guess = max(carried * BACK_OFF_HARD, estimate_bps * GUESS_MIN)
        self.budget_bps = max(FLOOR_BPS, min(self.budget_bps, guess))

    def _cut(self, carried_bps: float, share: float, now: float) -> bool:
        """More was sent than the line carries. Gives whether the budget was cut."""
        if now - self._cut_at < CUT_S_MIN:
            self._quiet_until = max(self._quiet_until, now + QUIET_S)
            return False
        if now >= self._quiet_until:  # not still the same trouble, but another try that was too much, or a new line
            self._wait_longer(now)
        self._cut_at = self._grown_at = now
        self._quiet_until = now + QUIET_S
        self._known_until = now + self._wait_s
        self._carried_bps = max(FLOOR_BPS, min(CEILING_BPS, carried_bps))
        self._queued = 0.0  # what waits now was sent before
        self.budget_bps = max(FLOOR_BPS, min(self.budget_bps, carried_bps * share))
        return True

    def declined(self, bits_per_second: float, now: float) -> None:
        """More than that was tried, beside what is sent, and was too much. It will not be tried again so soon."""
        if now != self._cut_at:
            self._wait_longer(now)
            self._known_until = now + self._wait_s
        self._quiet_until = now  # what is sent does no harm
        self._carried_bps = self.budget_bps = max(FLOOR_BPS, min(CEILING_BPS, bits_per_second))

    def proved(self, bits_per_second: float, now: float) -> None:
        """So much was tried, and came through: what is more is worth trying, unless it was too much only just now."""
        if bits_per_second > self._carried_bps:
            self._carried_bps, self._known_until = min(CEILING_BPS, bits_per_second), now
        most = CEILING_BPS if now >= self._known_until else self._carried_bps
        self.budget_bps = max(self.budget_bps, min(most, bits_per_second * PROVED_MORE))

    def _wait_longer(self, now: float) -> None:
        again = now - self._known_until < self._wait_s and self.narrow
        self._wait_s = min(WAIT_S_MAX, self._wait_s * 2) if again else WAIT_S_MIN

    def _grow(self, sent_bps: float, now: float) -> None:
        """While all is well; never far beyond what has been tried."""
        seconds, self._grown_at = now - self._grown_at, now
        if now < self._quiet_until or self.waiting:
            return
        ceiling = self._carried_bps if now < self._known_until else min(CEILING_BPS, max(START_BPS, sent_bps * 4))
        if self.budget_bps < ceiling:
            self.budget_bps = min(ceiling, self.budget_bps * GROWTH_PER_S ** min(2.0, seconds))
