"""Pictures made by code, and what people do to copies of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
Edit = Callable[[Pixels], Pixels]
SIDE_PX = 256


def small(pixels: Pixels) -> Pixels:
    """As large as a still."""
    image = Image.fromarray(pixels)
    image.thumbnail((SIDE_PX, SIDE_PX))
    return np.asarray(image)


def scene(seed: int) -> Pixels:
    """A picture of shapes over a gradient, upright, that looks like no other one."""
    rng = np.random.default_rng(seed)
    across = np.linspace(0, 1, 144)[np.newaxis, :, np.newaxis]
    down = np.linspace(0, 1, SIDE_PX)[:, np.newaxis, np.newaxis]
    corners = rng.integers(0, 255, (3, 3))
    image = Image.fromarray((corners[0] * (1 - down) + corners[1] * down * (1 - across) + corners[2] * down * across)
                            .clip(0, 255).astype(np.uint8))  # fmt: skip
    draw = ImageDraw.Draw(image)
    for _ in range(14):
        x, y, size = rng.integers(0, 144), rng.integers(0, SIDE_PX), rng.integers(12, 70)
        box = (int(x - size), int(y - size), int(x + size), int(y + size))
        colour = tuple(int(one) for one in rng.integers(0, 255, 3))
        (draw.ellipse, draw.rectangle)[int(rng.integers(2))](box, fill=colour, outline=colour[::-1])
    noise = rng.integers(-12, 12, (SIDE_PX, 144, 1))
    return (np.asarray(image).astype(np.int16) + noise).clip(0, 255).astype(np.uint8)


def stripes(count: int) -> Pixels:
    """A picture that is like no `scene`."""
    waves = 127 + 120 * np.sin(np.linspace(0, count * np.pi, SIDE_PX))
    return np.repeat(np.repeat(waves[:, np.newaxis, np.newaxis], 144, axis=1), 3, axis=2).astype(np.uint8)


def _crop(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    return pixels[height // 10 : -height // 10, width // 10 : -width // 10]


def _mirror(pixels: Pixels) -> Pixels:
    return pixels[:, ::-1]


def _border(pixels: Pixels) -> Pixels:
    edge = pixels.shape[1] // 10
    return np.pad(pixels, ((edge, edge), (edge, edge), (0, 0)), constant_values=245)


def _caption(pixels: Pixels) -> Pixels:
    image = Image.fromarray(pixels)
    draw = ImageDraw.Draw(image)
    top = int(image.height * 0.8)
    draw.rectangle((0, top, image.width, top + image.height // 9), fill=(0, 0, 0))
    draw.text((6, top + 6), "LOOK AT THIS!!", fill=(255, 255, 255))
    return np.asarray(image)


EDITS: Mapping[str, Edit] = {"crop": _crop, "mirror": _mirror, "border": _border, "caption": _caption}
