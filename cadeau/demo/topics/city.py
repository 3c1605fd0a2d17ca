"""#city: lights, streets and a sun of neon."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cadeau.demo.canvas import HEIGHT, TURN, WIDTH, disc, glow, grid, phases, vertical
from cadeau.demo.clip import Clip, Frame, Music


def _skyline(count: int) -> Iterator[Frame]:
    """Windows light up one after the other."""
    random = np.random.default_rng(19)
    frame = vertical("#0d0221", "#3a0ca3", "#7209b7", "#f72585", "#ff9e6d")
    glow(frame, WIDTH * 0.3, 210, 90, "#fff0f5", 0.5)
    disc(frame, WIDTH * 0.3, 210, 26, "#fff5f9")
    windows: list[tuple[int, int]] = []
    for row, (shade, low, high) in enumerate((("#3c1361", 230, 330), ("#1b0a35", 300, 430))):
        left = -10
        while left < WIDTH:
            wide, top = int(random.integers(34, 62)), int(random.integers(low, high))
            part = frame[top:, max(0, left) : left + wide]
            part[:] = [int(shade[at : at + 2], 16) for at in (1, 3, 5)]
            if row == 1:
                across = range(left + 7, left + wide - 9, 11)
                windows += [(x, y) for x in across for y in range(top + 12, HEIGHT - 20, 17) if 0 <= x < WIDTH - 6]
            left += wide + int(random.integers(2, 9))
    order = random.permutation(len(windows))
    lit = 0
    for number in range(count):
        until = int(len(windows) * 0.62 * min(1, number / (count * 0.85)))
        for index in order[lit:until]:
            x, y = windows[index]
            frame[y : y + 9, x : x + 6] = ((255, 209, 102), (255, 183, 77), (173, 216, 255))[index % 3]
        lit = max(lit, until)
        yield frame.copy()


def _neon(count: int) -> Iterator[Frame]:
    """A sun in stripes over a floor of lines that comes closer."""
    x, y = grid()
    sky = vertical("#0b0033", "#2b0a5c", "#8a1a8f", "#ff4f9a").astype(np.float32)
    away = np.hypot(x, y + 0.28)
    stripes = (np.sin((y + 0.28) * 44) > -0.2 - (y + 0.28) * 1.4) | (y < -0.28)
    sun = np.clip((0.56 - away) * 150, 0, 1) * stripes
    light = np.stack(
        [np.full_like(y, 255), np.clip(200 - (y + 0.85) * 150, 40, 230), np.clip(60 + (y + 0.8) * 130, 60, 190)],
        axis=-1,
    )
    top = sky + (light - sky) * sun[..., None]
    floor = y > 0.22
    depth = 1 / np.clip(y - 0.2, 0.02, None)
    lanes = np.abs((x * depth * 0.9 + 0.5) % 1 - 0.5) / depth
    for phase in phases(count):
        rows = np.abs((depth * 0.9 + phase * 8) % 1 - 0.5) / depth
        line = np.clip(1 - np.minimum(lanes * 75, rows * 60), 0, 1) * np.clip((y - 0.2) * 3, 0, 1)
        ground = np.array([18, 4, 48]) + line[..., None] * np.array([20, 226, 207])
        yield np.where(floor[..., None], ground, top).clip(0, 255).astype(np.uint8)


def _traffic(count: int) -> Iterator[Frame]:
    """Cars from above the street, as their lights out of focus."""
    back = vertical("#070b18", "#10182e", "#1d2440")
    cars = np.random.default_rng(23).random((44, 4))
    for phase in phases(count):
        frame = back.copy()
        for x, y, size, tint in cars:
            coming = tint < 0.5
            at = (y + phase * (1 + int(size * 2))) % 1
            near = at**2 if coming else (1 - at) ** 2
            side = -1 if coming else 1
            across = WIDTH / 2 + side * (14 + (40 + 150 * x) * near)
            down = 250 + 420 * near
            disc(frame, across, down, 3 + 17 * near, "#fff1c1" if coming else "#ff3b3b", 0.5, 2 + 5 * near)
        yield frame


def _metro(count: int) -> Iterator[Frame]:
    """A train passes a station, with its windows lit."""
    back = vertical("#e9ecef", "#ced4da", "#adb5bd")
    back[90:130] = (0, 84, 164)
    for tile in range(0, HEIGHT, 40):
        back[tile : tile + 2] = (np.asarray(back[tile : tile + 2]) * 0.94).astype(np.uint8)
    back[520:] = (73, 80, 87)
    back[520:528] = (255, 209, 102)
    length = WIDTH * 5
    train = np.zeros((250, length, 3), np.uint8)
    train[:] = (25, 135, 84)
    train[:14], train[170:184], train[232:] = (241, 243, 245), (241, 243, 245), (33, 37, 41)
    for start in range(0, length, 120):
        train[40:140, start + 16 : start + 88] = (255, 236, 179)
        train[40:140, start + 50 : start + 54] = (25, 135, 84)
        train[20:225, start + 98 : start + 112] = (20, 108, 67)
    for number in range(count):
        frame = back.copy()
        eased = number / count
        eased = eased * eased * (3 - 2 * eased)
        left = int(WIDTH - eased * (length + WIDTH))
        start, end = max(0, left), min(WIDTH, left + length)
        if start < end:
            frame[262:512, start:end] = train[:, start - left : end - left]
        yield frame


def _sign(count: int) -> Iterator[Frame]:
    """A sign of neon on a wall of bricks: a heart that beats."""
    x, y = grid()
    brick = ((y * 14).astype(int) % 2 * 0.5 + x * 5) % 1
    wall = np.where((np.abs(brick) < 0.05) | (np.abs((y * 14) % 1) < 0.1), 0.55, 1.0)[..., None] * np.array(
        [58, 28, 40]
    )
    u, v = x * 1.35, -y * 1.35 + 0.1
    heart = (u**2 + v**2 - 0.6) ** 3 - 1.6 * u**2 * v**3
    edge = np.abs(heart) / (0.25 + 3 * (u**2 + v**2) ** 2)
    for phase in phases(count):
        beat = 0.62 + 0.38 * np.abs(np.sin(TURN * phase * 4)) * (0.25 if 0.47 < phase < 0.5 else 1)
        tube, halo = np.exp(-edge * 60)[..., None], np.exp(-edge * 6)[..., None]
        yield np.clip(wall + beat * (halo * np.array([220, 20, 90]) + tube * np.array([120, 190, 200])), 0, 255).astype(
            np.uint8
        )


CLIPS = (
    Clip("skyline", "city.lena", "La ville s’allume 🌆 comptez les fenêtres #ville #city", 10, _skyline,
         Music("beat", 116.54, (0, 3, 7, 10, 14), 96)),
    Clip("neon", "diego", "Driving into 1986 🕶️ #synthwave #city", 8, _neon, Music("beat", 110, (0, 3, 7, 10, 12), 118)),
    Clip("traffic", "city.lena", "Vendredi, 18 h, sans lunettes 🚗 #ville", 7, _traffic, sound_of="skyline"),
    Clip("metro", "theo.rides", "Missed it by four seconds. Again 🚇 #city #metro", 4, _metro,
         Music("plucks", 130.81, (0, 4, 7, 12), 150)),
    Clip("sign", "atelier.b", "Trouvé derrière la gare 💘 #neon #ville", 5, _sign, sound_of="neon"),
)  # fmt: skip
