"""Keyframes are recognised in what real encoders make."""

from __future__ import annotations

import fractions

import pytest
from aiortc.codecs import get_encoder
from aiortc.rtcrtpparameters import RTCRtpCodecParameters
from av import VideoFrame
from hypothesis import given
from hypothesis import strategies as st

from live.keyframes import KEYFRAME_TESTS, vp8_size


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
def test_the_first_packets_of_keyframes_are_recognised(name: str) -> None:
    is_keyframe = KEYFRAME_TESTS[name]
    frames = encoded(name, keyframe_at=4)
    assert [any(map(is_keyframe, payloads)) for payloads in frames] == [True, False, False, False, True, False]
    assert is_keyframe(frames[0][0])
    if name == "VP8":
        assert len(frames[0]) > 1
        assert not any(map(is_keyframe, frames[0][1:]))
        assert vp8_size(frames[0][0]) == (640, 480)
        assert vp8_size(frames[1][0]) is None


@pytest.mark.parametrize(
    ("name", "payload", "keyframe"),
    [
        ("VP9", b"\x8a\x81\x00\x00", True),  # I, B, 15-bit picture id, not predicted
        ("VP9", b"\xca\x81\x00\x00", False),  # P
        ("VP9", b"\x82\x81\x00\x00", False),  # not the beginning of a frame
        ("VP9", b"\xaa\x81\x00\x00\x00", True),  # L, lowest spatial layer
        ("VP9", b"\xaa\x81\x00\x02\x00", False),  # L, a higher one
        ("AV1", b"\x18\x0a", True),  # N
        ("AV1", b"\x10\x0a", False),
        ("H264", b"\x78\x00\x02\x67\x42\x00\x02\x68\xce", True),  # STAP-A of parameter sets
        ("H264", b"\x7c\x85\x00", True),  # FU-A, the first of an IDR slice
        ("H264", b"\x7c\x05\x00", False),  # FU-A, a later one
        ("H264", b"\x41\x9a", False),
    ],
)
def test_descriptors_are_read_by_their_specifications(name: str, payload: bytes, keyframe: bool) -> None:
    assert KEYFRAME_TESTS[name](payload) is keyframe


@pytest.mark.parametrize("name", list(KEYFRAME_TESTS))
@given(payload=st.binary(max_size=30))
def test_garbage_is_no_fault(name: str, payload: bytes) -> None:
    KEYFRAME_TESTS[name](payload)
    vp8_size(payload)
