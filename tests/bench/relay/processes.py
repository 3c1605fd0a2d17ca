"""What a bench needs of processes: an event loop in one, and what the kernel says one has used."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

import uvloop

FLOOR = Path(__file__).with_name("floor.c")


def run_on_uvloop(coroutine: Coroutine[Any, Any, None]) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(coroutine)


def cpu_seconds(pid: int) -> float:
    """Time on a processor, kernel included, of all its threads."""
    threads = [Path(f"/proc/{pid}/task/{t}/schedstat").read_text().split() for t in os.listdir(f"/proc/{pid}/task")]
    return sum(int(fields[0]) for fields in threads) / 1e9


def resident_kb(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


class Floor:
    """The C program that sends without a server: what this machine's kernel takes for it, now."""

    def __init__(self, folder: Path) -> None:
        """Raises RuntimeError when there is no compiler, or it does not take the program."""
        compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
        if compiler is None:
            raise RuntimeError("no C compiler")
        self._program = folder / "floor"
        made = subprocess.run(
            [compiler, "-O2", "-o", self._program, FLOOR], capture_output=True, text=True, check=False
        )
        if made.returncode:
            raise RuntimeError(made.stderr.strip())

    def microseconds(
        self, sockets: int, frames: int, packets: int, size: int, pause_s: float, *, whole: bool,
        processor: int | None = None,
    ) -> float:  # fmt: skip
        """CPU for each packet. `whole`: the readers take a frame as one, so that nothing has to be cut."""
        numbers = (sockets, frames, packets, size, int(pause_s * 1e6), int(whole))
        chosen = ["taskset", "-c", str(processor)] if processor is not None else []
        done = subprocess.run([*chosen, self._program, *map(str, numbers)], capture_output=True, text=True, check=True)
        return int(done.stdout) / 1000
