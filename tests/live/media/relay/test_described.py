"""AV1 in spatial layers: whatever a subscriber chooses and whoever publishes, it can decode what it gets, as it is
told."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live.media.congestion.layer_selector import choose_layer
from live.media.fanout.engine import RewriteOffsets, Route
from live.media.relay.encoding import Encoding
from live.media.relay.rtp_down_track import PATIENCE_S, RtpDownTrack
from live.media.relay.track import Track
from live.media.rtp.codec import Codec
from live.media.rtp.dependency import DependencyReader
from live.media.rtp.header import frame_number, numbered
from live.media.rtp.packets import Packet, ReceivedPacket, nearest
from live.media.transport.srtp import AEAD_AES_128_GCM, MasterKey
from tests.live.media.relay.sink import SinkEngine
from tests.live.media.rtp.dependency_writer import L1T3, L3T3, Stream, StructureText, descriptor

KEY = MasterKey(AEAD_AES_128_GCM, bytes(16), bytes(12))
TARGETS, LAYERS = 9, 3
CYCLE = ((1, 0), (3, 2), (2, 1), (4, 2))  # of each picture: which template of its layers, and the temporal layer
KEYFRAME, LATER = b"\x18", b"\x10"


class Source:
    """A publisher of three spatial and three temporal layers, each picture predicted from the one below it too."""

    def __init__(self, ssrc: int, number: int) -> None:
        self.ssrc = ssrc
        self.stream = Stream(L3T3, number)
        self.sequence, self.timestamp, self.picture = number, 5000, 0
        self._last: dict[tuple[int, int], int] = {}  # number of the last frame of each spatial and temporal layer

    def make(
        self, *, keyframe: bool = False, without: Sequence[int] = (), packets: int = 2
    ) -> list[tuple[ReceivedPacket, bytes]]:
        """The next picture, as packets and their descriptors; `without` some of its upper layers."""
        if keyframe:
            self.picture, self._last = 0, {}
        template, temporal = CYCLE[self.picture % len(CYCLE)]
        made: list[tuple[ReceivedPacket, bytes]] = []
        layers = [s for s in range(LAYERS) if s not in without]
        below: int | None = None
        for spatial in layers:
            number = self.stream.number
            needs = [] if below is None else [below]
            if not keyframe:
                needs += [self._last[key] for key in self._needed(spatial, temporal) if key in self._last]
            if keyframe and spatial == 0:
                value = self.stream.keyframe()
            else:
                value = self._frame(5 * spatial + (0 if keyframe else template), [number - n for n in needs])
            for i in range(packets):
                begins, ends = i == 0, i == packets - 1
                own = bytes((value[0] & 0x3F | begins << 7 | ends << 6,)) + value[1:3]
                own += value[3:] if begins or not keyframe or spatial else b""
                head = KEYFRAME if keyframe and begins and spatial == 0 else LATER
                last = ends and spatial == layers[-1]
                parsed = ReceivedPacket(
                    45, last, self.sequence & 0xFFFF, self.timestamp, self.ssrc, False, head + b"%d.%d" % (number, i)
                )
                made.append((parsed, own))
                self.sequence += 1
            self._last[spatial, temporal] = below = number
        self.timestamp += 3000
        self.picture += 1
        return made

    def _needed(self, spatial: int, temporal: int) -> list[tuple[int, int]]:
        """The frame of its own spatial layer, of a temporal layer below it."""
        if temporal == 2 and self.picture % len(CYCLE) == 3:
            return [(spatial, 1)]
        return [(spatial, 0)]

    def _frame(self, template: int, distances: list[int]) -> bytes:
        if distances == L3T3.distances[template]:
            return self.stream.frame(template)
        text = "00010" + "".join(f"11{d - 1:012b}" for d in distances) + "00"
        number, self.stream.number = self.stream.number, self.stream.number + 1
        return descriptor(self.stream.template_id(template), number, text)


def needs_of(value: bytes) -> list[int]:
    """How far back the frames are that a frame needs, read without the server's own reader."""
    template = (value[0] & 0x3F) - L3T3.offset & 0x3F
    text = "".join(f"{byte:08b}" for byte in value[3:])
    if not text:
        return L3T3.distances[template]
    if text[0] == "1":
        return []
    at = 5 + (TARGETS if text[1] == "1" else 0)
    assert text[2] == "0"
    if text[3] == "0":
        return L3T3.distances[template]
    found = []
    while size := 4 * int(text[at : at + 2], 2):
        found.append(int(text[at + 2 : at + 2 + size], 2) + 1)
        at += 2 + size
    return found


@dataclass(frozen=True)
class Got:
    timestamp: int
    marker: bool
    payload: bytes
    descriptor: bytes


def seen(packet: Packet, numbers: RewriteOffsets) -> Got:
    value = packet.descriptor
    value = numbered(value, frame_number(value) + numbers.frame) if value else value
    return Got(packet.timestamp + numbers.timestamp & 0xFFFFFFFF, packet.marker, packet.payload, value)


class Stage:
    """A track that is published, and its subscribers."""

    def __init__(self, rids: Sequence[str] = ("",)) -> None:
        self.now = time.monotonic() - 1.0
        self.late: list[Any] = []  # what the event loop was asked to call later
        self.track = Track(
            Codec("video", "AV1", 90_000, 45), SinkEngine(seen), lambda _, callback: self.late.append(callback)
        )
        self.wanted: set[str] = set()
        self._ssrcs = itertools.count(1)
        self.sources: dict[str, Source] = {}
        for rid, encoding in self.track.prepare(rids).items():
            encoding.keyframes.send = lambda rid=rid: self.wanted.add(rid)
            self.publish(rid, 65_000 if rid != "b" else 7)
        self.measure()

    def publish(self, rid: str, number: int) -> None:
        """A publisher comes, or comes back."""
        self.sources[rid] = Source(next(self._ssrcs), number)
        self.picture(rid, keyframe=True)
        for _ in range(4):
            self.picture(rid)

    def measure(self) -> None:
        self.now += 1.0
        self.track.measure(self.now)
        for encoding in self.track.encodings.values():
            encoding.meter.received_at = self.now

    def picture(self, rid: str = "", *, lose: int = -1, calm: bool = False, **how: Any) -> None:
        """`lose`: the packet that comes only after the others; `calm`: time passes behind every packet."""
        self.now += 0.005
        made = self.sources[rid].make(**how)
        encoding = self.track.encodings[rid]
        if encoding.numbering.ssrc != made[0][0].ssrc:
            encoding.start_source(made[0][0], self.now)
        late = made.pop(lose % len(made)) if lose >= 0 else None
        for parsed, value in [*made, *([late] if late is not None else [])]:
            encoding.on_packet(parsed, value, self.now)
            if calm:
                self.pass_time()

    def play(self, pictures: int, **how: Any) -> None:
        for _ in range(pictures):
            for rid, encoding in self.track.encodings.items():
                encoding.keyframes._requested_at = 0.0  # as if the last request had been long ago
                encoding.retry_keyframe_request(self.now)
                wanted = rid in self.wanted
                self.wanted.discard(rid)
                self.picture(rid, **how | ({"keyframe": True, "without": ()} if wanted else {}))

    def pass_time(self) -> None:
        late, self.late = self.late, []
        for callback in late:
            callback()

    def watch(self, dependency: int = 3) -> RtpDownTrack:
        down_track = RtpDownTrack(self.track, Route(self.track.ssrc, 45, dependency=dependency))
        option = choose_layer(down_track.options, 1e9, 0, "auto", None)
        assert option is not None
        down_track.join_video(KEY, ("127.0.0.1", 9), option)
        return down_track

    @property
    def encoding(self) -> Encoding:
        return self.track.encodings[""]


def want(down_track: RtpDownTrack, spatial: int, temporal: int, rid: str = "") -> None:
    option = next(o for o in down_track.options if (o.rid, o.spatial, o.temporal) == (rid, spatial, temporal))
    down_track.switch_to(down_track.step_towards(option))


def got(down_track: RtpDownTrack) -> list[Got]:
    taker: Any = down_track.sender
    return [taker.got[index] for index in sorted(taker.got) if taker.got[index].payload != b"\1"]


def layers(packets: list[Got]) -> list[tuple[int, int]]:
    """Of each picture, its highest spatial and its temporal layer."""
    found: dict[int, tuple[int, int]] = {}
    for packet in packets:
        found[packet.timestamp] = L3T3.layers[(packet.descriptor[0] & 0x3F) - L3T3.offset & 0x3F]
    return list(found.values())


def check_decodable(packets: list[Got]) -> None:
    """As a receiver sees it that is told of frames by descriptors: Chromium's drops a structure with a lower number
    than the one before, and waits for the mark behind the last layer of a picture."""
    newest: int | None = None
    since: int | None = None
    have: set[int] = set()
    for before, packet in itertools.pairwise([None, *packets]):
        assert packet is not None
        value = packet.descriptor
        raw = frame_number(value)
        number = raw if newest is None else nearest(raw, newest)
        if len(value) > 20:
            assert since is None or number > since, "an old structure"
            since = number
        assert since is not None, "it begins without a structure"
        if value[0] & 0x80:
            assert newest is None or number > newest, "frames go back"
            assert {number - distance for distance in needs_of(value)} <= have, f"frame {number} lacks something"
        else:
            assert before is not None
            assert frame_number(before.descriptor) == raw, "a frame without its beginning"
        if value[0] & 0x40:
            have.add(number)
        newest = number
        if before is not None:
            assert before.marker == (before.timestamp != packet.timestamp), (
                "the mark is on the last packet of a picture"
            )


def active(packets: list[Got]) -> list[int]:
    """Which decode targets each packet leaves its receiver to believe in."""
    reader = DependencyReader()
    found = []
    for packet in packets:
        assert reader.read(packet.descriptor) is not None
        found.append(reader.active)
    return found


def test_every_layer_can_be_had_by_who_is_sent_descriptors_and_the_lowest_by_the_others() -> None:
    stage = Stage()
    told, untold = stage.watch(), stage.watch(dependency=0)
    assert {(o.layer, o.temporal) for o in told.options} == {(f"s{s}", t) for s in range(3) for t in range(3)}
    assert {(o.layer, o.temporal) for o in untold.options} == {("s0", t) for t in range(3)}
    stage.play(8)
    assert {spatial for spatial, _ in layers(got(told))} == {2}
    assert {spatial for spatial, _ in layers(got(untold))[-8:]} == {0}


def test_who_leaves_layers_out_says_so_and_takes_it_back() -> None:
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


def test_what_an_encoder_leaves_out_itself_stays_left_out() -> None:
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


@pytest.mark.parametrize("calm", [False, True])
def test_a_picture_ends_with_a_mark_whatever_layers_it_has(calm: bool) -> None:
    """An encoder may leave out a layer that its subscribers have, and go on with one they do not have."""
    stage = Stage()
    down_tracks = [stage.watch() for _ in range(3)]
    for spatial, down_track in enumerate(down_tracks):
        want(down_track, spatial, 2)
    stage.play(3)
    for without in ((1,), (2,), (1, 2), (1,), (), (1,)):
        stage.picture(without=without, calm=calm)
    stage.play(2)
    for down_track in down_tracks:
        check_decodable(got(down_track))
        assert len(layers(got(down_track))[-8:]) == 8


def test_a_picture_ends_with_a_mark_where_its_upper_layers_are_of_another_time() -> None:
    """In the modes that shift them: its lowest layer is of T0, the one above, left out here, of T1."""
    structure = StructureText(
        0, [(0, 0), (1, 0), (1, 1)], ["SSS", "-SS", "--S"], [[2], [1], [2]], [0, 0, 0], [[2]] * 3
    )  # fmt: skip
    stream = Stream(structure, 9)
    track = Track(Codec("video", "AV1", 90_000, 45), SinkEngine(seen), lambda *_: None)
    encoding = track.prepare([""])[""]
    down_track = RtpDownTrack(track, Route(1, 45, dependency=3))
    values = [stream.keyframe(), stream.frame(2), stream.frame(0), stream.frame(2), stream.frame(0)]
    for i, value in enumerate(values):
        head = KEYFRAME if i == 0 else LATER
        parsed = ReceivedPacket(45, i % 2 == 1, i, i // 2 * 3000, 1, False, head + b"%d" % i)
        if i == 0:
            encoding.start_source(parsed, 1.0)
        encoding.on_packet(parsed, value, 1.0)
        if i == 1:
            option = next(o for o in encoding.meter.options("") if (o.spatial, o.temporal) == (1, 0))
            down_track.join_video(KEY, ("127.0.0.1", 9), option)
            down_track._joined_at -= PATIENCE_S  # no keyframe comes
    assert [(p.payload[1:], p.marker) for p in got(down_track)] == [(b"2", True)]


@pytest.mark.parametrize("number", [0, 3, 40_000, 65_535])
def test_when_a_publisher_comes_back_frames_are_counted_on(number: int) -> None:
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


def test_who_joins_late_begins_with_a_keyframe_that_brings_the_structure() -> None:
    stage = Stage()
    stage.play(3)
    down_track = stage.watch()
    stage.play(1)
    first = got(down_track)[0]
    assert first.payload.startswith(KEYFRAME)
    assert len(first.descriptor) > 20
    check_decodable(got(down_track))
    # One that brings none is nothing to begin with: what it is of only those know who were there before.
    parsed, _ = stage.sources[""].make(keyframe=True)[0]
    stage.encoding.on_packet(parsed, descriptor(L3T3.offset, 5), stage.now)
    assert got(stage.watch())[0] == first


@pytest.mark.parametrize("value", [b"", b"\xc0\x00", bytes(256), b"\xc3\x00\x07"])
def test_what_no_viewer_could_read_is_not_forwarded(value: bytes) -> None:
    """Before there is a structure, or what is too short or too long for one. It is as if there were none at all."""
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
def test_whatever_descriptors_come_nothing_is_raised_and_nothing_too_long_is_sent(
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
        stage.pass_time()
    assert all(3 <= len(packet.descriptor) <= 255 or not packet.descriptor for packet in got(down_track))


steps = st.tuples(
    st.sampled_from(("a", "b")), st.integers(0, 2), st.integers(0, 2), st.integers(1, 7),
    st.sampled_from([(), (), (1,), (2,), (1, 2)]), st.sampled_from([None, None, None, 3, 65_530]),
)  # fmt: skip


@settings(max_examples=100)
@given(st.lists(steps, min_size=1, max_size=10), st.booleans())
def test_whatever_is_chosen_whenever_all_it_gets_can_be_decoded(steps: list[Any], calm: bool) -> None:
    """Layers of two encodings that count their frames by themselves, publishers who come back, pictures with less."""
    stage = Stage("ab")
    down_track = stage.watch()
    for rid, spatial, temporal, pictures, without, comes_back in steps:
        want(down_track, spatial, temporal, rid)
        stage.play(pictures, without=without, calm=calm)
        if comes_back is not None:
            stage.publish(rid, comes_back)
        stage.measure()
    stage.play(3)
    check_decodable(got(down_track))


def test_a_publisher_without_descriptors_may_come_between_two_that_have_them() -> None:
    stage = Stage()
    whole, lower = stage.watch(), stage.watch()
    want(lower, 1, 2)
    stage.play(4)
    before = len(got(whole)), len(got(lower))
    stage.sources[""] = Plain(99)  # type: ignore[assignment]
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
        assert [len(p.descriptor) > 20 for p in described].count(True) >= 2, "a new structure"
        check_decodable(described)


class Plain:
    """A publisher whose packets say nothing of what they need."""

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
