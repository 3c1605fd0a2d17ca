"""One picture as the network and the hash want it."""

from __future__ import annotations

from typing import Any

import numpy as np
from PIL import Image

from trust.machine.sight.network import RESIZED_PX

CONTRAST_MIN = 6.0
"""Standard deviation of brightness, of 255. Below, there is nothing to see, and the network guesses from the colour."""
PDQ_QUALITY_MIN = 50  # of 100; hashes of emptier pictures are alike

GREEN = 1  # is most of the brightness
BARS_MAX = 4  # inside each other

Pixels = np.ndarray[Any, np.dtype[np.uint8]]


def is_blank(rgb: Pixels) -> bool:
    """Whether a picture shows nothing, so that nothing is decided about it."""
    return float(np.std(rgb[:, :, GREEN])) < CONTRAST_MIN


def without_borders(rgb: Pixels) -> Pixels:
    """The picture without bars of one colour, which copies are given to look different.

    Bars inside bars, too: the dark sky at the top of a picture is one, with or without a frame around it.
    """
    for _ in range(BARS_MAX):
        brightness = rgb[:, :, GREEN]
        rows, columns = _varied(brightness, 1), _varied(brightness, 0)
        if (rows.all() and columns.all()) or not rows.any() or not columns.any():
            break
        top, bottom = int(rows.argmax()), len(rows) - int(rows[::-1].argmax())
        left, right = int(columns.argmax()), len(columns) - int(columns[::-1].argmax())
        if (bottom - top, right - left) == brightness.shape:
            break
        rgb = rgb[top:bottom, left:right]
    return rgb


def _varied(brightness: Pixels, axis: int) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Which rows or columns show anything: scaling leaves a pixel of a frame at their ends, which does not count."""
    ordered = np.sort(brightness, axis=axis)
    edge = max(1, brightness.shape[axis] // 30)
    low, high = np.take(ordered, edge, axis=axis), np.take(ordered, -1 - edge, axis=axis)
    varied: np.ndarray[Any, np.dtype[np.bool_]] = high.astype(np.int16) - low > CONTRAST_MIN
    return varied


def squared(rgb: Pixels) -> Pixels:
    """The whole picture inside a square of RESIZED_PX, on black: squeezed or cropped, an upright one shows less."""
    image = Image.fromarray(rgb)
    scale = RESIZED_PX / max(image.size)
    size = max(1, round(image.width * scale)), max(1, round(image.height * scale))
    canvas = Image.new("RGB", (RESIZED_PX, RESIZED_PX))
    canvas.paste(
        image.resize(size, Image.Resampling.BILINEAR), ((RESIZED_PX - size[0]) // 2, (RESIZED_PX - size[1]) // 2)
    )
    return np.asarray(canvas)


def pdq(rgb: Pixels) -> bytes:
    """The PDQ hash, 32 bytes; empty without the package, and for pictures too empty to tell apart."""
    try:
        import pdqhash
    except ImportError:
        return b""
    bits, quality = pdqhash.compute(np.ascontiguousarray(rgb))
    return np.packbits(bits.astype(np.uint8)).tobytes() if quality >= PDQ_QUALITY_MIN else b""
