"""Numbers of any number of bits, as the headers of video streams are written."""

from __future__ import annotations

ZEROS_MAX = 32  # before an exp-Golomb number: more is none of the formats'


class Bits:
    """Reads one number after another. Raises ValueError where there is none."""

    __slots__ = ("_number", "left", "total")

    def __init__(self, data: bytes) -> None:
        self._number = int.from_bytes(data)
        self.left = self.total = 8 * len(data)

    def take(self, count: int) -> int:
        self.left -= count
        if self.left < 0:
            raise ValueError("there are fewer bits than that")
        return self._number >> self.left & (1 << count) - 1

    def take_below(self, limit: int) -> int:
        """A number below `limit`, in as many bits as that needs: ns(n) of the AV1 specification, 4.10.7."""
        width = limit.bit_length()
        short = (1 << width) - limit
        value = self.take(width - 1)
        return value if value < short else (value << 1) - short + self.take(1)

    def take_golomb(self) -> int:
        """ue(v) of H.264, 9.1, and uvlc() of AV1, 4.10.3."""
        zeros = 0
        while not self.take(1):
            zeros += 1
            if zeros > ZEROS_MAX:
                raise ValueError("that is no exp-Golomb number")
        return (1 << zeros) - 1 + self.take(zeros)

    def take_signed_golomb(self) -> int:
        """se(v) of H.264, 9.1.1."""
        value = self.take_golomb()
        return (value + 1) // 2 if value & 1 else -(value // 2)
