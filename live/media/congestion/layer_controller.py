"""Decides which layers a subscriber receives and when to switch.

We switch down as soon as the connection is known to carry less, and up when it seems to carry more. If it was too slow
before, we probe it first (`probe.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from live.media.congestion.bandwidth import Bandwidth
from live.media.congestion.layer_option import LayerOption
from live.media.congestion.layer_selector import AUTO, HEADROOM_UP, choose_layer
from live.media.congestion.probe import Probe

HEIGHT_MAX = 8192  # pixels
HOLD_S = 3.0  # after a switch, whose keyframe makes the bitrate look higher than it is
KEYFRAME_S = 1.0  # after a switch, whose keyframe may still be on its way over a slow connection
SLOW_REPORT_S = 1.0  # between two sender reports over a slow connection: their echoes show queues


class LayeredTrack(Protocol):
    """The down track that is controlled."""

    option: LayerOption | None  # what it receives
    wanted: LayerOption | None  # what it waits for
    switched_at: float  # monotonic seconds

    @property
    def options(self) -> Sequence[LayerOption]:
        """What it can receive, as last measured, best first."""

    def available(self, now: float) -> Sequence[LayerOption]:
        """What it can receive at this moment, best first."""

    @property
    def has_layers(self) -> bool:
        """Whether there is more than one option."""

    @property
    def can_retransmit(self) -> bool:
        """Whether it can be probed."""

    def step_towards(self, option: LayerOption) -> LayerOption:
        """The next option on the way to this one."""

    def switch_to(self, option: LayerOption | None) -> None:
        """Switch as soon as a frame allows it."""

    def pause(self) -> None:
        """Send nothing until the pending switch."""

    def send_probe(self, size: float) -> None:
        """Send about `size` bytes of retransmissions."""


class LayerController:
    def __init__(self, track: LayeredTrack, bandwidth: Bandwidth, report: Callable[[], None]) -> None:
        """`report` sends the subscriber a sender report, which it echoes."""
        self.choice, self.height = AUTO, 0
        self._track, self._bandwidth, self._report = track, bandwidth, report
        self._probe: Probe | None = None
        self._reported_at = 0.0

    @property
    def has_choice(self) -> bool:
        return self._track.has_layers

    def initial(self, now: float) -> LayerOption:
        """The layers to start with."""
        option = choose_layer(
            self._track.available(now), self._bandwidth.budget_bps, self.height, self.choice, None
        )  # fmt: skip
        assert option is not None, "a track has an encoding"
        return option

    def choose(self, choice: str, height: int | None, now: float, *, at_once: bool = True) -> None:
        """`choice`: a layer or AUTO; `height`: of the player, in pixels. Raises KeyError if there is no such layer."""
        if choice != AUTO and choice not in {option.layer for option in self._track.options}:
            raise KeyError(choice)
        self.choice = choice
        if height is not None:
            self.height = max(0, min(HEIGHT_MAX, height))
        if at_once:
            self.select(now, at_once=True)

    def select(self, now: float, *, at_once: bool = False) -> None:
        """Switch to the layers that fit now.

        Shortly after a switch we do not go down again, unless `at_once` is set, the connection is overloaded, or the
        current layers are no longer sent.
        """
        track, bandwidth, current = self._track, self._bandwidth, self._current
        options = track.options
        if bandwidth.recovering(now) and current is not None:
            # A keyframe is large: when there is little room, switch only to an encoding that fits with all its layers.
            options = [o for o in options if o.rid == current.rid or o.whole]
        option = choose_layer(options, bandwidth.budget_bps, self.height, self.choice, current)
        if option is None:
            return
        option = track.step_towards(option)
        if current is None or option.key == current.key or self.choice != AUTO:
            track.switch_to(option)
        elif option.bitrate_bps > current.bitrate_bps:
            if self._may_rise(current, option, now):
                track.switch_to(option)
        elif at_once or bandwidth.recovering(now) or now - track.switched_at > HOLD_S:
            track.switch_to(option)

    @property
    def _current(self) -> LayerOption | None:
        """The option it receives or waits for. None when that is no longer sent."""
        current = self._track.wanted or self._track.option
        sent = current is not None and any(option.key == current.key for option in self._track.options)
        return current if sent else None

    def on_overload(self, now: float, *, certain: bool) -> None:
        """`certain`: most packets arrive much too late or not at all."""
        if self._probe is not None:
            self._abandon(self._probe, now)
            return
        self.select(now)
        if certain:
            self._track.pause()
        self._report()  # its echo shows whether that was enough

    def update(self, now: float) -> None:
        """Call ten times a second."""
        probe = self._probe
        if probe is None:
            if self._bandwidth.slow and now - self._reported_at >= SLOW_REPORT_S:
                self._reported_at = now
                self._report()
            return
        self._track.send_probe(probe.bytes_due(now))
        if probe.wants_report(now):
            self._report()
        if probe.is_over(now):
            self._probe = None
            if not probe.passed:
                self._abandon(probe, now)

    def on_echo(self, sent_at: float) -> None:
        """The echo of the sender report sent at `sent_at` has arrived."""
        if self._probe is not None:
            self._probe.on_echo(sent_at, self._bandwidth.queueing)

    def _may_rise(self, current: LayerOption, option: LayerOption, now: float) -> bool:
        if not self._bandwidth.slow or not self._track.can_retransmit:
            return True
        if self._bandwidth.queueing:
            return False
        needed_bps, probe = option.bitrate_bps * HEADROOM_UP, self._probe
        if probe is None and now - self._track.switched_at > KEYFRAME_S:
            self._probe = Probe(needed_bps, needed_bps - current.bitrate_bps, now)
        if probe is None or not probe.passed:
            return False
        self._probe = None
        self._bandwidth.on_probe_passed(probe.total_bps, now)
        return probe.total_bps >= needed_bps

    def _abandon(self, probe: Probe, now: float) -> None:
        self._probe = None
        self._bandwidth.on_probe_failed(probe.total_bps / HEADROOM_UP, now)  # the current layers need less
