"""A test film that is hard to compress, for Chromium's fake camera."""

from __future__ import annotations

import random
from pathlib import Path

WIDTH, HEIGHT, FRAMES = 1280, 720, 30
GRAIN = 24  # levels of brightness


def write_film(path: Path, width: int = WIDTH, height: int = HEIGHT) -> None:
    """Write one second of YUV4MPEG2, which Chromium repeats. Its grain drifts, so that every frame differs."""
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
    """Chromium's arguments to use the film as camera."""
    return [f"--use-file-for-fake-video-capture={path}"]
