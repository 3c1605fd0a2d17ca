"""Which layers of a picture a subscriber is given, and when that changes.

Down as soon as its line is known to carry less. Up when it seems to carry more; on a line that has been too narrow once
that is tried with repeats first (`probe.py`).
"""

from __future__ import annotations

from collections.abc import Callable

from live.media.congestion.bandwidth import Bandwidth
from live.media.congestion.layer_selector import AUTO, HEADROOM_UP, choose
from live.media.congestion.probe import Probe
from live.media.relay.down_track import DownTrack
from live.media.relay.encoding import LayerOption

HEIGHT_MAX = 8192  # pixels
SETTLE_S = 3.0  # after a change: the keyframe it began with makes layers seem larger than they are
KEYFRAME_S = 1.0  # after a change, until the keyframe it began with has come through even a narrow line
NARROW_REPORT_S = 1.0  # how often who has a narrow line is sent a report, whose echo tells of queues


class LayerController:
    def __init__(self, down_track: DownTrack, line: Bandwidth, report: Callable[[], None]) -> None:
        """`report` sends the subscriber a sender report, which it will echo."""
        self.choice, self.height = AUTO, 0
        self._down_track, self._line, self._report = down_track, line, report
        self._probe: Probe | None = None  # while it is tried whether the line carries more
        self._reported_at = 0.0

    @property
    def several(self) -> bool:
        """Whether there is anything to choose from."""
        return len(self._down_track.track.options) > 1

    def first(self, now: float) -> LayerOption:
        """What to begin with."""
        options = self._down_track.possible(self._down_track.track.available(now))
        option = choose(options, self._line.budget_bps, self.height, self.choice, None)
        assert option is not None, "a track has an encoding"
        return option

    def choose(self, choice: str, height: int | None, now: float) -> None:
        """By hand, or by the player's height in pixels. Raises KeyError for a layer there is none of."""
        if choice != AUTO and choice not in {option.layer for option in self._down_track.options}:
            raise KeyError(choice)
        self.choice = choice
        if height is not None:
            self.height = max(0, min(HEIGHT_MAX, height))
        self.select(now, at_once=True)

    def select(self, now: float, *, at_once: bool = False) -> None:
        """Ask for the layers that fit now. Who has only just changed does not go down, unless it is `at_once`, the line
        is overloaded, or what it has is sent no more."""
        down_track, line, current = self._down_track, self._line, self._current
        options = down_track.options
        if line.recovering(now) and current is not None:
            # A keyframe is large: where there is hardly room, only an encoding that fits as a whole is entered.
            options = [o for o in options if o.rid == current.rid or o.whole]
        option = choose(options, line.budget_bps, self.height, self.choice, current)
        if option is None:
            return
        option = down_track.step(option)
        if current is None or option.key == current.key or self.choice != AUTO:
            down_track.want(option)
        elif option.bitrate_bps > current.bitrate_bps:
            if self._may_rise(current, option, now):
                down_track.want(option)
        elif at_once or line.recovering(now) or now - down_track.entered_at > SETTLE_S:
            down_track.want(option)

    @property
    def _current(self) -> LayerOption | None:
        """What it has, or is about to have; None when that is sent no more."""
        current = self._down_track.wanted or self._down_track.option
        there = current is not None and any(one.key == current.key for one in self._down_track.options)
        return current if there else None

    def overloaded(self, now: float, *, surely: bool) -> None:
        """The line is. `surely`: most of what is sent does not come through, or much too late."""
        if self._probe is not None:
            self._give_up(self._probe, now)
            return
        self.select(now)
        if surely:
            self._down_track.hold()
        self._report()  # its echo will tell whether that was enough

    def tick(self, now: float) -> None:
        """Ten times a second."""
        probe = self._probe
        if probe is None:
            if self._line.narrow and now - self._reported_at >= NARROW_REPORT_S:
                self._reported_at = now
                self._report()
            return
        self._down_track.repeat_last(probe.owed(now))
        if probe.asks(now):
            self._report()
        if probe.is_over(now):
            self._probe = None
            if not probe.passed:
                self._give_up(probe, now)

    def echoed(self, sent_at: float) -> None:
        """A report sent then has come back."""
        if self._probe is not None:
            self._probe.echoed(sent_at, self._line.waiting)

    def _may_rise(self, current: LayerOption, option: LayerOption, now: float) -> bool:
        if not self._line.narrow or not self._down_track.route.repair_type:
            return True
        if self._line.waiting:
            return False
        needed_bps, probe = option.bitrate_bps * HEADROOM_UP, self._probe
        if probe is None and now - self._down_track.entered_at > KEYFRAME_S:
            self._probe = Probe(needed_bps, needed_bps - current.bitrate_bps, now)
        if probe is None or not probe.passed:
            return False
        self._probe = None
        self._line.proved(probe.total_bps, now)
        return probe.total_bps >= needed_bps

    def _give_up(self, probe: Probe, now: float) -> None:
        self._probe = None
        self._line.declined(probe.total_bps / HEADROOM_UP, now)  # enough for what it has, which is less
