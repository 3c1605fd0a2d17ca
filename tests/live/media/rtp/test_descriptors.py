"""Frames and layers in payload descriptors: of real encoders, and by the specifications."""

from __future__ import annotations

import fractions

import pytest
from aiortc.codecs import get_encoder
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from av import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from live.media.rtp.descriptors import FramePosition, reader

NAMES = ["VP8", "VP9", "H264", "AV1"]


def encoded(name: str, keyframe_at: int) -> list[list[bytes]]:
    """The payloads of six frames, of which the first and `keyframe_at` are keyframes."""
    encoder = get_encoder(RTCRtpCodecParameters(mimeType=f"video/{name}", clockRate=90_000, payloadType=96))
    frames = []
    for i in range(6):
        frame = VideoFrame(640, 480, "yuv420p")
        for plane in frame.planes:
            plane.update(bytes((x * (i + 3) & 0xFF) for x in range(plane.buffer_size)))
        frame.pts, frame.time_base = i * 3000, fractions.Fraction(1, 90_000)
        frames.append(encoder.encode(frame, force_keyframe=i == keyframe_at)[0])
    return frames


@pytest.mark.parametrize("name", ["VP8", "H264"])
def test_the_first_packets_of_frames_and_keyframes_are_recognised(name: str) -> None:
    read = reader(name)
    frames = encoded(name, keyframe_at=4)
    places = [[read(p, i == len(payloads) - 1, None) for i, p in enumerate(payloads)] for payloads in frames]
    assert [any(place.keyframe for place in frame) for frame in places] == [True, False, False, False, True, False]
    assert places[0][0].keyframe
    assert all(frame[0].begins and frame[-1].ends for frame in places)
    assert all(place.switch for frame in places for place in frame if place.keyframe)
    assert not any(place.ends for frame in places for place in frame[:-1])
    if name == "VP8":
        assert len(frames[0]) > 1
        assert not any(place.keyframe or place.begins for frame in places for place in frame[1:])
        assert all(place.picture_at == 2 and frames[0][0][2] & 0x80 for frame in places for place in frame)


@pytest.mark.parametrize(
    ("name", "payload", "keyframe"),
    [
        ("VP9", b"\x8a\x81\x00\x00", True),  # I, B, 15-bit picture id, not predicted
        ("VP9", b"\xca\x81\x00\x00", False),  # P
        ("VP9", b"\x82\x81\x00\x00", False),  # not the beginning of a frame
        ("VP9", b"\xaa\x81\x00\x00\x00", True),  # L, lowest spatial layer
        ("VP9", b"\xaa\x81\x00\x02\x00", False),  # L, a higher one
        ("VP9", b"\xaa\x81\x00", False),  # L, cut off
        ("AV1", b"\x18\x0a", True),  # N
        ("AV1", b"\x10\x0a", False),
        ("H264", b"\x78\x00\x02\x67\x42\x00\x02\x68\xce", True),  # STAP-A of parameter sets
        ("H264", b"\x7c\x85\x00", True),  # FU-A, the first of an IDR slice
        ("H264", b"\x7c\x05\x00", False),  # FU-A, a later one
        ("H264", b"\x41\x9a", False),
    ],
)
def test_keyframes_are_recognised_by_their_specifications(name: str, payload: bytes, keyframe: bool) -> None:
    place = reader(name)(payload, True, None)
    assert place.keyframe is keyframe
    assert place.switch is keyframe


def test_vp8_temporal_layer_and_picture_ids_are_found() -> None:
    read = reader("VP8")
    full = b"\x90\xf0\x92\x34\x07\xa5\x01"  # X, S; I L T K; 15-bit picture id; TL0PICIDX 7; TID 2, Y, KEYIDX 5
    assert read(full, True, None) == FramePosition(True, True, False, 0, 2, True, 2, 4)
    assert read(full[:5] + b"\x45\x01", False, None) == FramePosition(True, False, False, 0, 1, False, 2, 4)
    assert read(b"\x80" + full[1:], False, None) == FramePosition(False, False, False, 0, 2, True, 2, 4)
    assert read(b"\x90\xf0\x12\x07\xa5\x01", True, None) == FramePosition(True, True, False, 0, 2, True, 0, 3)  # 7 bits
    assert read(b"\x90\x80\x92\x34\x00", True, None) == FramePosition(True, True, True, 0, 0, True, 2, 0)
    assert read(b"\x90\x10\xe0\x01", True, None) == FramePosition(
        True, True, False, 0, 0, False, 0, 0
    )  # K: no TID, no Y
    assert read(b"\x10\x01", False, None) == FramePosition(True, False, False, 0, 0, False, 0, 0)
    assert not read(b"\x11\x00", False, None).begins  # not the first partition


def test_vp9_layers_are_read() -> None:
    read = reader("VP9")
    # Non-flexible: I P L B E, TID 2, U, SID 1, D, TL0PICIDX
    assert read(b"\xec\x81\x00\x53\x07\x00", False, None) == FramePosition(True, True, False, 1, 2, False, 0, 0)
    # Flexible: I P L F B, TID 1, SID 2, one P_DIFF; the marker does not say where a layer's frame ends
    assert read(b"\xf8\x05\x25\x02\x00", True, None) == FramePosition(True, False, False, 2, 1, False, 0, 0)
    # A keyframe's second layer: not predicted from pictures, but from the first layer
    assert read(b"\xae\x81\x00\x03\x07\x00", True, None) == FramePosition(True, True, False, 1, 0, False, 0, 0)
    assert read(b"\xa4\x81\x00\x00\x07\x00", True, None) == FramePosition(False, True, False, 0, 0, False, 0, 0)


def vp9_pictures(text: str, number: int = 0x7FFE) -> list[tuple[int, bool]]:
    """Parse pictures, given as temporal layers with or without U ("0U"); k is a keyframe, - a lost picture."""
    read, found = reader("VP9"), []
    for picture in text.split():
        if picture != "-":
            predicted = 0 if picture[0] == "k" else 0x40
            temporal = int(picture[0].replace("k", "0"))
            layers = temporal << 5 | (0x10 if picture.endswith("U") else 0)
            head = bytes((0xAC | predicted, 0x80 | number >> 8 & 0x7F, number & 0xFF))
            places = [read(head + bytes((layers | spatial << 1, 7, 0)), False, None) for spatial in range(2)]
            assert len({place.switch for place in places if not place.keyframe and predicted}) < 2, "layers disagree"
            found.append((temporal, places[0].switch))
        number += 1
    return found


def test_vp9_layers_can_be_added_after_a_switching_point_of_the_lowest_layer() -> None:
    def switches(text: str) -> list[bool]:
        return [switch for _, switch in vp9_pictures(text)]

    # As in Chrome: U everywhere, and every second T2 depends on the T1 before it.
    assert switches("kU 2U 1U 2U 0U 2U 1U 2U") == [True, True, True, False, False, True, True, False]
    assert switches("k 2 1 2") == [True, True, True, False]  # nothing depends on frames before a keyframe
    assert switches("kU 2 1 2 0 2 1 2") == [True, True, True, False, False, False, False, False]
    assert switches("k 2 0U - 1U 2U") == [True, True, False, False, False]
    assert switches("k 2 1 2 0 1U 2U 0U 1U") == [True, True, True, False, False, False, False, False, True]


def test_h264_frames_start_at_their_first_macroblock_or_the_units_before_it() -> None:
    read = reader("H264")
    assert read(b"\x41\x9a", False, None).begins
    assert not read(b"\x41\x4a", False, None).begins  # a slice of the same picture, further down
    assert read(b"\x7c\x85\x88", False, None).begins
    assert not read(b"\x7c\x85\x44", False, None).begins
    assert not read(b"\x7c\x45\x88", True, None).begins  # the end of a fragmented slice
    assert read(b"\x09\xf0", False, None).begins
    assert read(b"\x78\x00\x02\x06\x05\x00\x02\x41\x9a", True, None).begins
    assert not read(b"\x78\x00\x02\x41\x4a\x00\x02\x41\x4b", True, None).begins
    assert read(b"\x41\x9a", True, None).ends


def test_av1_without_a_dependency_descriptor_has_one_layer() -> None:
    read = reader("AV1")
    assert read(b"\x18\x0a", False, None) == FramePosition(True, False, True, 0, 0, True, 0, 0)
    assert read(b"\x10\x32", True, None) == FramePosition(True, True, False, 0, 0, False, 0, 0)
    assert read(b"\x90\x32", True, None) == FramePosition(False, True, False, 0, 0, False, 0, 0)  # Z: goes on


@pytest.mark.parametrize("marker", [True, False])
def test_every_audio_packet_is_a_complete_frame(marker: bool) -> None:
    assert reader("opus")(b"anything", marker, None) == FramePosition(True, True, False, 0, 0, False, 0, 0)


@pytest.mark.parametrize("name", [*NAMES, "opus"])
@given(payload=st.binary(max_size=30), marker=st.booleans())
def test_garbage_does_not_raise(name: str, payload: bytes, marker: bool) -> None:
    place = reader(name)(payload, marker, None)
    assert 0 <= place.spatial < 8
    assert 0 <= place.temporal < 8
    assert place.picture_at == 0 or place.picture_at + 2 <= len(payload)
    assert place.tl0_at < max(1, len(payload))


@pytest.mark.parametrize("name", NAMES)
def test_an_empty_payload_is_not_a_frame(name: str) -> None:
    place = reader(name)(b"", True, None)
    assert not place.begins
    assert not place.keyframe
