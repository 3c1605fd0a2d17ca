"""#sunset, #mountains: the sky over hills, at several hours."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cadeau.demo.canvas import HEIGHT, TURN, WIDTH, below, disc, glow, grid, palette, phases, ridge, shifted, vertical
from cadeau.demo.clip import Clip, Frame, Music, Picture


def _hills(
    sky: tuple[str, ...], sun: str, layers: tuple[str, ...], *, seed: int, rise: float, stars: int = 0
) -> Picture:
    """Hills that pass by, the near ones faster. `rise`: how far the sun goes up, in pixels."""

    def picture(count: int) -> Iterator[Frame]:
        back = vertical(*sky)
        random = np.random.default_rng(seed)
        for x, y, size in random.random((stars, 3)):
            disc(back, x * WIDTH, y * HEIGHT * 0.55, 0.4 + size, "#ffffff", 0.3 + 0.6 * size)
        lines = [ridge(seed + number, WIDTH * 3, 1.25) for number in range(len(layers))]
        for phase in phases(count):
            frame = back.copy()
            high = 250 - rise * phase
            glow(frame, WIDTH * 0.62, high, 150, sun, 0.55)
            disc(frame, WIDTH * 0.62, high, 42, sun)
            for number, (line, code) in enumerate(zip(lines, layers, strict=True)):
                outline = 290 + number * 78 + shifted(line, phase * (number + 1) / 8) * (26 + number * 7)
                below(frame, outline, code)
            yield frame

    return picture


def _aurora(count: int) -> Iterator[Frame]:
    x, y = grid(180, 320)
    sky = vertical("#02040f", "#06142e", "#0b2545", height=320, width=180).astype(np.float32)
    random = np.random.default_rng(4)
    for star in random.random((70, 3)):
        sky[int(star[1] * 200), int(star[0] * 180)] = 120 + 130 * star[2]
    colours = palette("#0ead69", "#3bf4a8", "#4cc9f0", "#9b5de5")[(np.clip((0.5 - y) * 150, 0, 255)).astype(np.uint8)]
    trees = ridge(9, 180, 0.7) * 7 + np.abs(np.sin(np.arange(180) * 0.9)) * -9 + 276
    for phase in phases(count):
        t = TURN * phase
        light = np.zeros_like(x)
        for number in range(3):
            path = -0.55 + 0.3 * number + 0.2 * np.sin(x * 2.4 + t + number * 2) + 0.08 * np.sin(x * 7 - t * 2 + number)
            up = path - y
            rays = 0.65 + 0.35 * np.sin(x * 31 + 5 * np.sin(x * 3 + t) + number)
            light += np.where(up > 0, np.exp(-up * 2.6) * rays, np.exp(up * 22)) * 0.6
        frame = np.clip(sky + colours * np.clip(light, 0, 1)[..., None], 0, 255).astype(np.uint8)
        below(frame, trees, "#01060d")
        yield frame


def _snow(count: int) -> Iterator[Frame]:
    back = vertical("#273469", "#5c6ba6", "#b7c3e8", "#eef2ff")
    for number, code in enumerate(("#7c8cc4", "#a9b6e0", "#e8edff")):
        below(back, 380 + number * 76 + ridge(40 + number, WIDTH, 1.4) * 22, code)
    random = np.random.default_rng(6)
    flakes = random.random((130, 4))
    for phase in phases(count):
        frame = back.copy()
        for x, y, size, sway in flakes:
            laps = 1 + int(size * 2)
            across = x * WIDTH + 14 * np.sin(TURN * (phase + sway))
            disc(frame, across, ((y + phase * laps) % 1) * (HEIGHT + 20) - 10, 1 + 2.6 * size, "#ffffff", 0.9, 1.5)
        yield frame


CLIPS = (
    Clip("sunset", "lumiere", "Tonight's sky, painted slowly 🌅 #sunset", 10,
         _hills(("#2b1055", "#7b2d6b", "#d53369", "#ff8a5c", "#ffd194"), "#ffe29a",
                ("#8c3b6e", "#5f2a62", "#3a1c4d", "#1d0f30"), seed=3, rise=-130),
         Music("pad", 174.61, (0, 4, 7, 11, 14))),
    Clip("dawn", "theo.rides", "5 h 40, col du Galibier, personne 🚴 #montagne #mountains", 9,
         _hills(("#5aa9e6", "#9ad1f5", "#ffe5b4", "#ffd6ba"), "#fff3c4",
                ("#8fb8de", "#6b94bd", "#43709b", "#234a70"), seed=14, rise=120),
         Music("plucks", 164.81, (0, 2, 4, 7, 9, 11), 84)),
    Clip("aurora", "yuki", "Northern lights, no filter (no camera either) 💚 #aurora #nature", 11, _aurora,
         sound_of="sunset"),
    Clip("dunes", "diego", "Desert crossing. Bring water 🏜️ #desert #mountains", 8,
         _hills(("#ff9f68", "#ffc58b", "#ffe8c2"), "#fff6dd", ("#e8985e", "#c9703f", "#9c4a26", "#6b2c16"),
                seed=27, rise=-60),
         Music("plucks", 146.83, (0, 1, 4, 5, 7, 8), 96)),
    Clip("snow", "sofia", "Première neige ❄️ le chat refuse de sortir #neige #nature", 7, _snow,
         Music("bells", 293.66, (0, 4, 7, 9, 12), 72)),
    Clip("bluehour", "city.lena", "Blue hour is an hour too short 💙 #sunset #blue", 6,
         _hills(("#03071e", "#0b1b4a", "#274690", "#6f8fd8"), "#dfe9ff",
                ("#33508f", "#223a70", "#152650", "#0a1430"), seed=33, rise=60, stars=110), sound_of="dawn"),
)  # fmt: skip
