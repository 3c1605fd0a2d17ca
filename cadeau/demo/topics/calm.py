"""#calm: cloth that moves slowly, which is interfering waves."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cadeau.demo.canvas import SOFT_HEIGHT, SOFT_WIDTH, TURN, grid, palette, phases
from cadeau.demo.clip import Clip, Frame, Music, Picture


def _silk(*codes: str, fold: float, turn: float) -> Picture:
    def picture(count: int) -> Iterator[Frame]:
        x, y = grid(SOFT_WIDTH, SOFT_HEIGHT)
        colours = palette(*codes)
        across, down = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
        for phase in phases(count):
            t = TURN * phase
            first = np.sin(across * 3 + fold * np.sin(down * 2 + t) + t)
            second = np.sin(down * 2.5 + fold * 1.3 * np.sin(across * 2.2 - t) - t)
            yield colours[(127.5 + 62 * first + 62 * second).astype(np.uint8)]

    return picture


_SLOW = Music("pad", 146.83, (0, 7, 12, 16, 19))

CLIPS = (
    Clip("silk-night", "lumiere", "Silk, folded by mathematics ✨ #calm", 9,
         _silk("#0b0221", "#3b0f70", "#b5367a", "#fb8861", "#fcfdbf", fold=1.4, turn=0.5), _SLOW),
    Clip("silk-sea", "marin", "Respire. Encore une fois. 🌊 #calme #calm", 9,
         _silk("#02111b", "#05445e", "#189ab4", "#75e6da", "#e8fffb", fold=1.1, turn=1.2), sound_of="silk-night"),
    Clip("silk-rose", "sofia", "Sunday has this colour 🌸 #calm", 7,
         _silk("#3d0c1f", "#a12059", "#ff6f91", "#ffc2b4", "#fff3e6", fold=1.8, turn=2.1),
         Music("bells", 261.63, (0, 4, 7, 11, 14), 60)),
    Clip("silk-forest", "noe.draws", "Vert profond, cinq secondes de calme 🌿 #calme #nature", 5,
         _silk("#04150d", "#0b3d2e", "#2e8b57", "#a8d5a2", "#f4f9e9", fold=1.2, turn=0.1),
         Music("pad", 174.61, (0, 3, 7, 10, 14))),
    Clip("silk-gold", "amina", "Gold leaf under a microscope? No, two sine waves 🤓 #calm #maths", 8,
         _silk("#120a00", "#5c3200", "#c77d0a", "#ffd166", "#fffbe0", fold=1.6, turn=2.8), sound_of="silk-rose"),
)  # fmt: skip
