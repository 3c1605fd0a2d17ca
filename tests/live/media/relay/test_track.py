"""Encodings that fall silent and come back while others go on."""

from __future__ import annotations

import pytest

from live.media.relay.layer_meter import ACTIVE_S
from live.media.relay.track import Track
from live.media.rtp.codec import Codec
from live.media.rtp.packets import ReceivedPacket
from tests.live.media.relay.sink import SinkEngine

TICK_S = 0.1


class Stage:
    """A publisher of several encodings, each with its own frame rate."""

    def __init__(self, **rates: float) -> None:
        self.rates = rates
        self.track = Track(Codec("video", "H264", 90_000, 96), SinkEngine(lambda p, n: p), lambda *_: None)
        for encoding in self.track.prepare(rates).values():
            encoding.keyframes.send = lambda: None
        self.now = 100.0
        self.ticks = 0
        self._due = dict.fromkeys(rates, self.now)
        self._number = 0
        self.play(3.0)

    def play(self, seconds: float, *, without: str = "") -> float:
        """How long it takes until one is said to be silent; for as long as said, if none is."""
        began = self.now
        while self.now < began + seconds - TICK_S / 2:
            self.now += TICK_S
            self.ticks += 1
            for rid, rate in self.rates.items():
                while self._due[rid] < self.now:
                    self._due[rid] += 1 / rate
                    if rid not in without:
                        self.frame(rid)
            if self.ticks % 10 == 0:
                self.track.measure(self.now)
            if self.track.check_silence(self.now):
                return self.now - began
        return seconds

    def frame(self, rid: str) -> None:
        self._number += 1
        parsed = ReceivedPacket(
            96, True, self._number & 0xFFFF, self._number * 3000, ord(rid), False, b"\x65\x88" + bytes(99)
        )
        encoding = self.track.encodings[rid]
        if encoding.numbering.ssrc is None:
            encoding.start_source(parsed, self.now)
        encoding.on_packet(parsed, None, self.now)

    @property
    def layers(self) -> set[str]:
        return {option.layer for option in self.track.options}


def test_one_that_is_left_out_is_noticed_within_half_a_second_and_again_when_it_is_back() -> None:
    stage = Stage(f=30, h=30, q=30)
    assert stage.layers == {"f", "h", "q"}
    assert stage.play(2.0, without="f") <= 0.5
    assert stage.layers == {"h", "q"}
    assert stage.play(3.0, without="f") == 3.0, "it is said once"
    assert stage.layers == {"h", "q"}
    stage.play(1.5)
    assert stage.layers == {"f", "h", "q"}
    assert stage.play(2.0, without="fh") <= 0.5
    assert stage.layers == {"q"}


def test_where_all_pause_none_is_left_out() -> None:
    stage = Stage(f=30, q=30)
    assert stage.play(ACTIVE_S - TICK_S, without="fq") == ACTIVE_S - TICK_S
    assert stage.play(5.0) == 5.0
    assert stage.layers == {"f", "q"}


@pytest.mark.parametrize("slow", [1, 2, 3, 5, 10])
def test_one_with_few_pictures_is_given_time_for_the_next(slow: float) -> None:
    stage = Stage(f=30, q=slow)
    assert stage.play(20.0) == 20.0


def test_a_screen_that_hardly_changes_has_all_its_layers() -> None:
    stage = Stage(f=2, h=2, q=2)
    assert stage.play(20.0) == 20.0
    assert stage.layers == {"f", "h", "q"}
