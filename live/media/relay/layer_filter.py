"""What is left of a stream when layers are dropped, numbered without holes: the upper ones, and of the lower ones what
the upper need not.

Of an encoder that predicts a layer from the one below only in keyframes (the modes named *_KEY), a receiver that gets
both and lacks a packet of the lower one goes on with the upper; when the packet comes it is too late, and the lower
layer, and with it every later picture, cannot be decoded any more until the next keyframe.

A receiver takes a hole in the numbers for a loss, and so it may: what a publisher lost on its way keeps its place here
until it comes or is given up. When such a packet turns out to be of a dropped layer, a packet of nothing but padding
takes its place.

The last packet of a picture is marked: by that receivers know that all its layers are there. An encoder of AV1 may
leave a layer out of a picture and go on with the one above. Which packet is the last one here, shows the next.
"""

from __future__ import annotations

from live.media.rtp.descriptors import FramePosition
from live.media.rtp.packets import Packet

WINDOW = 2048  # packets, a power of two: how late one may be
PADDING_ONLY = b"\x01"


class LayerFilter:
    def __init__(self, spatial: int, temporal: int) -> None:
        self.spatial = spatial
        self.temporal = temporal
        self._highest = -1  # of the whole stream
        self._dropped = self._pictures = 0  # packets and pictures, up to there
        self._dropping = -1  # timestamp of the picture that was dropped last
        self.open: int | None = None  # timestamp of a picture of which a layer has ended and another may come, or not
        self._before = [(0, 0)] * WINDOW  # how many of both were dropped before a packet, by its number

    def _keeps(self, position: FramePosition) -> bool:
        if position.spatial < self.spatial and position.apart:
            return False
        return position.spatial <= self.spatial and position.temporal <= self.temporal

    def closes(self, packet: Packet, position: FramePosition) -> bool:
        """Whether this packet, which is to be taken next, shows that the open picture has nothing more to come."""
        if self.open is None or packet.sequence <= self._highest:
            return False
        left_out = position.spatial > self.spatial or (packet.marker and not self._keeps(position))
        if packet.timestamp == self.open and not left_out:
            return False
        self.open = None
        return True

    def take(self, packet: Packet, position: FramePosition) -> Packet | None:
        """The packet as this forwarded stream has it, numbered anew; None when it is not part of it, or too old."""
        kept = self._keeps(position)
        if packet.sequence <= self._highest:
            return self._late(packet, position, kept)
        if self._highest < 0:
            self._highest = packet.sequence - 1
        dropped = self._dropped, self._pictures
        for sequence in range(max(self._highest + 1, packet.sequence - WINDOW + 1), packet.sequence + 1):
            self._before[sequence % WINDOW] = dropped
        self._highest = packet.sequence
        if kept:
            made = self._renumbered(packet, position, *dropped)
            self.open = packet.timestamp if position.ends and packet.descriptor and not made.marker else None
            return made
        self._dropped += 1
        if position.temporal > self.temporal and packet.timestamp != self._dropping:
            self._dropping = packet.timestamp
            self._pictures += 1
        return None

    def _late(self, packet: Packet, position: FramePosition, kept: bool) -> Packet | None:
        if packet.sequence <= self._highest - WINDOW:
            return None
        before = self._before[packet.sequence % WINDOW]
        if kept:
            return self._renumbered(packet, position, *before)
        return Packet(packet.sequence - before[0], packet.timestamp, False, True, PADDING_ONLY)

    def _renumbered(self, packet: Packet, position: FramePosition, dropped: int, pictures: int) -> Packet:
        payload = packet.payload
        if pictures and packet.picture_at:
            at = packet.picture_at
            picture = (payload[at] << 8 | payload[at + 1]) - pictures & 0x7FFF
            payload = payload[:at] + (picture | 0x8000).to_bytes(2, "big") + payload[at + 2 :]
        marker = packet.marker or (position.ends and position.spatial == self.spatial)
        return Packet(
            packet.sequence - dropped, packet.timestamp, marker, packet.padded, payload, packet.keyframe,
            packet.picture_at, packet.tl0_at, packet.descriptor,
        )  # fmt: skip
