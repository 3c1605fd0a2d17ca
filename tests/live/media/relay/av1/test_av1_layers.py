"""AV1 with spatial layers: what a subscriber gets can be decoded, whichever layers it switches to."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from live.media.fanout.engine import Route
from live.media.relay.rtp_down_track import PATIENCE_S, RtpDownTrack
from live.media.relay.track import Track
from live.media.rtp.codec import Codec
from live.media.rtp.packets import ReceivedPacket
from tests.live.media.relay.av1.av1_stage import (
    KEY,
    KEYFRAME,
    LATER,
    Stage,
    check_decodable,
    got,
    layers,
    seen,
    want,
)
from tests.live.media.relay.sink import SinkEngine
from tests.live.media.rtp.dependency_writer import Stream, StructureText


def test_upper_spatial_layers_are_offered_only_to_subscribers_with_descriptors() -> None:
    stage = Stage()
    described, plain = stage.watch(), stage.watch(dependency=0)
    assert {(o.layer, o.temporal) for o in described.options} == {(f"s{s}", t) for s in range(3) for t in range(3)}
    assert {(o.layer, o.temporal) for o in plain.options} == {("s0", t) for t in range(3)}
    stage.play(8)
    assert {spatial for spatial, _ in layers(got(described))} == {2}
    assert {spatial for spatial, _ in layers(got(plain))[-8:]} == {0}


@pytest.mark.parametrize("run_timers", [False, True])
def test_the_last_packet_of_a_picture_has_the_marker_whichever_layers_it_has(run_timers: bool) -> None:
    """An encoder may skip a layer that a subscriber gets and still send one that it does not get."""
    stage = Stage()
    down_tracks = [stage.watch() for _ in range(3)]
    for spatial, down_track in enumerate(down_tracks):
        want(down_track, spatial, 2)
    stage.play(3)
    for without in ((1,), (2,), (1, 2), (1,), (), (1,)):
        stage.picture(without=without, run_timers=run_timers)
    stage.play(2)
    for down_track in down_tracks:
        check_decodable(got(down_track))
        assert len(layers(got(down_track))[-8:]) == 8


def test_the_last_packet_of_a_picture_has_the_marker_with_shifted_temporal_layers() -> None:
    """With shifted layers, a picture's lowest layer may be of T0 and the one above it, dropped here, of T1."""
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
            down_track._joined_at -= PATIENCE_S  # it no longer waits for a keyframe
    assert [(p.payload[1:], p.marker) for p in got(down_track)] == [(b"2", True)]


steps = st.tuples(
    st.sampled_from(("a", "b")), st.integers(0, 2), st.integers(0, 2), st.integers(1, 7),
    st.sampled_from([(), (), (1,), (2,), (1, 2)]), st.sampled_from([None, None, None, 3, 65_530]),
)  # fmt: skip


@settings(max_examples=100)
@given(st.lists(steps, min_size=1, max_size=10), st.booleans())
def test_any_sequence_of_switches_is_decodable(steps: list[Any], run_timers: bool) -> None:
    """Two encodings with frame numbers of their own, publishers that return, and pictures with dropped layers."""
    stage = Stage("ab")
    down_track = stage.watch()
    for rid, spatial, temporal, pictures, without, restarts in steps:
        want(down_track, spatial, temporal, rid)
        stage.play(pictures, without=without, run_timers=run_timers)
        if restarts is not None:
            stage.publish(rid, restarts)
        stage.measure()
    stage.play(3)
    check_decodable(got(down_track))
