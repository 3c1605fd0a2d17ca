"""Drawing with numpy: gradients, palettes, soft discs. Coordinates are -1 to 1 across, -16/9 to 16/9 down."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cadeau.demo.clip import Field, Frame

WIDTH, HEIGHT = 360, 640
SOFT_WIDTH, SOFT_HEIGHT = 90, 160  # for pictures without edges; they are scaled up
TURN = 2 * np.pi


@cache
def grid(width: int = WIDTH, height: int = HEIGHT) -> tuple[Field, Field]:
    """The coordinates of each pixel: across and down."""
    x = np.linspace(-1, 1, width, dtype=np.float32)
    y = np.linspace(-height / width, height / width, height, dtype=np.float32)
    across, down = np.meshgrid(x, y)
    return across, down


@cache
def polar(width: int = WIDTH, height: int = HEIGHT) -> tuple[Field, Field]:
    """The distance of each pixel from the middle, and its angle in turns, 0 to 1."""
    x, y = grid(width, height)
    return np.hypot(x, y), (np.arctan2(y, x) / TURN).astype(np.float32) % 1


def phases(count: int) -> Iterator[float]:
    """From 0 to nearly 1: what repeats with it repeats without a seam."""
    return (number / count for number in range(count))


def colour(code: str) -> NDArray[np.float32]:
    """Red, green and blue of `#rrggbb`."""
    return np.array([int(code[at : at + 2], 16) for at in (1, 3, 5)], np.float32)


def palette(*codes: str, cyclic: bool = False) -> Frame:
    """256 colours that run through these."""
    stops = np.array([colour(code) for code in (*codes, codes[0])] if cyclic else [colour(code) for code in codes])
    at = np.linspace(0, len(stops) - 1, 256)
    mixed = np.stack([np.interp(at, np.arange(len(stops)), stops[:, channel]) for channel in range(3)], axis=1)
    return mixed.astype(np.uint8)


def vertical(*codes: str, height: int = HEIGHT, width: int = WIDTH) -> Frame:
    """A gradient from the top to the bottom."""
    column = palette(*codes)[np.linspace(0, 255, height).astype(np.uint8)]
    return np.repeat(column[:, None], width, axis=1)


def disc(frame: Frame, x: float, y: float, radius: float, code: str, strength: float = 1.0, soft: float = 1.0) -> None:
    """A disc with a soft edge, in pixels of the frame; what is outside is left out."""
    height, width = frame.shape[:2]
    reach = radius + soft
    left, right = max(0, int(x - reach)), min(width, int(x + reach) + 2)
    top, bottom = max(0, int(y - reach)), min(height, int(y + reach) + 2)
    if left >= right or top >= bottom:
        return
    across = np.arange(left, right, dtype=np.float32) - np.float32(x)
    down = np.arange(top, bottom, dtype=np.float32)[:, None] - np.float32(y)
    cover = np.clip((radius + soft / 2 - np.sqrt(across * across + down * down)) / soft, 0, 1)[..., None] * strength
    part = frame[top:bottom, left:right]
    frame[top:bottom, left:right] = part + (colour(code) - part) * cover


def glow(frame: Frame, x: float, y: float, radius: float, code: str, strength: float = 1.0) -> None:
    """Light that fades from its middle."""
    disc(frame, x, y, 0.0, code, strength, soft=radius * 2)


def ridge(seed: int, length: int, roughness: float) -> NDArray[Any]:
    """The outline of hills, around 0, that closes on itself after `length`."""
    random = np.random.default_rng(seed)
    at = np.arange(length) / length * TURN
    waves = range(1, 14)
    line = np.zeros(length)
    for k in waves:
        line += random.uniform(0.5, 1) / k**roughness * np.sin(k * at + random.uniform(0, TURN))
    return line


def below(frame: Frame, line: NDArray[Any], code: str, strength: float = 1.0) -> None:
    """Fill everything below a line, which is given as a height in pixels for each column."""
    tint, first = colour(code), max(0, int(line.min()) - 1)
    last = frame.shape[0] if strength < 1 else max(first, int(line.max()) + 2)  # from here on all is filled
    cover = np.clip(np.arange(first, last, dtype=np.float32)[:, None] - line[None, :].astype(np.float32), 0, 1)
    part = frame[first:last]
    frame[first:last] = part + (tint - part) * (cover * np.float32(strength))[..., None]
    frame[last:] = tint


def shifted(line: NDArray[Any], by: float) -> NDArray[Any]:
    """The part of a closed outline that is as wide as the picture, from `by` (0 to 1) on, between two of its points."""
    exact = by * len(line)
    first = int(exact)
    at = (np.arange(WIDTH) + first) % len(line)
    rest = exact - first
    return line[at] * (1 - rest) + line[(at + 1) % len(line)] * rest
