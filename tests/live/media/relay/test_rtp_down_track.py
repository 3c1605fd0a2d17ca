"""A down track that switches layers: everything it gets can be decoded, and its numbers continue."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from live.media.congestion.layer_selector import choose_layer
from live.media.fanout.engine import RewriteOffsets, Route
from live.media.fanout.python_engine import _payload
from live.media.relay.keyframe_requests import KEYFRAME_REQUEST_S
from live.media.relay.rtp_down_track import NACKED_MAX, PATIENCE_S, RETRANSMITTED_MAX, RtpDownTrack
from live.media.relay.track import Track
from live.media.rtp.codec import Codec
from live.media.rtp.packets import Packet
from live.media.streams.forwarded_stream import JOIN_PACKETS_MAX
from live.media.transport.srtp import AEAD_AES_128_GCM, MasterKey
from tests.live.media.relay.layered import Got, Source, check_decodable
from tests.live.media.relay.sink import Sink, SinkEngine

KEY = MasterKey(AEAD_AES_128_GCM, bytes(16), bytes(12))


def seen(packet: Packet, offsets: RewriteOffsets) -> Got:
    timestamp = packet.timestamp + offsets.timestamp & 0xFFFFFFFF
    return Got(packet.sequence - offsets.origin, timestamp, packet.marker, _payload(packet, offsets))


class Stage:
    """A track with three encodings, and one down track."""

    def __init__(self, rids: str = "qhf") -> None:
        self.track = Track(Codec("video", "VP8", 90_000, 96), SinkEngine(seen), lambda seconds, callback: None)
        self.sources = {rid: Source(rid, sequence=1000 * n, picture=0x7FFD - n) for n, rid in enumerate(rids, 1)}
        self.wanted_keyframes: set[str] = set()
        self.now = 100.0
        for rid, encoding in self.track.prepare(rids).items():
            encoding.keyframes.send = lambda rid=rid: self.wanted_keyframes.add(rid)
        for rid in rids:
            self.frame(rid, keyframe=True)
        self.play(4)
        self.measure()
        self.down_track = RtpDownTrack(self.track, Route(self.track.ssrc, 96))
        option = choose_layer(self.track.options, 1e9, 0, "auto", None)
        assert option is not None
        self.down_track.join_video(KEY, ("127.0.0.1", 9), option)
        self.sink: Sink = self.down_track.sender  # type: ignore[assignment]

    def measure(self) -> None:
        self.now += 1.0
        self.track.measure(self.now)
        for encoding in self.track.encodings.values():
            encoding.meter.received_at = self.now

    def frame(self, rid: str, *, keyframe: bool = False, lose: int = -1) -> None:
        source, encoding = self.sources[rid], self.track.encodings[rid]
        made = source.make(keyframe=keyframe)
        self.now += 0.005
        if encoding.numbering.ssrc is None:
            encoding.start_source(made[0], self.now)
        for i, parsed in enumerate(made):
            if i != lose:
                encoding.on_packet(parsed, None, self.now)
        if lose >= 0:
            encoding.on_packet(made[lose], None, self.now)  # retransmitted

    def play(self, frames: int = 1, *, lose: int = -1, request: bool = False) -> None:
        for _ in range(frames):
            for rid in self.sources:
                self.frame(rid, keyframe=rid in self.wanted_keyframes, lose=lose)
                self.wanted_keyframes.discard(rid)
                if request:
                    self.request_missing()

    def want(self, layer: str, temporal: int) -> None:
        option = next(o for o in self.track.options if o.layer == layer and o.temporal == temporal)
        self.down_track.switch_to(self.down_track.step_towards(option))

    def request_missing(self) -> None:
        """Request the missing packets."""
        got = self.got
        for index in range(got[0].sequence, got[-1].sequence) if got else ():
            if index not in self.sink.got:
                self.down_track.retransmit([index & 0xFFFF], 1)

    @property
    def got(self) -> list[Got]:
        return [self.sink.got[index] for index in sorted(self.sink.got)]


def test_options_cover_every_encoding_and_temporal_layer_best_first() -> None:
    stage = Stage()
    options = sorted(stage.track.options, key=lambda o: (o.height, o.temporal), reverse=True)
    assert [(o.layer, o.temporal, o.height) for o in options] == [
        (rid, temporal, height) for rid, height in (("f", 720), ("h", 360), ("q", 180)) for temporal in (2, 1, 0)
    ]
    assert [o.layer for o in stage.track.options if o.whole] == ["f", "h", "q"], "best first"
    rates = [o.bitrate_bps for o in options]
    assert rates[0] > rates[1] > rates[2] > 0


def test_a_low_frame_rate_ranks_below_a_smaller_picture() -> None:
    stage = Stage()
    stage.play(30)
    stage.measure()
    assert [(o.layer, o.temporal) for o in stage.track.options] == [
        *((rid, temporal) for rid in "fhq" for temporal in (2, 1)),
        *((rid, 0) for rid in "fhq"),
    ]


def join_late(stage: Stage) -> RtpDownTrack:
    """A down track that joins when the cached pictures are too many to be sent."""
    stage.play(JOIN_PACKETS_MAX)
    stage.wanted_keyframes.clear()
    down_track = RtpDownTrack(stage.track, Route(stage.track.ssrc, 96))
    encoding = stage.track.encodings["f"]
    encoding.keyframes._requested_at -= KEYFRAME_REQUEST_S
    down_track.join_video(KEY, ("127.0.0.1", 10), stage.track.options[0])
    return down_track


def test_a_late_joiner_gets_nothing_before_the_next_keyframe() -> None:
    stage = Stage()
    down_track = join_late(stage)
    assert stage.wanted_keyframes == {"f"}
    assert down_track.sender_report(0, stage.now), "audio and video are in sync from the first picture on"
    stage.wanted_keyframes.clear()
    stage.play(5)
    sink: Sink = down_track.sender  # type: ignore[assignment]
    assert sink.got == {}
    stage.frame("f", keyframe=True)
    stage.play(5)
    got = [sink.got[index] for index in sorted(sink.got)]
    assert got[0].label[3], "it starts with the keyframe"
    assert 0 <= got[0].sequence < 1 << 16
    check_decodable(got)


def test_a_late_joiner_starts_without_a_keyframe_when_none_comes() -> None:
    stage = Stage()
    down_track = join_late(stage)
    stage.wanted_keyframes.clear()
    stage.play(5)
    down_track._joined_at -= PATIENCE_S
    stage.play(5)
    assert len(down_track.sender.got) == 10  # type: ignore[union-attr]


def test_leaving_cancels_a_pending_start() -> None:
    stage = Stage()
    down_track = join_late(stage)
    down_track.leave()
    stage.frame("f", keyframe=True)
    assert stage.track.encodings["f"].full._starting == []
    assert down_track.sender is None


def test_a_paused_down_track_resumes_with_a_keyframe_and_continuous_numbers() -> None:
    stage = Stage()
    stage.play(6)
    stage.want("q", 2)
    stage.wanted_keyframes.clear()
    stage.down_track.pause()
    before = stage.got
    stage.play(5)
    assert stage.got == before
    assert stage.down_track.retransmit([before[-1].sequence & 0xFFFF], 10) == 0, (
        "packets from before the pause are no longer needed"
    )
    stage.down_track.pause()
    stage.frame("q", keyframe=True)
    stage.play(4)
    after = stage.got[len(before) :]
    assert after[0].sequence == before[-1].sequence + 1
    assert after[0].label[0] == "q"
    check_decodable(stage.got)


def test_a_paused_down_track_can_return_to_its_old_encoding_with_a_keyframe() -> None:
    stage = Stage()
    stage.want("q", 2)
    stage.down_track.pause()
    stage.wanted_keyframes.clear()
    stage.play(3)
    stage.want("f", 2)
    stage.wanted_keyframes.clear()
    before = stage.got
    stage.play(3)
    assert stage.got == before, "it needs what it missed while paused"
    stage.frame("f", keyframe=True)
    stage.play(4)
    assert {got.label[0] for got in stage.got[len(before) :]} == {"f"}
    check_decodable(stage.got)


def test_pause_does_nothing_unless_a_keyframe_is_awaited() -> None:
    stage = Stage()
    stage.down_track.pause()
    before = len(stage.got)
    stage.play(2)
    stage.want("f", 0)
    stage.down_track.pause()
    assert len(stage.got) > before, "a switch that needs no keyframe does not pause it"
    stage.play(8)
    assert stage.got[-1].label[2] == 0
    check_decodable(stage.got)


def test_a_switch_to_another_encoding_requests_a_keyframe_and_starts_with_it() -> None:
    stage = Stage()
    stage.play(8)
    stage.wanted_keyframes.clear()
    stage.want("q", 2)
    assert stage.wanted_keyframes == {"q"}
    stage.wanted_keyframes.clear()
    stage.play(4)
    assert {got.label[0] for got in stage.got} == {"f"}, "the old encoding continues meanwhile"
    stage.wanted_keyframes = {"q"}
    stage.play(4)
    assert [rid for rid, _ in itertools.groupby(got.label[0] for got in stage.got)] == ["f", "q"]
    check_decodable(stage.got)


def test_temporal_layers_are_dropped_at_once_and_added_one_at_a_time() -> None:
    stage = Stage()
    stage.play(5)
    stage.want("f", 0)
    stage.play(8)
    assert [got.label[2] for got in stage.got[-4:]] == [0] * 4
    assert stage.wanted_keyframes == set()
    stage.sources["f"].sync = False
    stage.want("f", 2)
    stage.play(8)
    assert [got.label[2] for got in stage.got[-4:]] == [0] * 4, "there is no switching point"
    stage.sources["f"].sync = True
    stage.play(8)
    assert {got.label[2] for got in stage.got[-8:]} == {0, 1}
    stage.want("f", 2)
    stage.play(8)
    assert {got.label[2] for got in stage.got[-16:]} == {0, 1, 2}
    check_decodable(stage.got)


def test_a_probe_retransmits_the_latest_packets() -> None:
    stage = Stage()
    stage.play(4)
    got = sorted(stage.sink.got)
    size = sum(len(packet.payload) for packet in stage.got[-3:])
    stage.down_track.send_probe(size)
    assert sorted(stage.sink.repeated) == got[-3:]
    stage.sink.repeated.clear()
    stage.down_track.send_probe(1e9)
    assert set(stage.sink.repeated) <= set(got)
    assert 0 < len(stage.sink.repeated) <= RETRANSMITTED_MAX
    stage.sink.repeated.clear()
    stage.down_track.send_probe(0.0)
    assert stage.sink.repeated == []


def test_a_nack_is_answered_in_calls_that_a_sender_takes() -> None:
    stage = Stage()
    stage.play(60)
    got = sorted(stage.sink.got)
    assert len(got) > RETRANSMITTED_MAX
    numbers = [index & 0xFFFF for index in got]
    assert stage.down_track.retransmit(numbers, 1000, copies=3) == len(got)
    assert sorted(stage.sink.repeated) == sorted(got * 3)


def test_a_nack_names_a_bounded_number_of_packets() -> None:
    stage = Stage()
    stage.play(4)
    known = max(stage.sink.got) & 0xFFFF
    assert stage.down_track.retransmit([known + 9] * NACKED_MAX + [known], 10) == 0
    assert stage.down_track.retransmit([known + 9] * (NACKED_MAX - 1) + [known], 10) == 1


def test_packets_from_before_and_after_a_switch_are_retransmitted() -> None:
    stage = Stage()
    stage.play(6)
    stage.want("f", 0)
    stage.play(8)
    switched = next(a for a, b in itertools.pairwise(stage.got) if b.label[1] - a.label[1] == 4)
    indices = [switched.sequence - 3, switched.sequence, switched.sequence + 2]
    assert stage.down_track.retransmit([index & 0xFFFF for index in indices], 10) == 3
    assert stage.sink.repeated == indices
    assert stage.down_track.retransmit([switched.sequence + 500], 10) == 0, "not sent yet"
    assert (
        stage.down_track.retransmit(list(range(switched.sequence & 0xFFFF, (switched.sequence & 0xFFFF) + 5)), 2) == 2
    )


def test_packets_from_before_a_keyframe_are_not_retransmitted() -> None:
    stage = Stage()
    stage.play(6)
    stage.want("h", 2)
    stage.play(6)
    switched = next(got for got in stage.got if got.label[0] == "h")
    assert stage.down_track.retransmit([switched.sequence - 2 & 0xFFFF, switched.sequence & 0xFFFF], 10) == 1


choices = st.tuples(
    st.sampled_from("qhf"), st.integers(0, 2), st.integers(1, 9), st.sampled_from([-1, -1, 0, 1]), st.booleans()
)


@settings(max_examples=150)
@given(st.lists(choices, min_size=1, max_size=12), st.booleans())
def test_any_sequence_of_switches_and_pauses_is_decodable(
    steps: list[tuple[str, int, int, int, bool]], sync: bool
) -> None:
    stage = Stage()
    for layer, temporal, frames, lose, pause in steps:
        for source in stage.sources.values():
            source.sync = sync
        stage.want(layer, temporal)
        if pause:
            stage.down_track.pause()
        stage.play(frames, lose=lose, request=True)  # packets before a keyframe can be requested only until it arrives
        stage.measure()
    stage.play(4, request=True)
    check_decodable(stage.got)
