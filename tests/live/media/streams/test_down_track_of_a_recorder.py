"""A recorder as an example of a `DownTrack` without RTP sender."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from live.media.congestion.layer_option import LayerOption
from live.media.relay.track import Track
from live.media.rtp.codec import Codec
from live.media.rtp.descriptors import FramePosition
from live.media.rtp.packets import Packet
from live.media.streams.down_track import PacketSink
from live.media.streams.forwarded_stream import ForwardedStream, Subscription
from tests.live.media.relay.layered import Source
from tests.live.media.relay.sink import SinkEngine


class Recorder(PacketSink):
    """Starts with a keyframe of its option and keeps all packets from then on."""

    def __init__(self) -> None:
        self.packets: list[Packet] = []
        self.subscription: Subscription | None = None

    def record(self, track: Track, option: LayerOption) -> None:
        track.stream(option).start_when_possible(self)
        track.encodings[option.rid].request_keyframe()

    def can_start(self, position: FramePosition, late: bool) -> bool:
        return position.keyframe

    def start(self, stream: ForwardedStream, packet: Packet) -> None:
        self.subscription = stream.subscribe(self)

    def write(self, packets: Sequence[Packet]) -> None:
        self.packets += packets


class Stage:
    def __init__(self) -> None:
        self.track = Track(
            Codec("video", "VP8", 90_000, 96), SinkEngine(lambda packet, offsets: packet), lambda *_: None
        )
        self.encoding = self.track.prepare(("f",))["f"]
        self.keyframes_requested = 0
        self.encoding.keyframes.send = self._count_request
        self.source = Source("f")
        self.now = 100.0
        self.play(6, keyframe=True)
        self.track.measure(self.now)

    def _count_request(self) -> None:
        self.keyframes_requested += 1

    def play(self, frames: int, *, keyframe: bool = False) -> None:
        for i in range(frames):
            made = self.source.make(keyframe=keyframe and i == 0)
            if self.encoding.numbering.ssrc != made[0].ssrc:
                self.encoding.start_source(made[0], self.now)
            for packet in made:
                self.encoding.on_packet(packet, None, self.now)


@pytest.fixture
def stage() -> Stage:
    return Stage()


def frames(packets: Sequence[Packet]) -> list[tuple[int, bool]]:
    labels = [packet.payload.split(b"|")[1].split(b",") for packet in packets]
    return list(dict.fromkeys((int(label[1]), label[3] == b"1") for label in labels))


def test_a_recorder_requests_a_keyframe_and_gets_every_packet_from_it_on(stage: Stage) -> None:
    recorder = Recorder()
    recorder.record(stage.track, stage.track.options[0])
    assert stage.keyframes_requested == 1
    stage.play(2)
    assert recorder.packets == []
    stage.play(9, keyframe=True)
    first = frames(recorder.packets)[0]
    assert first[1], "a keyframe"
    assert [frame for frame, _ in frames(recorder.packets)] == list(range(first[0], first[0] + 9))
    sequences = [packet.sequence for packet in recorder.packets]
    assert sequences == list(range(sequences[0], sequences[0] + 18))


def test_lower_layers_are_recorded_without_gaps(stage: Stage) -> None:
    recorder = Recorder()
    lowest = next(option for option in stage.track.options if option.temporal == 0)
    recorder.record(stage.track, lowest)
    stage.play(12, keyframe=True)
    sequences = [packet.sequence for packet in recorder.packets]
    assert len(frames(recorder.packets)) == 3
    assert sequences == list(range(sequences[0], sequences[0] + 6))


def test_its_numbers_continue_when_the_publisher_is_replaced(stage: Stage) -> None:
    recorder = Recorder()
    recorder.record(stage.track, stage.track.options[0])
    stage.play(2, keyframe=True)
    returned = Source("f", sequence=40_000, timestamp=9)
    made = returned.make(keyframe=True)
    other_ssrc = made[0].ssrc ^ 1
    stage.encoding.start_source(made[0]._replace(ssrc=other_ssrc), stage.now)
    for packet in made:
        stage.encoding.on_packet(packet._replace(ssrc=other_ssrc), None, stage.now)
    sequences = [packet.sequence for packet in recorder.packets]
    assert sequences == list(range(sequences[0], sequences[0] + 6))
    timestamps = [packet.timestamp for packet in recorder.packets]
    assert timestamps == sorted(timestamps)


def test_a_filtered_stream_exists_while_it_is_recorded(stage: Stage) -> None:
    recorder = Recorder()
    lowest = next(option for option in stage.track.options if option.temporal == 0)
    recorder.record(stage.track, lowest)
    stage.play(4, keyframe=True)
    stage.track.measure(stage.now)
    assert stage.track.stream(lowest).in_use
    assert recorder.subscription is not None
    recorder.subscription.cancel()
    kept = len(recorder.packets)
    stage.play(4)
    stage.track.measure(stage.now)
    assert len(recorder.packets) == kept
    assert list(stage.encoding.streams()) == [stage.encoding.full]


def test_a_late_recorder_gets_the_cached_pictures(stage: Stage) -> None:
    recorder = Recorder()
    stream = stage.encoding.full
    recorder.subscription = stream.subscribe(recorder)
    recorder.subscription.send_cached(stream.cached_pictures())
    stage.play(2)
    assert [frame for frame, _ in frames(recorder.packets)] == list(range(8))
