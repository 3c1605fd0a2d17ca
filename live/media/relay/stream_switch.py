"""Computes the offsets that continue a subscriber's numbers when it switches to another stream."""

from __future__ import annotations

import time
from typing import NamedTuple

from live.media.fanout.engine import RewriteOffsets
from live.media.relay.encoding import Encoding
from live.media.rtp.frame_numbers import offset_after
from live.media.rtp.packets import Packet
from live.media.streams.forwarded_stream import ForwardedStream

PICTURE_MASK, TL0_MASK = 0x7FFF, 0xFF


class LastSent(NamedTuple):
    """A subscriber's state before the switch."""

    next_index: int  # SRTP index of the next packet it gets
    picture: Packet | None  # the last packet it got that carries a picture id (VP8)
    encoding: Encoding
    stream: ForwardedStream
    offsets: RewriteOffsets


def switch_offsets(last: LastSent, encoding: Encoding, packet: Packet) -> RewriteOffsets:
    """The offsets with which `packet`, the first of the new stream, directly follows the last packet sent."""
    return RewriteOffsets(
        packet.sequence - last.next_index, _timestamp_offset(last, encoding, packet),
        *_picture_offsets(last, encoding, packet), _frame_offset(last, encoding, packet),
    )  # fmt: skip


def _timestamp_offset(last: LastSent, encoding: Encoding, packet: Packet) -> int:
    """Frames captured at the same time get the same timestamp from every encoding; timestamps never go back."""
    offset = last.offsets.timestamp
    if encoding is not last.encoding:
        now = time.monotonic()
        offset += last.encoding.numbering.timestamp_at(now) - encoding.numbering.timestamp_at(now)
    sent = last.stream.timestamp + last.offsets.timestamp
    ahead = packet.timestamp + offset - sent & 0xFFFFFFFF
    if not 0 < ahead < 1 << 31:
        offset = sent + 1 - packet.timestamp
    return offset & 0xFFFFFFFF


def _picture_offsets(last: LastSent, encoding: Encoding, packet: Packet) -> tuple[int, int]:
    """Offsets of VP8's PictureID and TL0PICIDX, which decoders check for gaps (RFC 7741, 4.2)."""
    before, offsets = last.picture, last.offsets
    if before is None or not packet.picture_at:
        return offsets.picture, offsets.tl0
    picture = _picture(before) + offsets.picture + 1 - _picture(packet) & PICTURE_MASK
    if encoding is last.encoding or not before.tl0_at or not packet.tl0_at:
        return picture, offsets.tl0
    tl0 = before.payload[before.tl0_at] + offsets.tl0 + 1 - packet.payload[packet.tl0_at] & TL0_MASK
    return picture, tl0


def _frame_offset(last: LastSent, encoding: Encoding, packet: Packet) -> int:
    """Frame numbers of dependency descriptors may have gaps within an encoding, but never go back."""
    frame, offset = last.stream.frame, last.offsets.frame
    if encoding is last.encoding or frame is None or not packet.descriptor:
        return offset
    return offset_after(frame, offset, packet.descriptor)


def _picture(packet: Packet) -> int:
    at = packet.picture_at
    return (packet.payload[at] << 8 | packet.payload[at + 1]) & PICTURE_MASK
