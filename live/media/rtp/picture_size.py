"""Width and height of a video, read from the first packet of a keyframe."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from live.media.rtp.bits import Bits
from live.media.rtp.descriptors import H264_SPS, H264_STAP_A

Size = tuple[int, int]

HEADER_BYTES_MAX = 512  # as much as is looked at: a sequence header is shorter
_VP9_RGB = 7
_AV1_SEQUENCE_HEADER = 1
_H264_PROFILES_WITH_CHROMA = (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135)
_H264_CYCLE_MAX = 255  # 7.4.2.1.1
_H264_CROP_UNITS = ((1, 1), (2, 2), (2, 1), (1, 1))  # by chroma format


def picture_size(codec_name: str, payload: bytes) -> Size | None:
    """None where the packet does not tell. With spatial layers, the size of the largest, if it tells."""
    read = _READERS.get(codec_name)
    if read is None:
        return None
    try:
        return read(payload[:HEADER_BYTES_MAX])
    except (ValueError, IndexError):  # it ends too early, or is something else
        return None


def _vp8(payload: bytes) -> Size | None:
    """RFC 7741, 4.2, and RFC 6386, 9.1."""
    if payload[0] & 0x17 != 0x10:
        return None
    at = 1
    if payload[0] & 0x80:
        flags, at = payload[1], 2
        if flags & 0x80:
            at += 2 if payload[2] & 0x80 else 1
        at += (flags >> 6 & 1) + (1 if flags & 0x30 else 0)
    if payload[at] & 0x01 or payload[at + 3 : at + 6] != b"\x9d\x01\x2a":
        return None
    return (payload[at + 6] | payload[at + 7] << 8) & 0x3FFF, (payload[at + 8] | payload[at + 9] << 8) & 0x3FFF


def _vp9(payload: bytes) -> Size | None:
    """RFC 9628, 4.2: the largest size of the scalability structure, or else the frame's own."""
    first, at = payload[0], 1
    if first & 0x48 != 0x08:  # not the beginning, or predicted
        return None
    if first & 0x80:
        at += 2 if payload[at] & 0x80 else 1
    if first & 0x20:
        at += 1 if first & 0x10 else 2
    if first & 0x02:
        structure, at = payload[at], at + 1
        if structure & 0x10:
            layers = [payload[at + 4 * i : at + 4 * i + 4] for i in range((structure >> 5) + 1)]
            sizes = [(layer[0] << 8 | layer[1], layer[2] << 8 | layer[3]) for layer in layers]
            return max(sizes, key=lambda size: size[0] * size[1])
        if structure & 0x08:
            pictures, at = payload[at], at + 1
            for _ in range(pictures):
                at += 1 + (payload[at] >> 2 & 0x03)
    return _vp9_frame(Bits(payload[at:]))


def _vp9_frame(bits: Bits) -> Size | None:
    """The VP9 bitstream specification, 6.2: the uncompressed header of a keyframe."""
    marker, low, high = bits.take(2), bits.take(1), bits.take(1)
    profile = high << 1 | low
    if profile == 3:
        bits.take(1)
    if marker != 2 or bits.take(2):  # shows a frame that was before, or is no keyframe
        return None
    bits.take(2)
    if bits.take(24) != 0x498342:
        return None
    if profile >= 2:
        bits.take(1)
    if bits.take(3) == _VP9_RGB:
        bits.take(profile & 1)
    else:
        bits.take(4 if profile & 1 else 1)
    return bits.take(16) + 1, bits.take(16) + 1


def _h264(payload: bytes) -> Size | None:
    """RFC 6184: a sequence parameter set that is alone, or the first one of an aggregate."""
    if payload[0] & 0x1F == H264_SPS:
        return _h264_parameters(payload)
    if payload[0] & 0x1F != H264_STAP_A:
        return None
    at = 1
    while True:
        size = payload[at] << 8 | payload[at + 1]
        if payload[at + 2] & 0x1F == H264_SPS:
            return _h264_parameters(payload[at + 2 : at + 2 + size])
        at += 2 + size


def _h264_parameters(unit: bytes) -> Size:
    """H.264, 7.3.2.1.1, of which the size is near the end."""
    bits = Bits(unit[1:].replace(b"\x00\x00\x03", b"\x00\x00"))
    profile, _ = bits.take(8), bits.take(16)
    bits.take_golomb()
    chroma = 1
    if profile in _H264_PROFILES_WITH_CHROMA:
        chroma = bits.take_golomb()
        separate = bits.take(1) if chroma == 3 else 0
        bits.take_golomb()
        bits.take_golomb()
        bits.take(1)
        if bits.take(1):
            for i in range(12 if chroma == 3 else 8):
                if bits.take(1):
                    _skip_scaling_list(bits, 16 if i < 6 else 64)
        chroma = 0 if separate else chroma
    bits.take_golomb()
    order = bits.take_golomb()
    if order == 0:
        bits.take_golomb()
    elif order == 1:
        bits.take(1)
        bits.take_golomb()
        bits.take_golomb()
        cycle = bits.take_golomb()
        if cycle > _H264_CYCLE_MAX:
            raise ValueError("a cycle longer than there is")
        for _ in range(cycle):
            bits.take_golomb()
    bits.take_golomb()
    bits.take(1)
    width, height = 16 * (bits.take_golomb() + 1), 16 * (bits.take_golomb() + 1)
    frames_only = bits.take(1)
    if not frames_only:
        height *= 2
        bits.take(1)
    bits.take(1)
    if bits.take(1):
        left, right, top, bottom = (bits.take_golomb() for _ in range(4))
        across, down = _H264_CROP_UNITS[chroma]
        width -= across * (left + right)
        height -= down * (2 - frames_only) * (top + bottom)
    if width <= 0 or height <= 0:
        raise ValueError("nothing is left of the picture")
    return width, height


def _skip_scaling_list(bits: Bits, size: int) -> None:
    """H.264, 7.3.2.1.1.1: it ends early with a scale of zero."""
    last = 8
    for _ in range(size):
        last = (last + bits.take_signed_golomb()) & 0xFF
        if not last:
            return


def _av1(payload: bytes) -> Size | None:
    """The AV1 RTP specification, 4.4: the sequence header among the packet's open bitstream units."""
    for unit in _av1_units(payload):
        if unit[0] >> 3 & 0x0F == _AV1_SEQUENCE_HEADER:
            at = 2 if unit[0] & 0x04 else 1
            if unit[0] & 0x02:
                at += _leb128(unit, at)[1]
            return _av1_sequence(Bits(unit[at:]))
    return None


def _av1_units(payload: bytes) -> Iterator[bytes]:
    first, at = payload[0], 1
    if first & 0x80:  # the end of a unit whose beginning is elsewhere
        return
    count = first >> 4 & 0x03  # the last of them has no length; 0: all have
    number = 0
    while at < len(payload):
        number += 1
        if number == count:
            yield payload[at:]
            return
        size, length = _leb128(payload, at)
        at += length
        if size:
            yield payload[at : at + size]
        at += size


def _leb128(data: bytes, at: int) -> tuple[int, int]:
    """A number, and how many bytes it takes."""
    value = 0
    for i in range(8):
        value |= (data[at + i] & 0x7F) << 7 * i
        if not data[at + i] & 0x80:
            return value, i + 1
    raise ValueError("that is no length")


def _av1_sequence(bits: Bits) -> Size:
    """The AV1 specification, 5.5.1."""
    bits.take(4)
    if bits.take(1):  # the reduced header of a still picture
        bits.take(5)
    else:
        _skip_av1_operating_points(bits)
    width_bits, height_bits = bits.take(4) + 1, bits.take(4) + 1
    return bits.take(width_bits) + 1, bits.take(height_bits) + 1


def _skip_av1_operating_points(bits: Bits) -> None:
    delay_bits = 0
    if bits.take(1):  # timing
        bits.take(64)
        if bits.take(1):
            bits.take_golomb()
        if bits.take(1):  # the decoder's model
            delay_bits = bits.take(5) + 1
            bits.take(42)
    tells_delay = bits.take(1)
    for _ in range(bits.take(5) + 1):
        bits.take(12)
        if bits.take(5) > 7:
            bits.take(1)
        if delay_bits and bits.take(1):
            bits.take(2 * delay_bits + 1)
        if tells_delay and bits.take(1):
            bits.take(4)


_READERS: dict[str, Callable[[bytes], Size | None]] = {"VP8": _vp8, "VP9": _vp9, "H264": _h264, "AV1": _av1}
