"""Reads bit fields, as in the headers of video streams."""

from __future__ import annotations

ZEROS_MAX = 32  # before an exp-Golomb number; no format has longer ones


class Bits:
    """Reads one number after another. Raises ValueError at the end of the data."""

    __slots__ = ("_number", "left", "total")

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data)
        self.left = self.total = 8 * len(data)

    def read(self, count: int) -> int:
        self.left -= count
        if self.left < 0:
            raise ValueError("not enough bits")
        return self._number >> self.left & (1 << count) - 1

    def read_below(self, limit: int) -> int:
        """A number below `limit`: ns(n) of the AV1 specification, 4.10.7."""
        width = limit.bit_length()
        short = (1 << width) - limit
        value = self.read(width - 1)
        return value if value < short else (value << 1) - short + self.read(1)

    def read_golomb(self) -> int:
        """ue(v) of H.264, 9.1, and uvlc() of AV1, 4.10.3."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > ZEROS_MAX:
                raise ValueError("not an exp-Golomb number")
        return (1 << zeros) - 1 + self.read(zeros)

    def read_signed_golomb(self) -> int:
        """se(v) of H.264, 9.1.1."""
        value = self.read_golomb()
        return (value + 1) // 2 if value & 1 else -(value // 2)
