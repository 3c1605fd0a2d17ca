"""Rewrites the frame numbers in dependency descriptors, so that they continue when the source changes.

A receiver drops a structure with a lower number than the one before: it takes it for an old one.
"""

from __future__ import annotations

from live.media.rtp.header import frame_number

MASK = 0xFFFF


def behind(last: int, shift: int, descriptor: bytes) -> int:
    """The shift that makes a descriptor's frame number follow `last`, which was itself shifted by `shift`."""
    return last + shift + 1 - frame_number(descriptor) & MASK


class FrameNumbers:
    """The frame numbers of one encoding, across its publishers."""

    __slots__ = ("_begins", "_shift", "highest")

    def __init__(self) -> None:
        self.highest: int | None = None  # outgoing, modulo 2^16; None before the first
        self._begins = True
        self._shift = 0

    def start_source(self) -> None:
        """The next packet is from another source."""
        self._begins = True

    def rewrite(self, descriptor: bytes) -> int:
        """The outgoing number of a packet's frame."""
        if self._begins:
            self._begins = False
            if self.highest is not None:
                self._shift = behind(self.highest, 0, descriptor)
        number = frame_number(descriptor) + self._shift & MASK
        if self.highest is None or number - self.highest & MASK <= MASK >> 1:
            self.highest = number
        return number
