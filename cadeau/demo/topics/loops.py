"""#satisfying: loops without a seam."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cadeau.demo.canvas import HEIGHT, TURN, WIDTH, disc, palette, phases, polar, vertical
from cadeau.demo.clip import Clip, Frame, Music

_RAINBOW = (
    "#ff595e",
    "#ff924c",
    "#ffca3a",
    "#c5ca30",
    "#8ac926",
    "#36949d",
    "#1982c4",
    "#4267ac",
    "#565aa0",
    "#8f5bbd",
)


def _pendulums(count: int) -> Iterator[Frame]:
    back = vertical("#161032", "#2b1b54", "#4b2c6b")
    for phase in phases(count):
        frame = back.copy()
        for number in range(15):
            swing = np.cos(TURN * phase * (6 + number))
            y = 60 + number * 37
            disc(frame, WIDTH / 2 + 130 * swing, y, 14, _RAINBOW[number % 10])
            disc(frame, WIDTH / 2 + 130 * swing - 4, y - 4, 4, "#ffffff", 0.5, 4)
        yield frame


def _dots(count: int) -> Iterator[Frame]:
    back = vertical("#fff1e6", "#ffe0d2", "#ffd1c4")
    for phase in phases(count):
        frame = back.copy()
        for ring in range(1, 8):
            dots = ring * 6
            for number in range(dots):
                turn = TURN * (number / dots + (phase if ring % 2 else -phase) / 2)
                beat = 0.5 + 0.5 * np.sin(TURN * (2 * phase - ring / 7))
                disc(frame, WIDTH / 2 + np.cos(turn) * ring * 23, HEIGHT / 2 + np.sin(turn) * ring * 23,
                     3 + 4.5 * beat, _RAINBOW[(ring * 2) % 10])  # fmt: skip
        yield frame


def _tunnel(count: int) -> Iterator[Frame]:
    radius, angle = polar()
    colours = palette("#10002b", "#3c096c", "#7b2cbf", "#ff9e00", "#ff6d00", "#240046", cyclic=True)
    deep = (140 / (radius + 0.18)).astype(np.int32)
    around = (angle * 256 * 3).astype(np.int32)
    shade = np.clip(radius * 1.6, 0, 1)[..., None].astype(np.float32)
    for phase in phases(count):
        index = (deep + around + int(512 * phase)) & 255
        yield (colours[index] * shade).astype(np.uint8)


def _hypnosis(count: int) -> Iterator[Frame]:
    radius, angle = polar()
    colours = palette("#0d1b2a", "#0d1b2a", "#415a77", "#e0e1dd", "#e0e1dd", "#415a77", cyclic=True)
    for phase in phases(count):
        bend = 18 * np.sin(radius * 6 - TURN * phase)
        yield colours[(radius * 420 + bend * 2 + angle * 1024 - 256 * phase).astype(np.int32) & 255]


def _petals(count: int) -> Iterator[Frame]:
    radius, angle = polar()
    colours = palette("#2d0036", "#8a1c7c", "#ff5d8f", "#ffd6a5", "#ff5d8f", "#8a1c7c", cyclic=True)
    for phase in phases(count):
        flower = radius * (1.5 + 0.45 * np.cos(TURN * (angle * 6 + phase)))
        yield colours[(flower * 300 - 512 * phase).astype(np.int32) & 255]


CLIPS = (
    Clip("pendulums", "amina", "15 pendulums, 15 tempos. They meet again at the end 🤯 #satisfying #physics", 14,
         _pendulums,
         Music("plucks", 196, (0, 2, 4, 7, 9, 12, 14), 120)),
    Clip("dots", "yuki", "Trop satisfaisant… regardez jusqu’à la fin 👀 #satisfaisant #satisfying", 6, _dots,
         Music("beat", 130.81, (0, 3, 7, 10), 110)),
    Clip("tunnel", "diego", "Do not follow this tunnel before coffee ☕ #satisfying", 8, _tunnel,
         Music("beat", 110, (0, 5, 7, 12), 128)),
    Clip("hypnosis", "atelier.b", "You are getting very sleepy 😴 #satisfying #loop", 5, _hypnosis, sound_of="tunnel"),
    Clip("petals", "sofia", "La fleur qui s’ouvre pour toujours 🌺 #satisfaisant #loop", 7, _petals, sound_of="dots"),
)  # fmt: skip
