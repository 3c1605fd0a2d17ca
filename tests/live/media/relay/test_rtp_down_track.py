"""A subscriber that changes layers: whatever is chosen whenever, it can decode all it gets and sees no seam."""

from __future__ import annotations

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from live.media.congestion.layer_selector import choose_layer
from live.media.fanout.engine import RewriteOffsets, Route
from live.media.fanout.python_engine import _payload
from live.media.forwarding.forwarded_stream import JOIN_PACKETS_MAX
from live.media.relay.keyframe_requests import KEYFRAME_REQUEST_S
from live.media.relay.rtp_down_track import PATIENCE_S, RETRANSMITTED_MAX, RtpDownTrack
from live.media.relay.track import Track
from live.media.rtp.codec import Codec
from live.media.rtp.packets import Packet
from live.media.transport.srtp import AEAD_AES_128_GCM, MasterKey
from tests.live.media.relay.layered import Got, Source, check_decodable
from tests.live.media.relay.sink import Sink, SinkEngine

KEY = MasterKey(AEAD_AES_128_GCM, bytes(16), bytes(12))


def seen(packet: Packet, numbers: RewriteOffsets) -> Got:
    timestamp = packet.timestamp + numbers.timestamp & 0xFFFFFFFF
    return Got(packet.sequence - numbers.origin, timestamp, packet.marker, _payload(packet, numbers))


class Stage:
    """A track with three encodings, and one subscriber."""

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
            encoding.on_packet(made[lose], None, self.now)  # sent again

    def play(self, frames: int = 1, *, lose: int = -1, ask: bool = False) -> None:
        for _ in range(frames):
            for rid in self.sources:
                self.frame(rid, keyframe=rid in self.wanted_keyframes, lose=lose)
                self.wanted_keyframes.discard(rid)
                if ask:
                    self.ask_again()

    def want(self, layer: str, temporal: int) -> None:
        option = next(o for o in self.track.options if o.layer == layer and o.temporal == temporal)
        self.down_track.switch_to(self.down_track.step_towards(option))

    def ask_again(self) -> None:
        """For what came before the frame it belongs to was entered."""
        got = self.got
        for index in range(got[0].sequence, got[-1].sequence) if got else ():
            if index not in self.sink.got:
                self.down_track.retransmit([index & 0xFFFF], 1)

    @property
    def got(self) -> list[Got]:
        return [self.sink.got[index] for index in sorted(self.sink.got)]


def test_every_encoding_and_temporal_layer_can_be_had_best_first() -> None:
    stage = Stage()
    options = sorted(stage.track.options, key=lambda o: (o.height, o.temporal), reverse=True)
    assert [(o.layer, o.temporal, o.height) for o in options] == [
        (rid, temporal, height) for rid, height in (("f", 720), ("h", 360), ("q", 180)) for temporal in (2, 1, 0)
    ]
    assert [o.layer for o in stage.track.options if o.whole] == ["f", "h", "q"], "best first"
    rates = [o.bitrate_bps for o in options]
    assert rates[0] > rates[1] > rates[2] > 0


def test_a_small_picture_that_moves_is_better_than_a_large_one_that_hardly_does() -> None:
    stage = Stage()
    stage.play(30)
    stage.measure()
    assert [(o.layer, o.temporal) for o in stage.track.options] == [
        *((rid, temporal) for rid in "fhq" for temporal in (2, 1)),
        *((rid, 0) for rid in "fhq"),
    ]


def late(stage: Stage) -> RtpDownTrack:
    """Somebody who joins when the last keyframe is too far back to be sent with all that followed."""
    stage.play(JOIN_PACKETS_MAX)
    stage.wanted_keyframes.clear()
    down_track = RtpDownTrack(stage.track, Route(stage.track.ssrc, 96))
    encoding = stage.track.encodings["f"]
    encoding.keyframes._requested_at -= KEYFRAME_REQUEST_S
    down_track.join_video(KEY, ("127.0.0.1", 10), stage.track.options[0])
    return down_track


def test_who_joins_between_keyframes_gets_nothing_it_cannot_show() -> None:
    stage = Stage()
    down_track = late(stage)
    assert stage.wanted_keyframes == {"f"}
    assert down_track.sender_report(0, stage.now), "sound and picture are in step from the first picture on"
    stage.wanted_keyframes.clear()
    stage.play(5)
    sink: Sink = down_track.sender  # type: ignore[assignment]
    assert sink.got == {}
    stage.frame("f", keyframe=True)
    stage.play(5)
    got = [sink.got[index] for index in sorted(sink.got)]
    assert got[0].label[3], "it begins with the keyframe"
    assert 0 <= got[0].sequence < 1 << 16
    check_decodable(got)


def test_where_no_keyframe_comes_a_viewer_begins_without() -> None:
    stage = Stage()
    down_track = late(stage)
    stage.wanted_keyframes.clear()
    stage.play(5)
    down_track._joined_at -= PATIENCE_S
    stage.play(5)
    assert len(down_track.sender.got) == 10  # type: ignore[union-attr]


def test_who_leaves_before_it_has_begun_waits_no_more() -> None:
    stage = Stage()
    down_track = late(stage)
    down_track.leave()
    stage.frame("f", keyframe=True)
    assert stage.track.encodings["f"].full._starting == []
    assert down_track.sender is None


def test_who_is_held_gets_nothing_until_it_may_enter_what_it_waits_for_and_its_numbers_go_on() -> None:
    stage = Stage()
    stage.play(6)
    stage.want("q", 2)
    stage.wanted_keyframes.clear()
    stage.down_track.pause()
    before = stage.got
    stage.play(5)
    assert stage.got == before
    assert stage.down_track.retransmit([before[-1].sequence & 0xFFFF], 10) == 0, (
        "what is lost of the old is needed no more"
    )
    stage.down_track.pause()
    stage.frame("q", keyframe=True)
    stage.play(4)
    after = stage.got[len(before) :]
    assert after[0].sequence == before[-1].sequence + 1
    assert after[0].label[0] == "q"
    check_decodable(stage.got)


def test_who_is_held_may_come_back_to_what_it_had_with_its_next_keyframe() -> None:
    stage = Stage()
    stage.want("q", 2)
    stage.down_track.pause()
    stage.wanted_keyframes.clear()
    stage.play(3)
    stage.want("f", 2)
    stage.wanted_keyframes.clear()
    before = stage.got
    stage.play(3)
    assert stage.got == before, "what it missed it needs"
    stage.frame("f", keyframe=True)
    stage.play(4)
    assert {got.label[0] for got in stage.got[len(before) :]} == {"f"}
    check_decodable(stage.got)


def test_nobody_is_held_who_waits_for_nothing() -> None:
    stage = Stage()
    stage.down_track.pause()
    before = len(stage.got)
    stage.play(2)
    stage.want("f", 0)
    stage.down_track.pause()
    assert len(stage.got) > before, "nor whom the next picture serves"
    stage.play(8)
    assert stage.got[-1].label[2] == 0
    check_decodable(stage.got)


def test_another_encoding_is_entered_at_its_keyframe_and_asked_for_one() -> None:
    stage = Stage()
    stage.play(8)
    stage.wanted_keyframes.clear()
    stage.want("q", 2)
    assert stage.wanted_keyframes == {"q"}
    stage.wanted_keyframes.clear()
    stage.play(4)
    assert {got.label[0] for got in stage.got} == {"f"}, "the old one goes on meanwhile"
    stage.wanted_keyframes = {"q"}
    stage.play(4)
    assert [rid for rid, _ in itertools.groupby(got.label[0] for got in stage.got)] == ["f", "q"]
    check_decodable(stage.got)


def test_temporal_layers_are_left_at_once_and_entered_one_at_a_time() -> None:
    stage = Stage()
    stage.play(5)
    stage.want("f", 0)
    stage.play(8)
    assert [got.label[2] for got in stage.got[-4:]] == [0] * 4
    assert stage.wanted_keyframes == set()
    stage.sources["f"].sync = False
    stage.want("f", 2)
    stage.play(8)
    assert [got.label[2] for got in stage.got[-4:]] == [0] * 4, "no frame lets one in"
    stage.sources["f"].sync = True
    stage.play(8)
    assert {got.label[2] for got in stage.got[-8:]} == {0, 1}
    stage.want("f", 2)
    stage.play(8)
    assert {got.label[2] for got in stage.got[-16:]} == {0, 1, 2}
    check_decodable(stage.got)


def test_what_is_repeated_to_try_the_line_are_the_last_packets_it_got() -> None:
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


def test_what_is_lost_is_found_under_the_number_it_had_before_the_change_and_after() -> None:
    stage = Stage()
    stage.play(6)
    stage.want("f", 0)
    stage.play(8)
    changed = next(a for a, b in itertools.pairwise(stage.got) if b.label[1] - a.label[1] == 4)
    asked = [changed.sequence - 3, changed.sequence, changed.sequence + 2]
    assert stage.down_track.retransmit([index & 0xFFFF for index in asked], 10) == 3
    assert stage.sink.repeated == asked
    assert stage.down_track.retransmit([changed.sequence + 500], 10) == 0, "not sent yet"
    assert stage.down_track.retransmit(list(range(changed.sequence & 0xFFFF, (changed.sequence & 0xFFFF) + 5)), 2) == 2


def test_what_came_before_a_keyframe_is_not_sent_again() -> None:
    stage = Stage()
    stage.play(6)
    stage.want("h", 2)
    stage.play(6)
    changed = next(got for got in stage.got if got.label[0] == "h")
    assert stage.down_track.retransmit([changed.sequence - 2 & 0xFFFF, changed.sequence & 0xFFFF], 10) == 1


choices = st.tuples(
    st.sampled_from("qhf"), st.integers(0, 2), st.integers(1, 9), st.sampled_from([-1, -1, 0, 1]), st.booleans()
)


@settings(max_examples=150)
@given(st.lists(choices, min_size=1, max_size=12), st.booleans())
def test_whatever_is_chosen_whenever_all_it_gets_can_be_decoded(
    steps: list[tuple[str, int, int, int, bool]], sync: bool
) -> None:
    stage = Stage()
    for layer, temporal, frames, lose, hold in steps:
        for source in stage.sources.values():
            source.sync = sync
        stage.want(layer, temporal)
        if hold:
            stage.down_track.pause()
        stage.play(frames, lose=lose, ask=True)  # what came before a keyframe can be asked for only until it comes
        stage.measure()
    stage.play(4, ask=True)
    check_decodable(stage.got)
