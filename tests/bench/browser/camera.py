"""A camera whose picture is hard to compress: a film of moving grain, for Chromium's fake capture device."""

from __future__ import annotations

import random
from pathlib import Path

WIDTH, HEIGHT, FRAMES = 1280, 720, 30
GRAIN = 24  # levels of brightness it differs by


def write_film(path: Path, width: int = WIDTH, height: int = HEIGHT) -> None:
    """A YUV4MPEG2 file of one second, which Chromium repeats: grain that drifts, so that every frame has to be sent."""
    chance = random.Random(5)
    levels = bytes(100 + level % GRAIN for level in range(256))
    grain = chance.randbytes(2 * width * height).translate(levels)
    colour = bytes([128]) * (width * height // 2)
    with path.open("wb") as film:
        film.write(f"YUV4MPEG2 W{width} H{height} F30:1 Ip A1:1 C420jpeg\n".encode())
        for _ in range(FRAMES):
            start = chance.randrange(width * height)
            film.write(b"FRAME\n" + grain[start : start + width * height] + colour)


def arguments(path: Path) -> list[str]:
    """For Chromium: the film instead of its own test picture."""
    return [f"--use-file-for-fake-video-capture={path}"]
