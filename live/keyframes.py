"""Where a picture begins that needs no other: read from the payload descriptors, as few bytes as it takes."""

from __future__ import annotations

from collections.abc import Callable

KeyframeTest = Callable[[bytes], bool]
"""Whether an RTP payload is the first of a keyframe."""

H264_IDR, H264_SPS, H264_STAP_A, H264_FU_A = 5, 7, 24, 28


def vp8_start(payload: bytes) -> int:
    """Where the VP8 frame begins behind its descriptor (RFC 7741, 4.2); -1 unless this packet begins a frame."""
    if len(payload) < 2 or not payload[0] & 0x10 or payload[0] & 0x07:
        return -1
    at = 1
    if payload[0] & 0x80:
        flags = payload[1]
        at = 2
        if flags & 0x80:
            at += 2 if len(payload) > 2 and payload[2] & 0x80 else 1
        at += (flags >> 6 & 1) + (1 if flags & 0x30 else 0)
    return at if at < len(payload) else -1


def vp8(payload: bytes) -> bool:
    at = vp8_start(payload)
    return at >= 0 and not payload[at] & 0x01


def vp8_size(payload: bytes) -> tuple[int, int] | None:
    """Width and height of a VP8 keyframe (RFC 6386, 9.1)."""
    at = vp8_start(payload)
    if at < 0 or payload[at + 3 : at + 6] != b"\x9d\x01\x2a" or len(payload) < at + 10:
        return None
    return (payload[at + 6] | payload[at + 7] << 8) & 0x3FFF, (payload[at + 8] | payload[at + 9] << 8) & 0x3FFF


def h264(payload: bytes) -> bool:
    """RFC 6184: parameter sets or an IDR slice, alone, in an aggregate, or as the first fragment."""
    if not payload:
        return False
    kind = payload[0] & 0x1F
    if kind == H264_FU_A:
        return len(payload) > 1 and payload[1] & 0x80 != 0 and payload[1] & 0x1F in (H264_IDR, H264_SPS)
    if kind != H264_STAP_A:
        return kind in (H264_IDR, H264_SPS)
    at = 1
    while at + 2 < len(payload):
        if payload[at + 2] & 0x1F in (H264_IDR, H264_SPS):
            return True
        at += 2 + (payload[at] << 8 | payload[at + 1])
    return False


def vp9(payload: bytes) -> bool:
    """RFC 9628, 4.2: the beginning of a frame of the lowest spatial layer that is not predicted from others."""
    if not payload or not payload[0] & 0x08 or payload[0] & 0x40:
        return False
    if not payload[0] & 0x20:  # no layer indices: there is one layer
        return True
    at = 1
    if payload[0] & 0x80:
        at += 2 if len(payload) > 1 and payload[1] & 0x80 else 1
    return len(payload) > at and payload[at] >> 1 & 0x07 == 0


def av1(payload: bytes) -> bool:
    """The AV1 RTP specification, 4.4: N says that a new coded video sequence begins."""
    return bool(payload) and payload[0] & 0x08 != 0


def never(_payload: bytes) -> bool:
    """For audio, where every packet stands for itself."""
    return False


KEYFRAME_TESTS: dict[str, KeyframeTest] = {"VP8": vp8, "H264": h264, "VP9": vp9, "AV1": av1}
