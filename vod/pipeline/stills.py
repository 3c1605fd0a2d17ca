"""Stills: small pictures of a video for whoever looks at what it shows, one a second. Runs in the child process."""

from __future__ import annotations

import random
from fractions import Fraction
from pathlib import Path

from av.video.frame import VideoFrame
from av.video.reformatter import Interpolation, VideoReformatter

from vod.pipeline.child_result import STILL_PX_MAX, STILLS_MAX, STILLS_NAME, ResultStills

EVERY_S = 1
_RGB = "rgb24"


class Stills:
    def __init__(self, folder: Path, width: int, height: int, duration: Fraction) -> None:
        """`width` and `height`: of the pictures that will be offered."""
        scale = min(Fraction(1), Fraction(STILL_PX_MAX, max(width, height)))
        self._width, self._height = (max(2, int(side * scale)) for side in (width, height))
        self._file = (folder / STILLS_NAME).open("wb")
        self._every = max(Fraction(EVERY_S), duration / STILLS_MAX)
        self._due = Fraction(0)
        self._reformatter = VideoReformatter()
        self._count = 0
        self._random = random.SystemRandom()  # nobody can know which pictures are looked at

    def offer(self, picture: VideoFrame, at: Fraction) -> None:
        if at < self._due or self._count >= STILLS_MAX:
            return
        self._due = (at // self._every + 1 + Fraction(self._random.randrange(90), 100)) * self._every
        small = self._reformatter.reformat(
            picture, self._width, self._height, _RGB, interpolation=Interpolation.BILINEAR
        )
        self._file.write(small.to_ndarray().tobytes())
        self._count += 1

    def finish(self) -> ResultStills:
        self._file.close()
        return ResultStills(self._width, self._height, self._count)
