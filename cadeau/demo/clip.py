"""What a video of the demo is made of."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

FRAMES_PER_SECOND = 24

Frame: TypeAlias = NDArray[np.uint8]
"""Height by width by red, green, blue. All frames of a clip have one size, 9 by 16 or what is scaled to it."""
Field: TypeAlias = NDArray[Any]
"""One number for each pixel."""
Picture = Callable[[int], Iterator[Frame]]
"""(number of frames) -> that many frames."""


@dataclass(frozen=True, slots=True)
class Music:
    """A few bars: which notes, how fast, and how they are played."""

    style: str  # pad, plucks, bells, beat
    root_hz: float
    scale: tuple[int, ...]  # semitones above the root
    beats_per_minute: int = 90


@dataclass(frozen=True, slots=True)
class Clip:
    """`sound_of` names a clip whose sound this one uses; then it has no music of its own."""

    name: str
    maker: str  # a handle of the cast
    caption: str
    seconds: float
    picture: Picture
    music: Music | None = None
    sound_of: str = ""

    @property
    def frames(self) -> int:
        return round(self.seconds * FRAMES_PER_SECOND)
