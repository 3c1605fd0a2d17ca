"""#sea: waves, light under water, rain on a pond, bubbles."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cadeau.demo.canvas import HEIGHT, TURN, WIDTH, below, disc, glow, grid, palette, phases, vertical
from cadeau.demo.clip import Clip, Frame, Music


def _waves(count: int) -> Iterator[Frame]:
    back = vertical("#ffecd2", "#fcb69f", "#f78ca0")
    disc(back, WIDTH / 2, 215, 64, "#fff6e5")
    at = np.arange(WIDTH) / WIDTH * TURN
    layers = ("#f4a6b5", "#c98bb9", "#8f7fc0", "#5a73b8", "#2f5d9b", "#173f73")
    for phase in phases(count):
        frame = back.copy()
        for number, code in enumerate(layers):
            t = TURN * phase * (1 if number % 2 else -1)
            line = 236 + number * 66 + (9 + number * 2.4) * np.sin(at * (2 + number % 2) + t + number)
            line = line + 4 * np.sin(at * 5 - t * 2) + 7 * np.sin(TURN * phase + number)
            below(frame, line - 2, "#ffe6e6")
            below(frame, line, code)
        yield frame


def _caustics(count: int) -> Iterator[Frame]:
    x, y = grid(180, 320)
    colours = palette("#013a63", "#01497c", "#2a6f97", "#61c5d8", "#e3fdff")
    deep = np.clip(1.15 - (y + 1.78) / 4.4, 0.25, 1)
    for phase in phases(count):
        t = TURN * phase
        u, v = x * 4, y * 4
        for number in range(3):
            u, v = u + 0.75 * np.sin(v * 1.1 + t + number * 1.7), v + 0.75 * np.sin(u * 1.1 - t + number * 2.3)
        light = np.exp(-3.2 * np.abs(np.sin(u))) + np.exp(-3.2 * np.abs(np.sin(v)))
        yield colours[np.clip((50 + 150 * light) * deep, 0, 255).astype(np.uint8)]


def _pond(count: int) -> Iterator[Frame]:
    x, y = grid(135, 240)
    colours = palette("#07281f", "#0e4d3f", "#2b8a72", "#8ed8bd", "#eafff5")
    random = np.random.default_rng(2)
    drops = np.column_stack([random.uniform(-1, 1, 16), random.uniform(-1.8, 1.8, 16), random.random(16)])
    distances = [np.hypot(x - across, (y - down) * 1.25) for across, down, _ in drops]
    for phase in phases(count):
        height = 0.10 * np.sin(x * 3 + y * 2 + TURN * phase)
        for away, (_, _, start) in zip(distances, drops, strict=True):
            age = (phase * 2 + start) % 1
            front = away - age * 1.1
            height += (
                np.where(np.abs(front) < 0.22, np.cos(front * 48) * (1 - np.abs(front) / 0.22), 0) * (1 - age) * 0.6
            )
        yield colours[np.clip(95 + 95 * height - 22 * y, 0, 255).astype(np.uint8)]


def _bubbles(count: int) -> Iterator[Frame]:
    back = vertical("#48cae4", "#0096c7", "#023e8a", "#03045e")
    glow(back, WIDTH / 2, -20, 260, "#caf0f8", 0.8)
    bubbles = np.random.default_rng(11).random((46, 4))
    for phase in phases(count):
        frame = back.copy()
        for x, y, size, sway in bubbles:
            radius = 3 + 15 * size**2
            across = x * WIDTH + (6 + 10 * sway) * np.sin(TURN * (phase * 2 + sway))
            down = HEIGHT + 30 - ((y + phase * (1 + int(sway * 2))) % 1) * (HEIGHT + 60)
            disc(frame, across, down, radius, "#caf0f8", 0.28)
            disc(frame, across, down, radius - 1.5, "#0096c7", 0.22)
            disc(frame, across - radius * 0.35, down - radius * 0.35, radius * 0.25, "#ffffff", 0.8)
        yield frame


def _moonlight(count: int) -> Iterator[Frame]:
    x, y = grid(180, 320)
    sky = vertical("#050a24", "#13235b", "#3a4f8f", height=320, width=180)
    glow(sky, 90, 84, 80, "#f5f0d8", 0.5)
    disc(sky, 90, 84, 19, "#fdf8e1")
    water = palette("#060c28", "#12245a", "#5d78b8", "#fdf8e1")
    depth = np.clip(y + 0.1, 0.02, None)
    for phase in phases(count):
        t = TURN * phase
        ripple = np.sin(6 / depth + t * 2 + 2 * np.sin(x * 4 + t)) + 0.6 * np.sin(15 / depth - t * 4 + x * 9)
        shine = np.exp(-((x / (0.1 + depth * 0.28)) ** 2)) * (0.55 + 0.45 * ripple)
        sea = water[np.clip(45 + 20 * ripple * depth + 190 * shine, 0, 255).astype(np.uint8)]
        yield np.where((y > -0.1)[..., None], sea, sky)


CLIPS = (
    Clip("waves", "marin", "La mer à l’heure rose 🌊 #mer #sea", 9, _waves, Music("pad", 130.81, (0, 4, 7, 9, 14))),
    Clip("caustics", "marin", "What a fish sees when it looks at the floor 🐟 #sea #water", 8, _caustics,
         Music("plucks", 220, (0, 3, 5, 7, 10), 76)),
    Clip("pond", "noe.draws", "Pluie sur l’étang, son activé 🌧️ #pluie #rain", 7, _pond,
         Music("bells", 329.63, (0, 2, 4, 7, 9), 92)),
    Clip("bubbles", "sofia", "46 bubbles and not one pops 🫧 #sea #satisfying", 6, _bubbles, sound_of="caustics"),
    Clip("moonlight", "lumiere", "Minuit, plage vide, lune pleine 🌕 #mer #nuit", 9, _moonlight, sound_of="waves"),
)  # fmt: skip
