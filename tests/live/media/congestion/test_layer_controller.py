"""Which layers a subscriber is given on a line that narrows and widens: a line with a long queue, in made-up time.

The receiver measures as libwebrtc does: what arrived in the last second, and 85 % of it when packets wait longer and
longer.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

import pytest

from live.media.congestion.bandwidth import FLOOR_BPS, Bandwidth
from live.media.congestion.layer_controller import HOLD_S, LayerController
from live.media.congestion.layer_option import LayerOption
from live.media.congestion.layer_selector import AUTO
from live.media.congestion.send_rate import SendRate
from live.media.relay.relay import REPORT_TICKS
from tests.live.media.congestion.test_layer_selector import LADDER

STEP_S = 0.01
FLIGHT_S = 0.05  # there and back
KEYFRAME_S = 0.1  # from asking to getting one
ESTIMATE_S = 0.2


FULL = LADDER[0]


class Track:
    """Gets what it wants when a keyframe has come."""

    def __init__(self) -> None:
        self.options: Sequence[LayerOption] = LADDER
        self.has_layers = self.can_retransmit = True
        self.option: LayerOption | None = FULL
        self.wanted: LayerOption | None = None
        self.held = False
        self.switched_at = 0.0
        self.repeats = 0.0  # bytes, not sent yet
        self.repeated = 0.0  # altogether
        self._wanted_at = 0.0
        self.now = 0.0

    def available(self, _now: float) -> Sequence[LayerOption]:
        return self.options

    def step_towards(self, option: LayerOption) -> LayerOption:
        return option

    def switch_to(self, option: LayerOption) -> None:
        now = self.option
        self.wanted, self._wanted_at = (None if now is not None and option.key == now.key else option), self.now

    def pause(self) -> None:
        self.held = self.wanted is not None

    def send_probe(self, size: float) -> None:
        self.repeats += size
        self.repeated += size

    def tick(self, now: float) -> None:
        self.now = now
        if self.wanted is not None and now - self._wanted_at > KEYFRAME_S:
            self.option, self.wanted, self.held, self.switched_at = self.wanted, None, False, now


class Viewing:
    """A subscriber behind a line: what it is sent waits in a queue before it."""

    def __init__(self) -> None:
        self.rate_bps = 1e9
        self.now = 0.0
        self.down_track, self.line, self.sent = Track(), Bandwidth(0.0), SendRate(0.0)
        down_track: Any = self.down_track
        self.layers = LayerController(down_track, self.line, self._report)
        self.queue_bits = self.queued_s_max = 0.0
        self._sent_bytes = 0.0
        self._arrived: deque[float] = deque([0.0] * round(1 / STEP_S), maxlen=round(1 / STEP_S))
        self._reports: deque[tuple[float, float]] = deque()  # when sent, and when back
        self._estimate, self._queue_before = 2e6, 0.0
        self.play(10.0)

    def _report(self) -> None:
        self._reports.append((self.now, self.now + self.queue_bits / self.rate_bps + FLIGHT_S))

    def play(self, seconds: float) -> None:
        for _ in range(round(seconds / STEP_S)):
            self.step()

    def step(self) -> None:
        self.now += STEP_S
        count = round(self.now / STEP_S)
        down_track = self.down_track
        down_track.tick(self.now)
        assert down_track.option is not None
        bits = (0.0 if down_track.held else down_track.option.bitrate_bps * STEP_S) + down_track.repeats * 8
        down_track.repeats = 0.0
        self._sent_bytes += bits / 8
        arrived = min(self.queue_bits + bits, self.rate_bps * STEP_S)
        self.queue_bits += bits - arrived
        self.queued_s_max = max(self.queued_s_max, self.queue_bits / self.rate_bps)
        self._arrived.append(arrived)
        if count % 10 == 0:
            self.layers.update(self.now)
        if count % (10 * REPORT_TICKS) == 0:
            self._report()
        if count % 50 == 0:
            self.layers.select(self.now)
        if self.sent.is_due(self.now):
            self.sent.sample(self.now, int(self._sent_bytes))
        if count % round(ESTIMATE_S / STEP_S) == 0:
            self._tell()

    def _tell(self) -> None:
        """What the receiver reports."""
        received = sum(self._arrived)
        overused = self.queue_bits > self._queue_before and self.queue_bits > self.rate_bps * 0.05
        self._queue_before = self.queue_bits
        self._estimate = min(self._estimate, received * 0.85) if overused else max(self._estimate, received * 1.5)
        overloaded = self.line.on_estimate(int(self._estimate), self.sent.bps, self.now)
        while self._reports and self._reports[0][1] <= self.now:
            sent_at, back_at = self._reports.popleft()
            overloaded |= self.line.on_round_trip(back_at - sent_at, self.sent.bps, self.now)
            self.layers.on_echo(sent_at)
        self.line.on_loss(0.0, self.sent.bps, self.now)
        if overloaded:
            self.layers.on_overload(self.now, certain=self.line.certain_at == self.now)


def test_on_an_open_line_it_stays_with_the_full_picture() -> None:
    viewing = Viewing()
    assert viewing.down_track.option is FULL
    viewing.play(120.0)
    assert viewing.down_track.option is FULL
    assert viewing.down_track.repeated == 0.0


@pytest.mark.parametrize(("rate_bps", "seconds"), [(250e3, 3.5), (500e3, 2.0), (800e3, 1.5)])
def test_when_the_line_falls_a_smaller_picture_soon_comes_through_its_queue(rate_bps: float, seconds: float) -> None:
    """What has been sent until that is noticed has to come through first."""
    viewing = Viewing()
    viewing.rate_bps = rate_bps
    for step in range(200):
        viewing.step()
        option = viewing.down_track.option
        if option is not None and option.bitrate_bps < rate_bps:
            assert step * STEP_S + viewing.queue_bits / rate_bps < seconds
            return
    raise AssertionError("it did not change")


@pytest.mark.parametrize("rate_bps", [250e3, 500e3, 800e3, 1200e3])
def test_on_a_narrow_line_what_is_tried_never_fills_the_queue_again(rate_bps: float) -> None:
    viewing = Viewing()
    viewing.rate_bps = rate_bps
    viewing.play(10.0)
    viewing.queued_s_max = 0.0
    for _ in range(120):
        viewing.play(1.0)
        assert viewing.down_track.option is not None
        assert viewing.down_track.option.bitrate_bps < rate_bps
    assert viewing.queued_s_max < 1.0


@pytest.mark.parametrize("rate_bps", [250e3, 500e3, 1200e3])
def test_when_the_line_is_back_so_is_the_full_picture_soon(rate_bps: float) -> None:
    viewing = Viewing()
    viewing.rate_bps = rate_bps
    viewing.play(60.0)
    assert viewing.down_track.option is not FULL
    viewing.rate_bps = 1e9
    for _ in range(30):
        viewing.play(1.0)
        if viewing.down_track.option is FULL:
            return
    raise AssertionError("it is not")


def test_who_cannot_be_sent_repeats_rises_without() -> None:
    viewing = Viewing()
    viewing.down_track.can_retransmit = False
    viewing.rate_bps = 500e3
    viewing.play(10.0)
    viewing.rate_bps = 1e9
    viewing.play(60.0)
    assert viewing.down_track.option is FULL
    assert viewing.down_track.repeated == 0.0


def test_who_has_only_just_changed_stays_though_its_keyframe_makes_it_look_large() -> None:
    viewing = Viewing()
    line, down_track = viewing.line, viewing.down_track
    down_track.option, down_track.switched_at = LADDER[2], viewing.now
    line.budget_bps = 400e3
    viewing.layers.select(viewing.now)
    assert down_track.wanted is None
    viewing.layers.select(viewing.now + HOLD_S + 0.1)
    assert down_track.wanted is LADDER[3]


@pytest.mark.parametrize("left", [LADDER[:2], LADDER[4:]], ids=["larger ones", "smaller ones"])
def test_who_has_what_is_sent_no_more_is_given_what_is_left_at_once(left: list[LayerOption]) -> None:
    viewing = Viewing()
    viewing.rate_bps = 800e3
    viewing.play(10.0)
    down_track = viewing.down_track
    down_track.option, down_track.wanted, down_track.switched_at = LADDER[2], None, viewing.now
    down_track.options = left
    viewing.layers.select(viewing.now)
    assert down_track.wanted in left


def test_a_choice_by_hand_is_done_at_once_and_needs_no_try() -> None:
    viewing = Viewing()
    viewing.rate_bps = 200e3
    viewing.play(10.0)
    viewing.layers.choose("f", None, viewing.now)
    assert viewing.down_track.wanted is FULL
    viewing.layers.choose("q", None, viewing.now)
    viewing.play(1.0)
    assert viewing.down_track.option is not None
    assert viewing.down_track.option.layer == "q"
    with pytest.raises(KeyError):
        viewing.layers.choose("x", None, viewing.now)
    assert viewing.layers.choice == "q"


def test_a_larger_player_gets_a_larger_picture_and_a_smaller_one_a_smaller_at_once() -> None:
    viewing = Viewing()
    viewing.layers.choose(AUTO, 180, viewing.now)
    assert viewing.down_track.wanted is LADDER[4]
    viewing.play(1.0)
    viewing.layers.choose(AUTO, 720, viewing.now)
    assert viewing.down_track.wanted is FULL
    assert viewing.line.budget_bps > FLOOR_BPS
