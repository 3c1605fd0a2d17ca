"""#fractal: Julia sets whose colours wander while one looks closer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cadeau.demo.canvas import HEIGHT, WIDTH, grid, palette, phases
from cadeau.demo.clip import Clip, Field, Frame, Music, Picture

ROUNDS = 70
SPARE = 1.5  # how much larger than the picture the set is computed, so that there is something to come closer to


def _escape(c: complex) -> Field:
    """How fast each point leaves, smoothed; 0 to 255, and again from 0."""
    x, y = grid(int(WIDTH * SPARE), int(HEIGHT * SPARE))
    z = (x * 1.05 + 1j * y * 1.05).ravel().astype(np.complex64) * np.exp(0.6j).astype(np.complex64)
    out = np.zeros(z.size, np.float32)
    left = np.arange(z.size)
    for number in range(ROUNDS):
        z = z * z + np.complex64(c)
        size = z.real**2 + z.imag**2
        gone = size > 256
        out[left[gone]] = number + 2 - np.log2(np.log2(size[gone]))
        left, z = left[~gone], z[~gone]
    out[left] = ROUNDS
    return (out * 6).astype(np.uint8).reshape(x.shape)


def _julia(*codes: str, c: complex, laps: int = 1) -> Picture:
    def picture(count: int) -> Iterator[Frame]:
        speed, colours = _escape(c), palette(*codes, cyclic=True)
        tall, wide = speed.shape
        for phase in phases(count):
            scale = 1 + (SPARE - 1) * (0.5 + 0.5 * np.cos(2 * np.pi * phase))
            rows = ((tall - 1) / 2 + np.linspace(-0.5, 0.5, HEIGHT) * HEIGHT * (scale - 0.001)).astype(np.int32)
            columns = ((wide - 1) / 2 + np.linspace(-0.5, 0.5, WIDTH) * WIDTH * (scale - 0.001)).astype(np.int32)
            yield colours[speed[rows][:, columns] + np.uint8(int(256 * laps * phase) % 256)]

    return picture


CLIPS = (
    Clip("julia-ember", "amina", "How deep does it go? Wait for it 🌀 #fractal", 5,
         _julia("#05010f", "#4a0d67", "#e8505b", "#ffd56b", "#fff7d6", c=-0.7269 + 0.1889j),
         Music("plucks", 110, (0, 3, 7, 10, 12, 15), 100)),
    Clip("julia-ice", "noe.draws", "Dendrites de givre, z² + c et rien d’autre ❄️ #fractale #fractal #maths", 4,
         _julia("#020824", "#0b4f8a", "#5cc8ff", "#ffffff", "#9be7ff", c=-0.4 + 0.6j), sound_of="julia-ember"),
    Clip("julia-garden", "yuki", "Same formula, other number. That is the whole trick #fractal", 6,
         _julia("#03120a", "#146356", "#a3da8d", "#f3ffe2", "#f9c74f", c=0.285 + 0.01j),
         Music("bells", 220, (0, 2, 4, 7, 9), 80)),
    Clip("julia-violet", "atelier.b", "Dragons violets 🐉 #fractal", 5,
         _julia("#0a0216", "#5a189a", "#c77dff", "#ffccf9", "#3c096c", c=-0.8 + 0.156j),
         Music("pad", 130.81, (0, 5, 7, 12, 17))),
)  # fmt: skip
