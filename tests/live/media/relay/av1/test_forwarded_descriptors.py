"""Forwarded dependency descriptors: active layers, frame numbers, structures, and invalid descriptors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.media.relay.track import Track
from live.media.rtp.codec import Codec
from live.media.rtp.packets import ReceivedPacket
from tests.live.media.relay.av1.av1_stage import (
    KEYFRAME,
    LATER,
    Stage,
    active,
    check_decodable,
    got,
    layers,
    seen,
    want,
)
from tests.live.media.relay.sink import SinkEngine
from tests.live.media.rtp.dependency_writer import L1T3, L3T3, Stream, descriptor


def test_dropped_layers_are_announced_and_announced_again_when_they_return() -> None:
    stage = Stage()
    down_track = stage.watch()
    stage.play(4)
    assert set(active(got(down_track))) == {0b111111111}
    want(down_track, 1, 2)
    stage.play(4)
    assert active(got(down_track))[-1] == 0b000111111
    want(down_track, 1, 0)
    stage.play(8)
    assert active(got(down_track))[-1] == 0b000001001
    assert set(layers(got(down_track))[-2:]) == {(1, 0)}
    for temporal in (1, 2):
        want(down_track, 1, temporal)
        stage.play(8)
    assert active(got(down_track))[-1] == 0b000111111
    want(down_track, 2, 2)
    stage.play(4)
    assert active(got(down_track))[-1] == 0b111111111
    check_decodable(got(down_track))


def test_layers_that_the_encoder_dropped_stay_inactive() -> None:
    stage = Stage()
    down_track = stage.watch()
    want(down_track, 1, 2)
    stage.play(4)
    source, encoding = stage.sources[""], stage.encoding
    (parsed, _), *others = source.make(without=(1, 2), packets=1)
    source.stream.number -= 1
    encoding.on_packet(parsed, source.stream.frame(1, active=0b000000111), stage.now)
    assert not others
    assert active(got(down_track))[-1] == 0b000000111


@pytest.mark.parametrize("number", [0, 3, 40_000, 65_535])
def test_frame_numbers_continue_when_a_publisher_returns(number: int) -> None:
    stage = Stage()
    down_tracks = [stage.watch(), stage.watch()]
    want(down_tracks[1], 0, 1)
    stage.play(3)
    stage.publish("", number)
    stage.play(3)
    stage.publish("", number)
    stage.play(1)
    for down_track in down_tracks:
        check_decodable(got(down_track))


def test_a_late_joiner_starts_with_a_keyframe_that_carries_the_structure() -> None:
    stage = Stage()
    stage.play(3)
    down_track = stage.watch()
    stage.play(1)
    first = got(down_track)[0]
    assert first.payload.startswith(KEYFRAME)
    assert len(first.descriptor) > 20
    check_decodable(got(down_track))
    # A keyframe without structure is no start: only earlier receivers know the structure.
    parsed, _ = stage.sources[""].make(keyframe=True)[0]
    stage.encoding.on_packet(parsed, descriptor(L3T3.offset, 5), stage.now)
    assert got(stage.watch())[0] == first


@pytest.mark.parametrize("value", [b"", b"\xc0\x00", bytes(256), b"\xc3\x00\x07"])
def test_unreadable_descriptors_are_not_forwarded(value: bytes) -> None:
    """Descriptors before the first structure, and invalid ones, are removed. The packet is forwarded without."""
    track = Track(Codec("video", "AV1", 90_000, 45), SinkEngine(seen), lambda *_: None)
    encoding = track.prepare([""])[""]
    parsed = ReceivedPacket(45, True, 0, 0, 1, False, KEYFRAME)
    encoding.start_source(parsed, 1.0)
    encoding.on_packet(parsed, value, 1.0)
    packet = encoding.full.cache.get(encoding.numbering.rewriter.highest)
    assert packet is not None
    assert packet.descriptor == b""
    assert packet.keyframe


hostile = st.one_of(
    st.binary(max_size=300), st.binary(min_size=3, max_size=12), st.just(Stream(L3T3).keyframe()),
    st.just(Stream(L1T3).keyframe()), st.builds(descriptor, st.integers(0, 63), st.integers(0, 65_535)),
)  # fmt: skip


@given(st.lists(st.tuples(hostile, st.booleans(), st.integers(-9, 9), st.integers(0, 3)), max_size=30))
def test_arbitrary_descriptors_raise_nothing_and_never_become_too_long(
    packets: list[tuple[bytes, bool, int, int]],
) -> None:
    stage = Stage()
    down_track = stage.watch()
    want(down_track, 1, 1)
    source = stage.sources[""]
    for value, marker, step, later in packets:
        source.sequence += step
        source.timestamp += 3000 * later
        head = KEYFRAME if marker and later else LATER
        parsed = ReceivedPacket(45, marker, source.sequence & 0xFFFF, source.timestamp, source.ssrc, False, head)
        stage.encoding.on_packet(parsed, value, stage.now)
        stage.expire_timers()
    assert all(3 <= len(packet.descriptor) <= 255 or not packet.descriptor for packet in got(down_track))


def test_a_publisher_without_descriptors_between_two_with_them() -> None:
    stage = Stage()
    whole, lower = stage.watch(), stage.watch()
    want(lower, 1, 2)
    stage.play(4)
    before = len(got(whole)), len(got(lower))
    stage.sources[""] = PlainSource(99)  # type: ignore[assignment]
    stage.picture(keyframe=True)
    for _ in range(4):
        stage.picture()
    stage.measure()
    for down_track, first in zip((whole, lower), before, strict=True):
        packets = got(down_track)[first:]
        assert [p.payload for p in packets] == [KEYFRAME + b"0", *(LATER + b"%d" % n for n in range(1, 10))]
        assert {p.descriptor for p in packets} == {b""}
        assert [p.marker for p in packets] == [False, True] * 5
    stage.publish("", 5)
    for down_track in (whole, lower):
        described = [p for p in got(down_track) if p.descriptor]
        assert [len(p.descriptor) > 20 for p in described].count(True) >= 2, "no new structure"
        check_decodable(described)


class PlainSource:
    """A publisher that sends no descriptors."""

    def __init__(self, ssrc: int) -> None:
        self.ssrc = self.sequence = ssrc
        self.timestamp = self.number = 0

    def make(self, *, keyframe: bool = False) -> list[tuple[ReceivedPacket, bytes | None]]:
        made: list[tuple[ReceivedPacket, bytes | None]] = []
        for last in (False, True):
            head = KEYFRAME if keyframe and not last else LATER
            parsed = ReceivedPacket(
                45, last, self.sequence, self.timestamp, self.ssrc, False, head + b"%d" % self.number
            )
            made.append((parsed, None))
            self.sequence, self.number = self.sequence + 1, self.number + 1
        self.timestamp += 3000
        return made
