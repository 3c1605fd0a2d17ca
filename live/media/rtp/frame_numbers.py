"""Continues the frame numbers of dependency descriptors when a source is replaced.

Receivers drop a structure whose frame number is lower than that of the structure before: they believe it is late.
"""

from __future__ import annotations

from live.media.rtp.header import frame_number

MASK = 0xFFFF


def offset_after(last: int, shift: int, descriptor: bytes) -> int:
    """What to add to this descriptor's frame number so that it follows `last`, which was sent plus `shift`."""
    return last + shift + 1 - frame_number(descriptor) & MASK


class FrameNumbers:
    """Maps the frame numbers of an encoding's consecutive sources to one outgoing sequence."""

    __slots__ = ("_shift", "_starting", "highest")

    def __init__(self) -> None:
        self.highest: int | None = None  # outgoing, modulo 2^16; None before the first
        self._starting = True
        self._shift = 0  # outgoing minus incoming

    def start_source(self) -> None:
        """The next descriptor comes from another source."""
        self._starting = True

    def rewrite(self, descriptor: bytes) -> int:
        """The outgoing number of this descriptor's frame."""
        if self._starting:
            self._starting = False
            if self.highest is not None:
                self._shift = offset_after(self.highest, 0, descriptor)
        number = frame_number(descriptor) + self._shift & MASK
        if self.highest is None or number - self.highest & MASK <= MASK >> 1:
            self.highest = number
        return number
