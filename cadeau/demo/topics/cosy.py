"""#cosy: a fire, a lamp, fireflies, a candle, a window in the rain."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cadeau.demo.canvas import (
    HEIGHT,
    SOFT_HEIGHT,
    SOFT_WIDTH,
    TURN,
    WIDTH,
    below,
    disc,
    glow,
    grid,
    palette,
    phases,
    ridge,
    vertical,
)
from cadeau.demo.clip import Clip, Frame, Music


def _fire(count: int) -> Iterator[Frame]:
    """Heat that rises, cools and is stirred."""
    random = np.random.default_rng(1)
    heat = np.zeros((SOFT_HEIGHT, SOFT_WIDTH), np.float32)
    colours = palette("#0a0303", "#3d0a05", "#a3220b", "#f26b1d", "#ffc145", "#fff5d0")
    width = np.exp(-(np.linspace(-1.3, 1.3, SOFT_WIDTH) ** 2)).astype(np.float32)
    for number in range(count + 70):
        heat[-3:] = width * random.uniform(140, 300, SOFT_WIDTH).astype(np.float32)
        rising = np.roll(heat, -2, axis=0)
        rising[-2:] = heat[-2:]
        side = np.roll(rising, 1, axis=1) + np.roll(rising, -1, axis=1)
        heat = np.clip(
            (rising * 2 + side + np.roll(rising, -1, axis=0)) / 5 - random.uniform(0, 6.0, heat.shape), 0, 255
        ).astype(np.float32)
        if number >= 70:
            yield colours[heat.astype(np.uint8)]


def _lava(count: int) -> Iterator[Frame]:
    x, y = grid(180, 320)
    colours = palette("#2d0b4e", "#4a1475", "#7a1fa2", "#ff4d6d", "#ff8a5c", "#ffd194")
    blobs = np.random.default_rng(8).random((9, 4))
    for phase in phases(count):
        field = np.zeros_like(x)
        for across, start, size, sway in blobs:
            down = 1.5 * np.cos(TURN * (phase * (1 + int(size * 2)) + start))
            cx = (across - 0.5) * 1.1 + 0.16 * np.sin(TURN * (phase + sway))
            field += (0.13 + 0.11 * size) ** 2 / ((x - cx) ** 2 + (y - down) ** 2 + 0.004)
        field += 0.35 * np.exp(-((np.abs(y) - 1.78) ** 2) * 8)
        yield colours[
            np.clip(40 + 60 * (y + 1.78) / 3.6 + 150 * np.clip((field - 0.82) * 7, 0, 1), 0, 255).astype(np.uint8)
        ]


def _fireflies(count: int) -> Iterator[Frame]:
    back = vertical("#0b1d2a", "#123036", "#1c4a3c", "#0d2a1c")
    for number, code in enumerate(("#123c2e", "#0c2b20", "#061a12")):
        below(back, 400 + number * 70 + ridge(60 + number, WIDTH, 0.9) * 20, code)
    flies = np.random.default_rng(3).random((34, 5))
    for phase in phases(count):
        frame = back.copy()
        for x, y, size, sway, blink in flies:
            across = x * WIDTH + 26 * np.sin(TURN * (phase + sway)) + 8 * np.sin(TURN * (3 * phase + blink))
            down = 170 + y * 410 + 18 * np.cos(TURN * (phase * 2 + sway))
            bright = max(0.0, np.sin(TURN * (phase * 2 + blink))) ** 2
            glow(frame, across, down, 13 + 10 * size, "#e9ff70", 0.75 * bright)
            disc(frame, across, down, 1.6, "#fdffd0", bright)
        yield frame


def _candle(count: int) -> Iterator[Frame]:
    x, y = grid()
    base = vertical("#120806", "#1d0d08", "#2a140b")
    for phase in phases(count):
        t = TURN * phase
        flicker = 0.9 + 0.06 * np.sin(t * 7) + 0.04 * np.sin(t * 11 + 1)
        frame = base.copy()
        glow(frame, WIDTH / 2, 285, 230 * flicker, "#ff9a3c", 0.55 * flicker)
        frame[360:590, 130:230] = (np.array([244, 226, 198]) * np.linspace(1, 0.55, 230)[:, None, None]).astype(
            np.uint8
        )
        disc(frame, WIDTH / 2, 362, 49, "#fff1d8", 0.25, 30)
        frame[338:362, 178:182] = (40, 24, 16)
        lean = 0.05 * np.sin(t * 3 + (-y) * 3) * np.clip(-y, 0, 1)
        up = (y - 0.1) / -0.62
        flame = np.clip(
            (0.17 * flicker * np.sqrt(np.clip(up, 0, 1)) * np.clip(1 - up, 0, 1) ** 0.75 * 2 - np.abs(x - lean)) * 60,
            0,
            1,
        )
        hot = np.clip(flame * (1.1 - up), 0, 1)[..., None]
        light = np.array([255, 176, 66]) + hot * np.array([0, 66, 150])
        yield (frame + (light - frame) * flame[..., None]).astype(np.uint8)


def _window(count: int) -> Iterator[Frame]:
    """Lights of a street, out of focus behind drops."""
    random = np.random.default_rng(17)
    back = vertical("#0b132b", "#1c2541", "#3a2f52")
    for x, y, size, tint in random.random((36, 4)):
        code = ("#ffb703", "#fb8500", "#8ecae6", "#ef476f", "#ffd166")[int(tint * 5)]
        disc(back, x * WIDTH, 150 + y * 430, 12 + 26 * size, code, 0.28, 5)
    drops = random.random((60, 4))
    for phase in phases(count):
        frame = back.copy()
        for x, y, size, slow in drops:
            down = ((y + (phase * (1 + int(slow * 2)) if slow > 0.4 else 0)) % 1) * (HEIGHT + 40) - 20
            radius = 2 + 4.5 * size
            disc(frame, x * WIDTH, down, radius, "#dbe9ff", 0.35)
            disc(frame, x * WIDTH - 1, down - radius * 0.4, radius * 0.35, "#ffffff", 0.8)
            for tail in range(1, 7 if slow > 0.4 else 1):
                disc(frame, x * WIDTH, down - tail * 7, radius * (0.7 - tail * 0.08), "#dbe9ff", 0.16)
        yield frame


CLIPS = (
    Clip("fire", "sofia", "Put the phone against the wall. You own a fireplace now 🔥 #cosy", 10, _fire,
         Music("pad", 110, (0, 3, 7, 10, 12))),
    Clip("lava", "diego", "1973 a appelé, elle veut sa lampe 🟣 #cosy #retro", 8, _lava,
         Music("beat", 98, (0, 3, 5, 7, 10), 84)),
    Clip("fireflies", "yuki", "Grandma's garden, eleven at night ✨ #nature #cosy", 10, _fireflies, sound_of="fire"),
    Clip("candle", "atelier.b", "Panne de courant, soirée réussie 🕯️ #cosy #calme", 6, _candle, sound_of="moon"),
    Clip("window", "city.lena", "Rain outside, tea inside ☔ #rain #cosy", 9, _window,
         Music("plucks", 174.61, (0, 4, 7, 9, 11), 70)),
)  # fmt: skip
