"""The numbers of frames in dependency descriptors, carried on from one source to the next as those of packets are.

Receivers take a structure that comes with a lower number than the one before for an old one, and drop it.
"""

from __future__ import annotations

from live.media.rtp.header import frame_number

MASK = 0xFFFF


def behind(last: int, shift: int, descriptor: bytes) -> int:
    """What to add to a descriptor's frame number so that it follows `last`, to which `shift` was added."""
    return last + shift + 1 - frame_number(descriptor) & MASK


class FrameNumbers:
    """Of one encoding: what to add to what its publishers send in turn."""

    __slots__ = ("_begins", "_shift", "highest")

    def __init__(self) -> None:
        self.highest: int | None = None  # outgoing, modulo 2^16; None until there is any
        self._begins = True
        self._shift = 0

    def start_source(self) -> None:
        """Another source is about to come."""
        self._begins = True

    def carried(self, descriptor: bytes) -> int:
        """The outgoing number of the frame a packet is of."""
        if self._begins:
            self._begins = False
            if self.highest is not None:
                self._shift = behind(self.highest, 0, descriptor)
        number = frame_number(descriptor) + self._shift & MASK
        if self.highest is None or number - self.highest & MASK <= MASK >> 1:
            self.highest = number
        return number
