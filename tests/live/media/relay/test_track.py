"""Encodings that become silent and return while others continue."""

from __future__ import annotations

import pytest

from live.media.relay.layer_meter import ACTIVE_S
from live.media.relay.track import Track
from live.media.rtp.codec import Codec
from live.media.rtp.packets import ReceivedPacket
from tests.live.media.relay.sink import SinkEngine

UPDATE_S = 0.1


class Stage:
    """A publisher of several encodings, each with its own frame rate."""

    def __init__(self, **rates: float) -> None:
        self.rates = rates
        self.track = Track(Codec("video", "H264", 90_000, 96), SinkEngine(lambda p, n: p), lambda *_: None)
        for encoding in self.track.prepare(rates).values():
            encoding.keyframes.send = lambda: None
        self.now = 100.0
        self.updates = 0
        self._due = dict.fromkeys(rates, self.now)
        self._number = 0
        self.play(3.0)

    def play(self, seconds: float, *, without: str = "") -> float:
        """Play until an encoding is reported silent, or for so long. Returns the seconds played."""
        began = self.now
        while self.now < began + seconds - UPDATE_S / 2:
            self.now += UPDATE_S
            self.updates += 1
            for rid, rate in self.rates.items():
                while self._due[rid] < self.now:
                    self._due[rid] += 1 / rate
                    if rid not in without:
                        self.frame(rid)
            if self.updates % 10 == 0:
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


def test_a_dropped_encoding_is_detected_within_half_a_second_and_offered_again_on_return() -> None:
    stage = Stage(f=30, h=30, q=30)
    assert stage.layers == {"f", "h", "q"}
    assert stage.play(2.0, without="f") <= 0.5
    assert stage.layers == {"h", "q"}
    assert stage.play(3.0, without="f") == 3.0, "it is reported once"
    assert stage.layers == {"h", "q"}
    stage.play(1.5)
    assert stage.layers == {"f", "h", "q"}
    assert stage.play(2.0, without="fh") <= 0.5
    assert stage.layers == {"q"}


def test_a_pause_of_all_encodings_drops_none() -> None:
    stage = Stage(f=30, q=30)
    assert stage.play(ACTIVE_S - UPDATE_S, without="fq") == ACTIVE_S - UPDATE_S
    assert stage.play(5.0) == 5.0
    assert stage.layers == {"f", "q"}


@pytest.mark.parametrize("slow", [1, 2, 3, 5, 10])
def test_a_slow_encoding_is_not_reported_silent(slow: float) -> None:
    stage = Stage(f=30, q=slow)
    assert stage.play(20.0) == 20.0


def test_low_frame_rates_keep_all_encodings() -> None:
    stage = Stage(f=2, h=2, q=2)
    assert stage.play(20.0) == 20.0
    assert stage.layers == {"f", "h", "q"}
