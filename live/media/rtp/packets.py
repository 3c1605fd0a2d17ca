"""RTP packets (RFC 3550), read without decoding their payload."""

from __future__ import annotations

import struct
from typing import NamedTuple

HEADER_BYTES = 12
ONE_BYTE_EXTENSIONS = 0xBEDE
TWO_BYTE_EXTENSIONS = 0x1000

_HEADER = struct.Struct("!BBHLL")
_EXTENSION = struct.Struct("!HH")


class ReceivedPacket(NamedTuple):
    """A packet as it came. `payload` holds its padding, if any, as it was: see `padded`."""

    payload_type: int
    marker: bool
    sequence: int  # 16 bits
    timestamp: int  # 32 bits
    ssrc: int
    padded: bool
    payload: bytes
    extensions: bytes = b""  # its header extensions, with what says their form: see `extension`
    at: float = 0.0  # when it arrived, in monotonic seconds


class Packet:
    """A packet as subscribers get it. Once sent it never changes: the same number with other content breaks SRTP."""

    __slots__ = (
        "descriptor",
        "keyframe",
        "marker",
        "padded",
        "payload",
        "picture_at",
        "send_time",
        "sequence",
        "timestamp",
        "tl0_at",
    )

    def __init__(
        self, sequence: int, timestamp: int, marker: bool, padded: bool, payload: bytes, keyframe: bool = False,
        picture_at: int = 0, tl0_at: int = 0, descriptor: bytes = b"",
    ) -> None:  # fmt: skip
        self.sequence = sequence  # extended: counts on beyond 16 bits
        self.timestamp = timestamp
        self.marker = marker
        self.padded = padded
        self.payload = payload
        self.keyframe = keyframe  # a picture that needs no other begins here
        self.picture_at = picture_at  # where in the payload a 15-bit VP8 picture id stands; 0: nowhere
        self.tl0_at = tl0_at  # where TL0PICIDX stands; 0: nowhere
        self.descriptor = descriptor  # of its frame's dependencies, 3 to 255 bytes; empty: it has none
        self.send_time = 0  # when it was first sent, in units of abs-send-time: 2^-18 s, 24 bits


def parse(data: bytes, at: float = 0.0) -> ReceivedPacket | None:
    """A packet's fields, its CSRCs left out; None when it is none."""
    if len(data) < HEADER_BYTES:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    if first & 0xC0 != 0x80:
        return None
    fixed = start = HEADER_BYTES + 4 * (first & 0x0F)
    if first & 0x10:
        if len(data) < start + 4:
            return None
        start += 4 + 4 * (data[start + 2] << 8 | data[start + 3])
    if len(data) < start:
        return None
    return ReceivedPacket(
        second & 0x7F, second & 0x80 != 0, sequence, timestamp, ssrc, first & 0x20 != 0, data[start:],
        data[fixed:start], at,
    )  # fmt: skip


def extension(data: bytes, wanted: int) -> bytes | None:
    """The value of one header extension (RFC 8285), out of the `extensions` of a packet."""
    if not data:
        return None
    profile, _ = _EXTENSION.unpack_from(data)
    at, end = _EXTENSION.size, len(data)
    one_byte = profile == ONE_BYTE_EXTENSIONS
    if not one_byte and profile & 0xFFF0 != TWO_BYTE_EXTENSIONS:
        return None
    while at < end:
        if data[at] == 0:  # padding between elements
            at += 1
            continue
        if one_byte:
            number, size, at = data[at] >> 4, (data[at] & 0x0F) + 1, at + 1
        elif at + 2 <= end:
            number, size, at = data[at], data[at + 1], at + 2
        else:
            return None
        if at + size > end:
            return None
        if number == wanted:
            return data[at : at + size]
        at += size
    return None


def media_bytes(parsed: ReceivedPacket) -> int:
    """Bytes of the payload that are not padding; negative when the padding claims more than there is, or none."""
    size = len(parsed.payload)
    if not parsed.padded:
        return size
    return size - parsed.payload[-1] if size and parsed.payload[-1] else -1


def original(retransmission: ReceivedPacket, payload_type: int, ssrc: int) -> ReceivedPacket | None:
    """The packet inside a retransmission (RFC 4588); None for the padding some senders probe with."""
    if media_bytes(retransmission) < 2:
        return None
    payload = retransmission.payload
    return retransmission._replace(
        payload_type=payload_type, ssrc=ssrc, sequence=payload[0] << 8 | payload[1], payload=payload[2:]
    )


def nearest(number: int, to: int, bits: int = 16) -> int:
    """The extended number whose low bits are `number` and which is nearest `to`."""
    half = 1 << bits - 1
    return to + ((number - to + half) & (1 << bits) - 1) - half
