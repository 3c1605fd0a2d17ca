"""The header of a packet as one subscriber gets it (RFC 3550, 5.1), with its extensions (RFC 8285).

There may be two: when it was sent, and where its frame belongs, the publisher's dependency descriptor. They are written
in their short form where the descriptor fits it and in the long form where not, which is so of most keyframes.
"""

from __future__ import annotations

import struct

from live.media.rtp.packets import HEADER_BYTES, ONE_BYTE_EXTENSIONS, TWO_BYTE_EXTENSIONS, Packet

SHORT_BYTES_MAX, SHORT_ID_MAX = 16, 14  # of a header extension in its short form
DESCRIPTOR_BYTES_MAX = 255  # what the long form can say
SEND_TIME_BYTES = 3

_HEADER = struct.Struct("!LLL")
_TIMED_HEADER = struct.Struct("!LLLLL")  # with one-byte header extensions, one word of them: id, length, three bytes
_EXTENSIONS = struct.Struct("!HH")


def header_bytes(packet: Packet, send_time: int, dependency: int) -> int:
    """How long it is, for a subscriber who has the extensions under these ids; 0: not."""
    size = len(packet.descriptor) if dependency else 0
    if not size:
        return _TIMED_HEADER.size if send_time else HEADER_BYTES
    about = 1 if _short(size, dependency) else 2  # each: id and length
    size += about + (about + SEND_TIME_BYTES if send_time else 0)
    return HEADER_BYTES + _EXTENSIONS.size + (size + 3 & ~3)


def write_header(
    to: bytearray | memoryview, packet: Packet, payload_type: int, index: int, timestamp_shift: int, frame_shift: int,
    ssrc: int, extensions: tuple[int, int], send_time: int,
) -> None:  # fmt: skip
    """`extensions`: the ids of both, as `header_bytes` has them, which says how long `to` must be."""
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


def _short(size: int, number: int) -> bool:
    return size <= SHORT_BYTES_MAX and number <= SHORT_ID_MAX


def _extensions(descriptor: bytes, timed: int, described: int, frame_shift: int, send_time: int) -> bytes:
    size = len(descriptor)
    short = _short(size, described)
    if frame_shift:
        descriptor = numbered(descriptor, frame_number(descriptor) + frame_shift)
    elements = bytes((described << 4 | size - 1,) if short else (described, size)) + descriptor
    if timed:
        about = (timed << 4 | SEND_TIME_BYTES - 1,) if short else (timed, SEND_TIME_BYTES)
        elements = bytes(about) + send_time.to_bytes(SEND_TIME_BYTES) + elements
    elements += bytes(-len(elements) % 4)
    return _EXTENSIONS.pack(ONE_BYTE_EXTENSIONS if short else TWO_BYTE_EXTENSIONS, len(elements) // 4) + elements


def frame_number(descriptor: bytes) -> int:
    return descriptor[1] << 8 | descriptor[2]


def numbered(descriptor: bytes, number: int) -> bytes:
    """The descriptor of the same frame under another number."""
    return descriptor[:1] + (number & 0xFFFF).to_bytes(2) + descriptor[3:]
