"""#space: stars, planets, a moon."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cadeau.demo.canvas import HEIGHT, TURN, WIDTH, colour, disc, glow, grid, palette, phases, polar, vertical
from cadeau.demo.clip import Clip, Frame, Music, Picture

_NIGHT = ("#02030a", "#070b24", "#11103a")


def _starry(seed: int, *codes: str) -> Frame:
    frame = vertical(*(codes or _NIGHT))
    random = np.random.default_rng(seed)
    for x, y, size in zip(
        random.uniform(0, WIDTH, 160), random.uniform(0, HEIGHT, 160), random.random(160), strict=True
    ):
        disc(frame, x, y, 0.3 + size, "#dfe7ff", 0.25 + 0.6 * size)
    return frame


def _warp(count: int) -> Iterator[Frame]:
    random = np.random.default_rng(3)
    turn, reach, start = random.uniform(0, TURN, 260), random.uniform(0.15, 1.2, 260), random.random(260)
    back = vertical(*_NIGHT)
    for phase in phases(count):
        frame = back.copy()
        near = (start + 2 * phase) % 1
        away = reach * 60 / (1.04 - near)
        for angle, far, size in zip(turn, away, near, strict=True):
            if far < 420:
                x, y = WIDTH / 2 + np.cos(angle) * far, HEIGHT / 2 + np.sin(angle) * far
                disc(frame, x, y, 0.7 + 3.4 * size**2, "#cfe3ff" if angle < 4 else "#ffd9c2", min(1, 0.3 + size * 1.5))
        yield frame


def _planet(dark: str, middle: str, light: str, ring: str) -> Picture:
    def picture(count: int) -> Iterator[Frame]:
        back = _starry(8)
        x, y = grid()
        away = np.hypot(x, y)
        inside = np.clip((0.52 - away) * 120, 0, 1)[..., None]
        depth = np.sqrt(np.clip(0.27 - away**2, 0, 1))
        light_side = np.clip((-x * 0.6 - y * 0.5 + depth) * 1.5, 0.06, 1)[..., None]
        along, across = x * 0.95 - y * 0.3, (y * 0.95 + x * 0.3) * 3.6
        belt = np.hypot(along, across)
        rings = np.clip((belt - 0.66) * 40, 0, 1) * np.clip((1.0 - belt) * 40, 0, 1)
        rings = rings * (0.55 + 0.45 * np.sin(belt * 70)) * ((across > 0) | (away > 0.52))
        tint, bands = colour(ring), palette(dark, middle, light, middle, dark)
        for phase in phases(count):
            wind = 14 * np.sin(x * 9 + TURN * phase) + 6 * np.sin(x * 17 - TURN * 2 * phase)
            globe = bands[(128 + y * 380 + wind * depth * 2).astype(np.int32) & 255] * light_side
            frame = back + (globe - back) * inside
            yield (frame + (tint - frame) * (rings * 0.8)[..., None]).astype(np.uint8)

    return picture


def _galaxy(count: int) -> Iterator[Frame]:
    radius, angle = polar()
    x, y = grid()
    radius = np.hypot(x * 0.9 + y * 0.4, (y * 0.9 - x * 0.4) * 1.5)
    angle = np.arctan2((y * 0.9 - x * 0.4) * 1.5, x * 0.9 + y * 0.4) / TURN
    colours = palette("#03040f", "#1b1464", "#6b2fa0", "#f27eb8", "#fff1d6")
    stars = _starry(21).astype(np.int32)
    fade = np.exp(-radius * 1.5)
    for phase in phases(count):
        arms = 0.5 + 0.5 * np.cos(TURN * (2 * angle + 1.6 * np.log(radius + 0.08) + 2 * phase))
        bright = np.clip(255 * (fade * (0.3 + 0.85 * arms) + np.exp(-radius * 9) * 0.8), 0, 255).astype(np.uint8)
        yield np.clip(stars // 2 + colours[bright], 0, 255).astype(np.uint8)


def _moon(count: int) -> Iterator[Frame]:
    back = _starry(5, "#050714", "#0e1433", "#26305c")
    x, y = grid()
    away, depth = np.hypot(x, y), np.sqrt(np.clip(0.36 - x**2 - y**2, 0, 1))
    inside = np.clip((0.6 - away) * 130, 0, 1)[..., None]
    random = np.random.default_rng(12)
    ground = np.full(x.shape, 0.92, np.float32)
    for cx, cy, size in random.uniform((-0.5, -0.5, 0.03), (0.5, 0.5, 0.13), (26, 3)):
        ground -= 0.16 * np.clip((size - np.hypot(x - cx, y - cy)) * 30, 0, 1)
    for phase in phases(count):
        light = np.clip((np.sin(TURN * phase) * x - np.cos(TURN * phase) * depth) * 5, 0.04, 1)
        globe = (ground * light)[..., None] * np.array([244, 240, 226], np.float32)
        yield (back + (globe - back) * inside).astype(np.uint8)


def _orbits(count: int) -> Iterator[Frame]:
    back = _starry(30)
    planets = ((52, 4, 5, "#c9b79c"), (82, 3, 8, "#f4a259"), (116, 2, 9, "#5b8efd"), (156, 1, 14, "#ef6f6c"))
    for far, *_ in planets:
        for angle in np.linspace(0, TURN, 240, endpoint=False):
            disc(back, WIDTH / 2 + np.cos(angle) * far, HEIGHT / 2 + np.sin(angle) * far * 1.2, 0.5, "#8fa2ff", 0.25)
    for phase in phases(count):
        frame = back.copy()
        glow(frame, WIDTH / 2, HEIGHT / 2, 60 + 4 * np.sin(TURN * phase * 2), "#ffb703", 0.7)
        disc(frame, WIDTH / 2, HEIGHT / 2, 22, "#ffe08a")
        for far, laps, size, code in planets:
            angle = TURN * phase * laps + far
            disc(frame, WIDTH / 2 + np.cos(angle) * far, HEIGHT / 2 + np.sin(angle) * far * 1.2, size, code)
        yield frame


CLIPS = (
    Clip("planet", "amina", "If Saturn had picked a different jumper 🪐 #space", 8,
         _planet("#5b2a86", "#e07a5f", "#f2cc8f", "#ffe3c9"), Music("pad", 98, (0, 7, 12, 14, 19))),
    Clip("warp", "diego", "Vitesse lumière, ceinture attachée 🚀 #espace #space", 6, _warp,
         Music("beat", 87.31, (0, 7, 12, 15), 140)),
    Clip("galaxy", "yuki", "Two arms, one log spiral, 200 billion suns #space #maths", 10, _galaxy, sound_of="planet"),
    Clip("moon", "lumiere", "Un mois de lune en sept secondes 🌙 #espace #lune", 7, _moon,
         Music("bells", 196, (0, 4, 7, 11, 12), 66)),
    Clip("orbits", "theo.rides", "Racing line of four planets. Who wins? #space #race", 9, _orbits,
         Music("plucks", 146.83, (0, 3, 5, 7, 10, 12), 112)),
)  # fmt: skip
