"""The layer controller on a simulated connection with a long queue whose capacity falls and recovers.

The receiver estimates as libwebrtc does: from what arrived in the last second, and 85 % of it while the delay grows.
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
FLIGHT_S = 0.05  # round trip without queue
KEYFRAME_S = 0.1  # from a request to its keyframe
ESTIMATE_S = 0.2


FULL = LADDER[0]


class Track:
    """A down track that switches when its keyframe arrives."""

    def __init__(self) -> None:
        self.options: Sequence[LayerOption] = LADDER
        self.has_layers = self.can_retransmit = True
        self.option: LayerOption | None = FULL
        self.wanted: LayerOption | None = None
        self.paused = False
        self.switched_at = 0.0
        self.probe_bytes = 0.0  # not sent yet
        self.probe_bytes_total = 0.0
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
        self.paused = self.wanted is not None

    def send_probe(self, size: float) -> None:
        self.probe_bytes += size
        self.probe_bytes_total += size

    def update(self, now: float) -> None:
        self.now = now
        if self.wanted is not None and now - self._wanted_at > KEYFRAME_S:
            self.option, self.wanted, self.paused, self.switched_at = self.wanted, None, False, now


class Simulation:
    """A subscriber behind a connection of limited rate, with a queue in front of it."""

    def __init__(self) -> None:
        self.rate_bps = 1e9
        self.now = 0.0
        self.down_track, self.bandwidth, self.send_rate = Track(), Bandwidth(0.0), SendRate(0.0)
        down_track: Any = self.down_track
        self.layers = LayerController(down_track, self.bandwidth, self._report)
        self.queue_bits = self.queued_s_max = 0.0
        self._sent_bytes = 0.0
        self._arrived: deque[float] = deque([0.0] * round(1 / STEP_S), maxlen=round(1 / STEP_S))
        self._reports: deque[tuple[float, float]] = deque()  # when sent, and when echoed
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
        down_track.update(self.now)
        assert down_track.option is not None
        bits = (0.0 if down_track.paused else down_track.option.bitrate_bps * STEP_S) + down_track.probe_bytes * 8
        down_track.probe_bytes = 0.0
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
        if self.send_rate.is_due(self.now):
            self.send_rate.sample(self.now, int(self._sent_bytes))
        if count % round(ESTIMATE_S / STEP_S) == 0:
            self._send_feedback()

    def _send_feedback(self) -> None:
        """The receiver sends its feedback."""
        received = sum(self._arrived)
        overused = self.queue_bits > self._queue_before and self.queue_bits > self.rate_bps * 0.05
        self._queue_before = self.queue_bits
        self._estimate = min(self._estimate, received * 0.85) if overused else max(self._estimate, received * 1.5)
        overloaded = self.bandwidth.on_estimate(int(self._estimate), self.send_rate.bps, self.now)
        while self._reports and self._reports[0][1] <= self.now:
            sent_at, back_at = self._reports.popleft()
            overloaded |= self.bandwidth.on_round_trip(back_at - sent_at, self.send_rate.bps, self.now)
            self.layers.on_echo(sent_at)
        self.bandwidth.on_loss(0.0, self.send_rate.bps, self.now)
        if overloaded:
            self.layers.on_overload(self.now, certain=self.bandwidth.certain_at == self.now)


def test_an_unlimited_connection_keeps_the_full_picture_without_probes() -> None:
    simulation = Simulation()
    assert simulation.down_track.option is FULL
    simulation.play(120.0)
    assert simulation.down_track.option is FULL
    assert simulation.down_track.probe_bytes_total == 0.0


@pytest.mark.parametrize(("rate_bps", "seconds"), [(250e3, 3.5), (500e3, 2.0), (800e3, 1.5)])
def test_when_the_capacity_falls_a_smaller_picture_soon_gets_through_the_queue(rate_bps: float, seconds: float) -> None:
    """The time includes draining what was queued before the controller noticed."""
    simulation = Simulation()
    simulation.rate_bps = rate_bps
    for step in range(200):
        simulation.step()
        option = simulation.down_track.option
        if option is not None and option.bitrate_bps < rate_bps:
            assert step * STEP_S + simulation.queue_bits / rate_bps < seconds
            return
    raise AssertionError("no smaller picture")


@pytest.mark.parametrize("rate_bps", [250e3, 500e3, 800e3, 1200e3])
def test_on_a_slow_connection_probes_never_fill_the_queue(rate_bps: float) -> None:
    simulation = Simulation()
    simulation.rate_bps = rate_bps
    simulation.play(10.0)
    simulation.queued_s_max = 0.0
    for _ in range(120):
        simulation.play(1.0)
        assert simulation.down_track.option is not None
        assert simulation.down_track.option.bitrate_bps < rate_bps
    assert simulation.queued_s_max < 1.0


@pytest.mark.parametrize("rate_bps", [250e3, 500e3, 1200e3])
def test_the_full_picture_returns_soon_after_the_capacity(rate_bps: float) -> None:
    simulation = Simulation()
    simulation.rate_bps = rate_bps
    simulation.play(60.0)
    assert simulation.down_track.option is not FULL
    simulation.rate_bps = 1e9
    for _ in range(30):
        simulation.play(1.0)
        if simulation.down_track.option is FULL:
            return
    raise AssertionError("no full picture")


def test_a_track_that_cannot_be_probed_switches_up_without_a_probe() -> None:
    simulation = Simulation()
    simulation.down_track.can_retransmit = False
    simulation.rate_bps = 500e3
    simulation.play(10.0)
    simulation.rate_bps = 1e9
    simulation.play(60.0)
    assert simulation.down_track.option is FULL
    assert simulation.down_track.probe_bytes_total == 0.0


def test_it_does_not_switch_down_shortly_after_a_switch() -> None:
    simulation = Simulation()
    bandwidth, down_track = simulation.bandwidth, simulation.down_track
    down_track.option, down_track.switched_at = LADDER[2], simulation.now
    bandwidth.budget_bps = 400e3
    simulation.layers.select(simulation.now)
    assert down_track.wanted is None
    simulation.layers.select(simulation.now + HOLD_S + 0.1)
    assert down_track.wanted is LADDER[3]


@pytest.mark.parametrize("left", [LADDER[:2], LADDER[4:]], ids=["larger ones", "smaller ones"])
def test_when_the_current_layers_are_no_longer_sent_it_switches_at_once(left: list[LayerOption]) -> None:
    simulation = Simulation()
    simulation.rate_bps = 800e3
    simulation.play(10.0)
    down_track = simulation.down_track
    down_track.option, down_track.wanted, down_track.switched_at = LADDER[2], None, simulation.now
    down_track.options = left
    simulation.layers.select(simulation.now)
    assert down_track.wanted in left


def test_a_layer_chosen_by_the_viewer_is_switched_to_at_once_without_a_probe() -> None:
    simulation = Simulation()
    simulation.rate_bps = 200e3
    simulation.play(10.0)
    simulation.layers.choose("f", None, simulation.now)
    assert simulation.down_track.wanted is FULL
    simulation.layers.choose("q", None, simulation.now)
    simulation.play(1.0)
    assert simulation.down_track.option is not None
    assert simulation.down_track.option.layer == "q"
    with pytest.raises(KeyError):
        simulation.layers.choose("x", None, simulation.now)
    assert simulation.layers.choice == "q"


def test_a_change_of_the_players_height_switches_at_once() -> None:
    simulation = Simulation()
    simulation.layers.choose(AUTO, 180, simulation.now)
    assert simulation.down_track.wanted is LADDER[4]
    simulation.play(1.0)
    simulation.layers.choose(AUTO, 720, simulation.now)
    assert simulation.down_track.wanted is FULL
    assert simulation.bandwidth.budget_bps > FLOOR_BPS
