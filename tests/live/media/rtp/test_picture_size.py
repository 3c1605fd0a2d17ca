"""Picture sizes are read from real encoders' output, packed into RTP payloads here."""

from __future__ import annotations

import fractions
import functools
import os
import re

import av
import pytest
from hypothesis import given
from hypothesis import strategies as st

from live.media.rtp.picture_size import picture_size

ENCODERS = {
    "VP8": ("libvpx", {"deadline": "realtime", "cpu-used": "8"}),
    "VP9": ("libvpx-vp9", {"deadline": "realtime", "cpu-used": "8"}),
    "H264": ("libx264", {"preset": "ultrafast", "tune": "zerolatency"}),
    "AV1": ("libsvtav1", {"preset": "12"}),
}
SIZES = [(320, 240), (642, 358), (1080, 1920), (64, 66)]


@functools.cache
def encoded(encoder: str, size: tuple[int, int], pixels: str = "yuv420p", **options: str) -> list[bytes]:
    """Two frames, of which the first is a keyframe."""
    context = av.CodecContext.create(encoder, "w")
    assert isinstance(context, av.VideoCodecContext)
    context.width, context.height = size
    context.pix_fmt = pixels
    context.time_base, context.framerate = fractions.Fraction(1, 30), fractions.Fraction(30)
    context.options = options
    # SVT-AV1, run as root, sets the calling thread to the highest realtime priority, and so all later tests.
    scheduler, parameters = os.sched_getscheduler(0), os.sched_getparam(0)
    packets = []
    try:
        for i in range(2):
            frame = av.VideoFrame(*size, pixels)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.pts = i
            packets += context.encode(frame)
        return [bytes(packet) for packet in [*packets, *context.encode(None)]]
    finally:
        os.sched_setscheduler(0, scheduler, parameters)


def units(stream: bytes) -> list[bytes]:
    """The NAL units of H.264's Annex B."""
    return [unit.rstrip(b"\x00") for unit in re.split(b"\x00\x00\x01", stream)[1:]]


def packed(name: str, frame: bytes) -> list[bytes]:
    """The payloads that may contain a frame's beginning."""
    if name == "VP8":
        return [b"\x10" + frame, b"\x90\xe0\x81\x02\x07\x20" + frame]
    if name == "VP9":
        group = b"\x08\x02\x04\x01\x18\x01\x02"  # two pictures, with one and two differences
        return [
            b"\x8e\x05" + group + frame,
            b"\x8c\x81\x23" + frame,
            b"\x28\x00\x07" + frame,  # with layers and TL0PICIDX
            b"\xb8\x05\x00" + frame,  # flexible: without
        ]
    if name == "H264":
        found = units(frame)
        joined = b"".join(len(unit).to_bytes(2) + unit for unit in found)
        delimiter = b"\x00\x02\x09\xf0"
        return [next(unit for unit in found if unit[0] & 0x1F == 7), b"\x78" + joined, b"\x78" + delimiter + joined]
    found = obus(frame)
    sized = b"".join(leb128(len(obu)) + obu for obu in found)
    bare = b"".join(leb128(len(obu)) + obu for obu in found[:-1]) + found[-1]
    # W gives the number of units if there are fewer than four; also with the units' own sizes kept.
    with_sizes = [bytes((obu[0] | 2,)) + leb128(len(obu) - 1) + obu[1:] for obu in found]
    return [
        b"\x08" + sized,
        bytes((0x08 | len(found) << 4,)) + bare,
        b"\x18" + found[0],
        b"\x08" + b"".join(leb128(len(obu)) + obu for obu in with_sizes),
    ]


def leb128(value: int) -> bytes:
    return bytes((value,)) if value < 128 else bytes((value & 0x7F | 0x80,)) + leb128(value >> 7)


def obus(temporal_unit: bytes) -> list[bytes]:
    """The open bitstream units without their size fields, as in RTP, and without the temporal delimiter."""
    found, at = [], 0
    while at < len(temporal_unit):
        header, at = temporal_unit[at], at + 1
        assert header & 0x06 == 0x02, "a size and no extension"
        size = shift = 0
        while True:
            byte, at = temporal_unit[at], at + 1
            size |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                break
        if header >> 3 != 2:
            found.append(bytes((header & ~0x02,)) + temporal_unit[at : at + size])
        at += size
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("name", list(ENCODERS))
def test_a_keyframes_size_is_read(name: str, size: tuple[int, int]) -> None:
    encoder, options = ENCODERS[name]
    frames = encoded(encoder, size, **options)
    payloads = packed(name, frames[0])
    assert [picture_size(name, payload) for payload in payloads] == [size] * len(payloads)
    assert picture_size(name, payloads[0][:6]) is None


@pytest.mark.parametrize("name", ["VP8", "VP9"])
def test_other_frames_have_no_size(name: str) -> None:
    encoder, options = ENCODERS[name]
    first, second = encoded(encoder, SIZES[0], **options)
    assert picture_size(name, (b"\x10" if name == "VP8" else b"\xc8\x05") + second) is None
    assert picture_size(name, (b"\x00" if name == "VP8" else b"\x80\x05") + first) is None


@pytest.mark.parametrize(
    ("pixels", "options"),
    [
        ("yuv422p", {"profile": "high422"}),
        ("yuv444p", {"profile": "high444"}),
        ("gray", {"profile": "high"}),
        ("yuv420p", {"profile": "baseline"}),
        ("yuv420p", {"x264-params": "interlaced=1:cqm=jvt"}),
        ("yuv420p", {"profile": "main", "bf": "2"}),
    ],
)
def test_h264_sizes_are_read_in_any_profile(pixels: str, options: dict[str, str]) -> None:
    frame = encoded("libx264", (642, 360), pixels, **options)[0]
    assert [picture_size("H264", payload) for payload in packed("H264", frame)] == [(642, 360)] * 3


def test_vp9_has_the_size_of_its_largest_layer() -> None:
    sizes = b"".join(n.to_bytes(2) for n in (320, 180, 640, 360, 1280, 720))
    assert picture_size("VP9", b"\xaa\x05\x00\x07" + b"\x58" + sizes + b"\x01\x00" + b"\x00") == (1280, 720)
    assert picture_size("VP9", b"\xaa\x05\x00\x07" + b"\x58" + sizes[:11]) is None


@pytest.mark.parametrize("name", [*ENCODERS, "opus"])
@given(payload=st.binary(max_size=60))
def test_garbage_does_not_raise(name: str, payload: bytes) -> None:
    picture_size(name, payload)


@pytest.mark.parametrize("name", list(ENCODERS))
@given(data=st.data())
def test_a_damaged_keyframe_does_not_raise(name: str, data: st.DataObject) -> None:
    encoder, options = ENCODERS[name]
    payload = bytearray(data.draw(st.sampled_from(packed(name, encoded(encoder, SIZES[0], **options)[0])))[:64])
    for at in data.draw(st.lists(st.integers(0, len(payload) - 1), min_size=1, max_size=4)):
        payload[at] ^= data.draw(st.integers(1, 255))
    size = picture_size(name, bytes(payload))
    assert size is None or all(size) or name == "VP8"


def test_encoders_do_not_leave_the_process_at_realtime_priority() -> None:
    before = os.sched_getscheduler(0)
    encoded.cache_clear()
    encoded("libsvtav1", SIZES[0])
    assert os.sched_getscheduler(0) == before
