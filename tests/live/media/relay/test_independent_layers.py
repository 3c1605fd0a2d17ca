"""Independent spatial layers (the modes named *_KEY): a subscriber gets one without the layers below it."""

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
    """A VP9 payload: descriptor with picture id and layers, then a label for the test."""
    temporal = 0 if keyframe else picture % TEMPORAL
    first = 0xAC | (0 if keyframe else 0x41)
    descriptor = bytes((first, picture >> 8 | 0x80, picture & 0xFF, temporal << 5 | 0x10 | spatial << 1, 0))
    return descriptor + f"|{picture},{spatial},{int(keyframe)},".encode() + bytes(RATES[spatial])


def seen(packet: Packet, offsets: RewriteOffsets) -> Got:
    picture, spatial, keyframe = map(int, packet.payload.split(b"|")[1].split(b",")[:3])
    return Got(packet.sequence - offsets.origin, packet.marker, picture, spatial, keyframe == 1)


class Stage:
    """A publisher of independent layers, and one subscriber, which starts with the highest."""

    def __init__(self) -> None:
        self.track = Track(Codec("video", "VP9", 90_000, 98), SinkEngine(seen), lambda seconds, callback: None)
        (self.encoding,) = self.track.prepare(("",)).values()
        self.encoding.keyframes.send = self._on_keyframe_request
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

    def _on_keyframe_request(self) -> None:
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
    """Packets in order of their numbers: no gap, a marker at the end of each picture, and no missing dependency."""
    assert [p.sequence for p in packets] == list(range(packets[0].sequence, packets[-1].sequence + 1))
    had: dict[int, int] = {}  # by spatial layer: last picture of the lowest temporal layer
    for i, packet in enumerate(packets):
        if packet.keyframe:
            assert packet.spatial == 0 or had.get(packet.spatial - 1) == packet.picture
        else:
            assert had.get(packet.spatial) == packet.picture - (packet.picture % TEMPORAL or TEMPORAL)
        if packet.picture % TEMPORAL == 0:
            had[packet.spatial] = packet.picture
        if i + 1 < len(packets):
            assert packet.marker == (packets[i + 1].picture != packet.picture)


def test_lower_layers_are_sent_only_in_keyframes() -> None:
    stage = Stage()
    stage.play(8)
    assert {p.spatial for p in stage.got if p.keyframe} == {0, 1, 2}
    assert {p.spatial for p in stage.got if not p.keyframe} == {2}
    check_decodable(stage.got)


def test_the_bitrate_of_an_option_excludes_lower_layers() -> None:
    stage = Stage()
    rates = {o.spatial: o.bitrate_bps for o in stage.track.options if o.whole}
    ratios = [rates[spatial] / rates[0] for spatial in range(SPATIAL)]
    assert 2 < ratios[1] < 3.5
    assert 6 < ratios[2] < 10


def test_a_switch_to_a_lower_layer_requests_a_keyframe_and_starts_with_it() -> None:
    stage = Stage()
    stage.want(0, 1)
    stage.play(6)
    assert stage.got[-1].spatial == 0
    (keyframe,) = [p for p in stage.got if p.keyframe and p.picture > stage.got[0].picture]
    assert keyframe.spatial == 0
    check_decodable(stage.got)


def test_a_layer_that_the_encoder_drops_is_not_offered_until_it_returns() -> None:
    stage = Stage()
    stage.play(6, spatial_layers=2)
    stage.measure()
    stage.play(6, spatial_layers=2)
    stage.measure()
    assert {o.spatial for o in stage.track.options} == {0, 1}
    stage.want(1, 1)
    stage.play(4, spatial_layers=2)
    assert {p.spatial for p in stage.got[-3:]} == {1}
    stage._on_keyframe_request()
    stage.play(6)
    stage.measure()
    assert {o.spatial for o in stage.track.options} == {0, 1, 2}


def test_while_the_publisher_is_away_its_layers_stay_on_offer() -> None:
    stage = Stage()
    stage.measure()
    stage.measure()
    assert {o.spatial for o in stage.track.options} == {0, 1, 2}


def test_temporal_layers_are_dropped_without_a_keyframe() -> None:
    stage = Stage()
    before = len(stage.got)
    stage.want(2, 0)
    stage.play(8)
    assert not any(p.keyframe for p in stage.got[before:])
    assert {p.picture % TEMPORAL for p in stage.got[-3:]} == {0}
    check_decodable(stage.got)


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, SPATIAL - 1), st.integers(0, TEMPORAL - 1), st.integers(1, 9)), max_size=12))
def test_any_sequence_of_switches_is_decodable(steps: list[tuple[int, int, int]]) -> None:
    stage = Stage()
    for spatial, temporal, pictures in steps:
        stage.want(spatial, temporal)
        stage.play(pictures)
    check_decodable(stage.got)


def test_vp9_marks_independent_frames_with_z() -> None:
    read = Vp9Reader().read
    assert not read(frame(2, 0, keyframe=True), False, None).independent
    assert read(frame(4, 0, keyframe=False), False, None).independent


def test_an_av1_frame_outside_all_higher_decode_targets_is_independent() -> None:
    layers = [(0, 0), (0, 0), (1, 0), (1, 0)]
    indications = ["SS", "S-", "-S", "-S"]
    stream = Stream(
        StructureText(0, layers, indications, [[], [2], [1], [2]], [0, 1], [[0, 0], [2, 1], [1, 1], [1, 2]])
    )
    read = Av1Reader().read
    assert not read(b"\x18", False, stream.keyframe()).independent
    assert not read(b"\x10", True, stream.frame(2)).independent
    assert read(b"\x10", False, stream.frame(1)).independent
    assert not read(b"\x10", True, stream.frame(3)).independent
