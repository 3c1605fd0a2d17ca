"""A room's media, looked after ten times a second: each subscriber in its turn."""

from __future__ import annotations

import time
from typing import Any

import pytest

from live.media.relay.relay import PLAIN_REPORT_TICKS, REPORT_TICKS, SELECT_TICKS, Relay
from live.media.relay.track import Track
from live.media.rtp.codec import Codec
from tests.live.media.relay.sink import SinkEngine

VIEWERS = 7


class Subscriber:
    """Counts what it is told to do, and when."""

    def __init__(self, watching: bool = True) -> None:
        self.watching = watching
        self.reports: list[int] = []
        self.selections: list[int] = []
        self.now = 0

    def send_report(self) -> None:
        self.reports.append(self.now)

    def update(self, now: float, *, select: bool) -> None:
        if select:
            self.selections.append(self.now)


def look_after(subscribers: list[Subscriber], encodings: tuple[str, ...], ticks: int) -> None:
    engine: Any = SinkEngine(lambda packet, numbers: packet)
    relay: Any = Relay("room", engine)
    track = Track(Codec("video", "H264", 90_000, 96), engine, lambda *_: None)
    for encoding in track.prepare(encodings).values():
        encoding.keyframes.send = lambda: None
    relay.host.tracks["video"] = track
    relay.subscribers = {str(n): subscriber for n, subscriber in enumerate(subscribers)}
    for tick in range(ticks):
        for subscriber in subscribers:
            subscriber.now = tick
        relay.update(time.monotonic())


@pytest.mark.parametrize(
    ("encodings", "every"), [(("",), PLAIN_REPORT_TICKS), (("q", "h", "f"), REPORT_TICKS)], ids=["plain", "layered"]
)
def test_every_viewer_is_told_the_time_every_few_seconds_and_not_all_at_once(
    encodings: tuple[str, ...], every: int
) -> None:
    subscribers = [Subscriber() for _ in range(VIEWERS)]
    look_after(subscribers, encodings, 3 * every)
    for subscriber in subscribers:
        assert len(subscriber.reports) == 3
        assert {b - a for a, b in zip(subscriber.reports, subscriber.reports[1:], strict=False)} == {every}
    assert len({subscriber.reports[0] for subscriber in subscribers}) == VIEWERS


def test_layers_are_chosen_anew_twice_a_second_where_there_are_any() -> None:
    plain, layered, absent = Subscriber(), Subscriber(), Subscriber(watching=False)
    look_after([plain], ("",), 4 * SELECT_TICKS)
    look_after([layered, absent], ("q", "f"), 4 * SELECT_TICKS)
    assert plain.selections == []
    assert len(layered.selections) == 4
    assert absent.reports == []
