"""Reads the variable-length numbers in the headers of video streams."""

from __future__ import annotations

LEADING_ZEROS_MAX = 32  # of an exp-Golomb number: the formats have no larger ones


class Bits:
    """Reads one number after another. Raises ValueError at the end of the data."""

    __slots__ = ("_number", "left", "total")

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data)
        self.left = self.total = 8 * len(data)

    def read(self, count: int) -> int:
        """An unsigned number of `count` bits."""
        self.left -= count
        if self.left < 0:
            raise ValueError("not enough bits")
        return self._number >> self.left & (1 << count) - 1

    def read_ns(self, limit: int) -> int:
        """A number below `limit`: ns(n) of the AV1 specification, 4.10.7."""
        width = limit.bit_length()
        short = (1 << width) - limit
        value = self.read(width - 1)
        return value if value < short else (value << 1) - short + self.read(1)

    def read_ue(self) -> int:
        """An exp-Golomb number: ue(v) of H.264, 9.1, and uvlc() of AV1, 4.10.3."""
        zeros = 0
        while not self.read(1):
            zeros += 1
            if zeros > LEADING_ZEROS_MAX:
                raise ValueError("not an exp-Golomb number")
        return (1 << zeros) - 1 + self.read(zeros)

    def read_se(self) -> int:
        """A signed exp-Golomb number: se(v) of H.264, 9.1.1."""
        value = self.read_ue()
        return (value + 1) // 2 if value & 1 else -(value // 2)
