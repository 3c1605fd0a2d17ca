"""Spatial layers that need each other only in keyframes (the modes named *_KEY): who watches one gets it alone."""

from __future__ import annotations

from typing import NamedTuple

from hypothesis import given, settings
from hypothesis import strategies as st

from live.media.congestion.layer_selector import choose_layer
from live.media.fanout.engine import RewriteOffsets, Route
from live.media.relay.keyframe_requests import KEYFRAME_REQUEST_S
from live.media.relay.rtp_down_track import RtpDownTrack
from live.media.relay.track import Track
from live.media.rtp.codec import Codec
from live.media.rtp.descriptors import Av1Reader, Vp9Reader
from live.media.rtp.packets import Packet, ReceivedPacket
from tests.live.media.relay.sink import Sink, SinkEngine
from tests.live.media.relay.test_rtp_down_track import KEY
from tests.live.media.rtp.dependency_writer import Stream, StructureText

SPATIAL, TEMPORAL = 3, 2
RATES = (100, 300, 900)  # bytes a frame, by spatial layer


class Got(NamedTuple):
    sequence: int
    marker: bool
    picture: int
    spatial: int
    keyframe: bool


def frame(picture: int, spatial: int, *, keyframe: bool) -> bytes:
    """A packet of VP9: descriptor with picture id and layers, then what the test wants to know of it."""
    temporal = 0 if keyframe else picture % TEMPORAL
    first = 0xAC | (0 if keyframe else 0x41)
    descriptor = bytes((first, picture >> 8 | 0x80, picture & 0xFF, temporal << 5 | 0x10 | spatial << 1, 0))
    return descriptor + f"|{picture},{spatial},{int(keyframe)},".encode() + bytes(RATES[spatial])


def seen(packet: Packet, numbers: RewriteOffsets) -> Got:
    picture, spatial, keyframe = map(int, packet.payload.split(b"|")[1].split(b",")[:3])
    return Got(packet.sequence - numbers.origin, packet.marker, picture, spatial, keyframe == 1)


class Stage:
    """A publisher of such layers, and one subscriber of the best."""

    def __init__(self) -> None:
        self.track = Track(Codec("video", "VP9", 90_000, 98), SinkEngine(seen), lambda seconds, callback: None)
        (self.encoding,) = self.track.prepare(("",)).values()
        self.encoding.keyframes.send = self._ask
        self.picture = self.sequence = 0
        self.now = 100.0
        self._wanted = True
        self.play(6)
        self.measure()
        self.down_track = RtpDownTrack(self.track, Route(self.track.ssrc, 98))
        option = choose_layer(self.track.options, 1e9, 0, "auto", None)
        assert option is not None
        self.down_track.join_video(KEY, ("127.0.0.1", 9), option)
        self.play(4)

    def _ask(self) -> None:
        self._wanted = True

    def play(self, pictures: int, spatial_layers: int = SPATIAL) -> None:
        for _ in range(pictures):
            self.picture += 1
            self.now += 0.03
            keyframe, self._wanted = self._wanted, False
            self.picture += keyframe and self.picture % TEMPORAL
            for spatial in range(spatial_layers):
                self.sequence += 1
                payload = frame(self.picture, spatial, keyframe=keyframe)
                last = spatial == spatial_layers - 1
                parsed = ReceivedPacket(98, last, self.sequence & 0xFFFF, self.picture * 3000, 7, False, payload)
                if self.encoding.numbering.ssrc is None:
                    self.encoding.start_source(parsed, self.now)
                self.encoding.on_packet(parsed, None, self.now)

    def measure(self) -> None:
        self.now += 1.0
        self.track.measure(self.now)

    def want(self, spatial: int, temporal: int) -> None:
        option = next(o for o in self.track.options if (o.spatial, o.temporal) == (spatial, temporal))
        self.encoding.keyframes._requested_at -= KEYFRAME_REQUEST_S
        self.down_track.switch_to(self.down_track.step_towards(option))

    @property
    def got(self) -> list[Got]:
        sink: Sink = self.down_track.sender  # type: ignore[assignment]
        return [sink.got[index] for index in sorted(sink.got)]


def check_decodable(packets: list[Got]) -> None:
    """In the order of its numbers: nothing is missing, every picture ends, and each frame has what it needs."""
    assert [p.sequence for p in packets] == list(range(packets[0].sequence, packets[-1].sequence + 1))
    had: dict[int, int] = {}  # by spatial layer, the last picture of the lowest temporal layer
    for i, packet in enumerate(packets):
        if packet.keyframe:
            assert packet.spatial == 0 or had.get(packet.spatial - 1) == packet.picture
        else:
            assert had.get(packet.spatial) == packet.picture - (packet.picture % TEMPORAL or TEMPORAL)
        if packet.picture % TEMPORAL == 0:
            had[packet.spatial] = packet.picture
        if i + 1 < len(packets):
            assert packet.marker == (packets[i + 1].picture != packet.picture)


def test_of_the_layers_below_it_gets_what_keyframes_need_and_nothing_else() -> None:
    stage = Stage()
    stage.play(8)
    assert {p.spatial for p in stage.got if p.keyframe} == {0, 1, 2}
    assert {p.spatial for p in stage.got if not p.keyframe} == {2}
    check_decodable(stage.got)


def test_a_layer_takes_what_it_takes_alone() -> None:
    stage = Stage()
    rates = {o.spatial: o.bitrate_bps for o in stage.track.options if o.whole}
    shares = [rates[spatial] / rates[0] for spatial in range(SPATIAL)]
    assert 2 < shares[1] < 3.5
    assert 6 < shares[2] < 10


def test_a_lower_one_is_entered_with_a_keyframe_and_asked_for_one() -> None:
    stage = Stage()
    stage.want(0, 1)
    stage.play(6)
    assert stage.got[-1].spatial == 0
    (entered,) = [p for p in stage.got if p.keyframe and p.picture > stage.got[0].picture]
    assert entered.spatial == 0
    check_decodable(stage.got)


def test_a_layer_that_an_encoder_leaves_out_cannot_be_had_until_it_is_back() -> None:
    stage = Stage()
    stage.play(6, spatial_layers=2)
    stage.measure()
    stage.play(6, spatial_layers=2)
    stage.measure()
    assert {o.spatial for o in stage.track.options} == {0, 1}
    stage.want(1, 1)
    stage.play(4, spatial_layers=2)
    assert {p.spatial for p in stage.got[-3:]} == {1}
    stage._ask()
    stage.play(6)
    stage.measure()
    assert {o.spatial for o in stage.track.options} == {0, 1, 2}


def test_of_a_publisher_that_is_away_there_is_what_there_was() -> None:
    stage = Stage()
    stage.measure()
    stage.measure()
    assert {o.spatial for o in stage.track.options} == {0, 1, 2}


def test_temporal_layers_are_left_without() -> None:
    stage = Stage()
    before = len(stage.got)
    stage.want(2, 0)
    stage.play(8)
    assert not any(p.keyframe for p in stage.got[before:])
    assert {p.picture % TEMPORAL for p in stage.got[-3:]} == {0}
    check_decodable(stage.got)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, SPATIAL - 1), st.integers(0, TEMPORAL - 1), st.integers(1, 9)), max_size=12))
def test_whatever_is_chosen_whenever_all_it_gets_can_be_decoded(steps: list[tuple[int, int, int]]) -> None:
    stage = Stage()
    for spatial, temporal, pictures in steps:
        stage.want(spatial, temporal)
        stage.play(pictures)
    check_decodable(stage.got)


def test_vp9_says_that_a_frame_is_apart() -> None:
    read = Vp9Reader().read
    assert not read(frame(2, 0, keyframe=True), False, None).apart
    assert read(frame(4, 0, keyframe=False), False, None).apart


def test_av1_says_it_by_leaving_a_frame_out_of_the_decode_targets_above() -> None:
    layers = [(0, 0), (0, 0), (1, 0), (1, 0)]
    indications = ["SS", "S-", "-S", "-S"]
    stream = Stream(
        StructureText(0, layers, indications, [[], [2], [1], [2]], [0, 1], [[0, 0], [2, 1], [1, 1], [1, 2]])
    )
    read = Av1Reader().read
    assert not read(b"\x18", False, stream.keyframe()).apart
    assert not read(b"\x10", True, stream.frame(2)).apart
    assert read(b"\x10", False, stream.frame(1)).apart
    assert not read(b"\x10", True, stream.frame(3)).apart
