"""#drawing: lines that draw themselves."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cadeau.demo.canvas import HEIGHT, TURN, WIDTH, disc, palette, vertical
from cadeau.demo.clip import Clip, Frame, Music, Picture

HELD = 0.12  # of the time, the finished drawing stays
Line = NDArray[Any]
"""Points, in pixels from the middle."""


def _drawn(line: Callable[[], Line], paper: tuple[str, ...], ink: tuple[str, ...], width: float = 1.3) -> Picture:
    def picture(count: int) -> Iterator[Frame]:
        frame, inks, points = vertical(*paper), palette(*ink, cyclic=True), line()
        codes = ["#" + "".join(f"{part:02x}" for part in inks[number]) for number in range(256)]
        done = 0
        for number in range(count):
            until = min(len(points), round(len(points) * (number + 1) / (count * (1 - HELD))))
            for index in range(done, until):
                x, y = points[index]
                code = codes[index * 255 // len(points)]
                disc(frame, WIDTH / 2 + x, HEIGHT / 2 + y, width, code, 0.9)
            done = until
            shown = frame.copy()
            if done < len(points):
                disc(shown, WIDTH / 2 + points[done][0], HEIGHT / 2 + points[done][1], 6, "#ffffff", 0.9, 3)
            yield shown

    return picture


def _spirograph() -> Line:
    t = np.linspace(0, TURN * 11, 7000)
    return np.column_stack([92 * np.cos(t) + 70 * np.cos(t * 19 / 11), 150 * np.sin(t) - 110 * np.sin(t * 19 / 11)])


def _harmonograph() -> Line:
    t = np.linspace(0, 100, 11_000)
    fade = np.exp(-t * 0.011)
    return np.column_stack([160 * np.sin(t * 2.003 + 0.4) * fade, 250 * np.sin(t * 2.998) * fade])


def _rose() -> Line:
    t = np.linspace(0, TURN * 7, 6500)
    reach = np.cos(t * 8 / 7)
    return np.column_stack([165 * reach * np.cos(t), 235 * reach * np.sin(t)])


def _hilbert() -> Line:
    def walk(
        level: int, x: float, y: float, ax: float, ay: float, bx: float, by: float
    ) -> Iterator[tuple[float, float]]:
        if level == 0:
            yield x + (ax + bx) / 2, y + (ay + by) / 2
            return
        ax, ay, bx, by = ax / 2, ay / 2, bx / 2, by / 2
        yield from walk(level - 1, x, y, bx, by, ax, ay)
        yield from walk(level - 1, x + ax, y + ay, ax, ay, bx, by)
        yield from walk(level - 1, x + ax + bx, y + ay + by, ax, ay, bx, by)
        yield from walk(level - 1, x + ax + 2 * bx, y + ay + 2 * by, -bx, -by, -ax, -ay)

    corners = np.array(list(walk(5, -160, -270, 320, 0, 0, 540)))
    at = np.linspace(0, len(corners) - 1, 7000)
    index = np.arange(len(corners))
    return np.column_stack([np.interp(at, index, corners[:, 0]), np.interp(at, index, corners[:, 1])])


def _tree() -> Line:
    """Branch by branch, the thick ones first."""
    random = np.random.default_rng(5)
    points: list[Line] = []
    ends = [(0.0, 240.0, -TURN / 4, 96.0)]
    for _ in range(8):
        following = []
        for x, y, angle, length in ends:
            to = (x + np.cos(angle) * length, y + np.sin(angle) * length)
            steps = max(4, int(length * 0.8))
            points.append(np.column_stack([np.linspace(x, to[0], steps), np.linspace(y, to[1], steps)]))
            following += [
                (*to, angle + turn * random.uniform(0.6, 1.25), length * random.uniform(0.7, 0.84))
                for turn in (-0.42, 0.42)
            ]
        ends = following
    return np.concatenate(points)


CLIPS = (
    Clip("spirograph", "noe.draws", "I draw what maths does when nobody looks ✏️ #drawing", 11,
         _drawn(_spirograph, ("#0f1020", "#1b1d3a"), ("#ff6b6b", "#ffd93d", "#6bcb77", "#4d96ff", "#c77dff")),
         Music("plucks", 196, (0, 2, 4, 7, 9), 108)),
    Clip("harmonograph", "noe.draws", "Deux pendules, un crayon, zéro main 🖊️ #dessin #drawing", 9,
         _drawn(_harmonograph, ("#fdf6ec", "#f7e9d3"), ("#22223b", "#4a4e69", "#9a031e", "#22223b")),
         sound_of="spirograph"),
    Clip("tree", "sofia", "A tree in seven seconds, a garden in a minute 🌱 #garden #drawing", 7,
         _drawn(_tree, ("#fef9ef", "#d8f3dc"), ("#5b3a1e", "#7f5539", "#40916c", "#74c69d"), 1.6),
         Music("bells", 246.94, (0, 4, 7, 9, 12), 84)),
    Clip("hilbert", "amina", "Cette ligne passe partout et ne se croise jamais #maths #dessin", 12,
         _drawn(_hilbert, ("#10002b", "#240046"), ("#ff9e00", "#ff5400", "#ff0054", "#9e0059", "#390099"), 1.8),
         Music("beat", 123.47, (0, 3, 7, 10, 12), 120)),
    Clip("rose", "atelier.b", "One line, fourteen petals 🌹 #drawing #satisfying", 8,
         _drawn(_rose, ("#2b0a1a", "#4a1230"), ("#ff8fab", "#ffc2d1", "#fb6f92", "#ffe5ec")), sound_of="tree"),
)  # fmt: skip
