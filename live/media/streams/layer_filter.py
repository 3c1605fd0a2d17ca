"""Drops layers from a stream and renumbers the rest, so that receivers see no gap.

Upper layers are dropped, and also lower spatial layers that the upper one needs only in keyframes (the modes named
*_KEY). A receiver that gets both layers and lacks a packet of the lower one continues with the upper one. The
retransmission then comes too late, and no later picture can be decoded until the next keyframe.

To receivers, a gap in the numbers is a loss. A packet that was lost on the way from the publisher therefore keeps its
number until it arrives or is given up. If it turns out to belong to a dropped layer, a packet of padding replaces it.

The marker says that a picture is complete. An AV1 encoder may skip a layer in one picture and still send the layer
above it, so only the next packet shows which packet was the last: see `ends_picture`.
"""

from __future__ import annotations

from live.media.rtp.descriptors import FramePosition
from live.media.rtp.packets import Packet

WINDOW = 2048  # packets, a power of two: how late a packet may be
PADDING_ONLY = b"\x01"


class LayerFilter:
    def __init__(self, spatial: int, temporal: int) -> None:
        """Keeps the frames that a receiver of these layers needs."""
        self.spatial = spatial
        self.temporal = temporal
        self.open: int | None = None  # timestamp of a picture that may be complete, or continue with another layer
        self._highest = -1  # of the unfiltered stream
        self._dropped = self._pictures = 0  # packets and pictures dropped so far
        self._dropping = -1  # timestamp of the picture dropped last
        self._before = [(0, 0)] * WINDOW  # by sequence number: packets and pictures dropped before that packet

    def _keeps(self, position: FramePosition) -> bool:
        if position.spatial < self.spatial and position.independent:
            return False
        return position.spatial <= self.spatial and position.temporal <= self.temporal

    def ends_picture(self, packet: Packet, position: FramePosition) -> bool:
        """Whether this packet, not yet filtered, shows that the open picture is complete."""
        if self.open is None or packet.sequence <= self._highest:
            return False
        left_out = position.spatial > self.spatial or (packet.marker and not self._keeps(position))
        if packet.timestamp == self.open and not left_out:
            return False
        self.open = None
        return True

    def filter(self, packet: Packet, position: FramePosition) -> Packet | None:
        """The packet, renumbered. None when it is dropped or too old."""
        kept = self._keeps(position)
        if packet.sequence <= self._highest:
            return self._filter_late(packet, position, kept)
        if self._highest < 0:
            self._highest = packet.sequence - 1
        dropped = self._dropped, self._pictures
        for sequence in range(max(self._highest + 1, packet.sequence - WINDOW + 1), packet.sequence + 1):
            self._before[sequence % WINDOW] = dropped
        self._highest = packet.sequence
        if kept:
            made = self._renumber(packet, position, *dropped)
            self.open = packet.timestamp if position.ends and packet.descriptor and not made.marker else None
            return made
        self._dropped += 1
        if position.temporal > self.temporal and packet.timestamp != self._dropping:
            self._dropping = packet.timestamp
            self._pictures += 1
        return None

    def _filter_late(self, packet: Packet, position: FramePosition, kept: bool) -> Packet | None:
        if packet.sequence <= self._highest - WINDOW:
            return None
        before = self._before[packet.sequence % WINDOW]
        if kept:
            return self._renumber(packet, position, *before)
        return Packet(packet.sequence - before[0], packet.timestamp, False, True, PADDING_ONLY)

    def _renumber(self, packet: Packet, position: FramePosition, dropped: int, pictures: int) -> Packet:
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
