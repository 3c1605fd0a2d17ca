"""Writes a packet's header for one subscriber (RFC 3550, 5.1), with header extensions (RFC 8285).

There are two extensions: abs-send-time and the publisher's dependency descriptor. Both are written as one-byte
extensions where the descriptor fits, and otherwise, for most keyframes, as two-byte extensions.
"""

from __future__ import annotations

import struct

from live.media.rtp.packets import HEADER_BYTES, ONE_BYTE_EXTENSIONS, TWO_BYTE_EXTENSIONS, Packet

SHORT_BYTES_MAX, SHORT_ID_MAX = 16, 14  # of a one-byte header extension
DESCRIPTOR_BYTES_MAX = 255  # in a two-byte header extension
SEND_TIME_BYTES = 3

_HEADER = struct.Struct("!LLL")
_TIMED_HEADER = struct.Struct("!LLLLL")  # with abs-send-time alone, which takes one word
_EXTENSIONS = struct.Struct("!HH")


def header_bytes(packet: Packet, send_time: int, dependency: int) -> int:
    """The header's length for a subscriber that negotiated these extension ids; 0: not negotiated."""
    size = len(packet.descriptor) if dependency else 0
    if not size:
        return _TIMED_HEADER.size if send_time else HEADER_BYTES
    overhead = 1 if _fits_one_byte_form(size, dependency) else 2  # of each extension: id and length
    size += overhead + (overhead + SEND_TIME_BYTES if send_time else 0)
    return HEADER_BYTES + _EXTENSIONS.size + (size + 3 & ~3)


def write_header(
    to: bytearray | memoryview, packet: Packet, payload_type: int, index: int, timestamp_shift: int, frame_shift: int,
    ssrc: int, extensions: tuple[int, int], send_time: int,
) -> None:  # fmt: skip
    """`to` has `header_bytes` bytes. `extensions`: the ids of abs-send-time and dependency descriptor; 0: none."""
    first = 0xA000 if packet.padded else 0x8000
    if packet.marker:
        first |= 0x80
    timestamp = packet.timestamp + timestamp_shift & 0xFFFFFFFF
    timed, described = extensions
    if described and packet.descriptor:
        _HEADER.pack_into(to, 0, (first | 0x1000 | payload_type) << 16 | index & 0xFFFF, timestamp, ssrc)
        to[HEADER_BYTES:] = _extensions(packet.descriptor, timed, described, frame_shift, send_time)
    elif timed:
        _TIMED_HEADER.pack_into(
            to, 0, (first | 0x1000 | payload_type) << 16 | index & 0xFFFF, timestamp, ssrc,
            ONE_BYTE_EXTENSIONS << 16 | 1, timed << 28 | SEND_TIME_BYTES - 1 << 24 | send_time,
        )  # fmt: skip
    else:
        _HEADER.pack_into(to, 0, (first | payload_type) << 16 | index & 0xFFFF, timestamp, ssrc)


def _fits_one_byte_form(size: int, number: int) -> bool:
    return size <= SHORT_BYTES_MAX and number <= SHORT_ID_MAX


def _extensions(descriptor: bytes, timed: int, described: int, frame_shift: int, send_time: int) -> bytes:
    size = len(descriptor)
    short = _fits_one_byte_form(size, described)
    if frame_shift:
        descriptor = numbered(descriptor, frame_number(descriptor) + frame_shift)
    elements = bytes((described << 4 | size - 1,) if short else (described, size)) + descriptor
    if timed:
        prefix = (timed << 4 | SEND_TIME_BYTES - 1,) if short else (timed, SEND_TIME_BYTES)
        elements = bytes(prefix) + send_time.to_bytes(SEND_TIME_BYTES) + elements
    elements += bytes(-len(elements) % 4)
    return _EXTENSIONS.pack(ONE_BYTE_EXTENSIONS if short else TWO_BYTE_EXTENSIONS, len(elements) // 4) + elements


def frame_number(descriptor: bytes) -> int:
    return descriptor[1] << 8 | descriptor[2]


def numbered(descriptor: bytes, number: int) -> bytes:
    """The same descriptor with another frame number."""
    return descriptor[:1] + (number & 0xFFFF).to_bytes(2) + descriptor[3:]
