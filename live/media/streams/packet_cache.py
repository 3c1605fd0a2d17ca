"""The latest packets of a stream: one copy for fan-out, retransmissions and late joiners."""

from __future__ import annotations

from live.media.rtp.packets import Packet


class PacketCache:
    """A ring, indexed by extended sequence number. `slots` is a power of two; older packets are overwritten."""

    def __init__(self, slots: int) -> None:
        if slots & (slots - 1):
            raise ValueError("slots must be a power of two")
        self._mask = slots - 1
        self._ring: list[Packet | None] = [None] * slots
        self._highest = -1
        self._keyframe = -1  # number of the first packet of the last keyframe
        self._keyframe_timestamp = -1

    def put(self, packet: Packet) -> bool:
        """Store a packet. False, and nothing changes, when it is a duplicate or too old."""
        sequence = packet.sequence
        if sequence <= self._highest - len(self._ring):
            return False
        slot = sequence & self._mask
        known = self._ring[slot]
        if known is not None and known.sequence >= sequence:
            return False
        self._ring[slot] = packet
        if sequence > self._highest:
            self._highest = sequence
        if packet.keyframe:
            self._note_keyframe(packet)
        return True

    def _note_keyframe(self, packet: Packet) -> None:
        """Several packets of a keyframe may look like its first (parameter sets, then slices): keep the lowest."""
        same = packet.timestamp == self._keyframe_timestamp
        if packet.sequence < self._keyframe if same else packet.sequence > self._keyframe:
            self._keyframe = packet.sequence
            self._keyframe_timestamp = packet.timestamp

    def get(self, sequence: int) -> Packet | None:
        packet = self._ring[sequence & self._mask]
        if packet is None or packet.sequence != sequence or sequence <= self._highest - len(self._ring):
            return None
        return packet

    def keyframe(self, end: int) -> list[Packet]:
        """The packets of the last keyframe, before `end`. Empty when one is missing or has been overwritten."""
        found: list[Packet] = []
        for sequence in range(self._keyframe, end) if self._keyframe >= 0 else ():
            packet = self.get(sequence)
            if packet is None:
                return []
            if packet.timestamp != self._keyframe_timestamp:
                return found
            found.append(packet)
            if packet.marker:
                return found
        return []

    def group_of_pictures(self, packets_max: int, end: int) -> list[Packet]:
        """The last keyframe and everything after it, up to `end` (excluded). Empty when too long or incomplete."""
        count = end - self._keyframe
        if self._keyframe < 0 or not 0 < count <= min(packets_max, len(self._ring)):
            return []
        packets = [self.get(sequence) for sequence in range(self._keyframe, end)]
        return [] if None in packets else [packet for packet in packets if packet is not None]
