"""A server whose clock tests move: `python -m tests.vod.ads.faults.node serve`, with the clock's offset in a file."""

from __future__ import annotations

import mmap
import os
import struct
import sys
from pathlib import Path

import core.clock

OFFSET = "ADS_TEST_OFFSET"  # the variable that names the file
OFTEN_S = 0.1  # so that a moved clock is noticed soon


class Offset:
    """Milliseconds that are added to the real time, in a file that every process sees."""

    def __init__(self, path: Path) -> None:
        if not path.exists():
            path.write_bytes(struct.pack("q", 0))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), 8)

    @property
    def ms(self) -> int:
        return int(struct.unpack("q", self._map)[0])

    @ms.setter
    def ms(self, value: int) -> None:
        self._map[:] = struct.pack("q", value)


def main() -> int:
    offset, real = Offset(Path(os.environ[OFFSET])), core.clock.system_clock
    core.clock.system_clock = lambda: real() + offset.ms  # before anybody imports it
    from vod.ads.serving import upkeep

    upkeep.TICK_S = OFTEN_S
    from cadeau.cli import main as cadeau

    return cadeau()


if __name__ == "__main__":
    sys.exit(main())
