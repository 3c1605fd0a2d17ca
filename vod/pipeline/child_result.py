"""What the child process says it has made. Its words are checked like a stranger's: a file may have taken it over."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import msgspec

REASONS = frozenset(
    {"not_a_video", "broken", "no_picture", "no_duration", "unknown_codec"}
    | {"too_long", "too_small_picture", "too_large_picture", "too_many_frames", "too_many_streams", "too_complex"}
)
"""Why a video is rejected, as far as the file is to blame."""

_NAME = re.compile(r"[a-z0-9]{1,16}\.(mp4|webp)\Z")
_ROLE = re.compile(r"(poster|preview|[0-9]{2,4})\Z")
_SIDE_PX_MAX = 16_384
_FILES_MAX = 8


class Made(msgspec.Struct, frozen=True):
    """One file, in the folder that was given."""

    role: str  # poster, preview, or the short side of a rendition in pixels
    name: str
    width: int  # px
    height: int


class Result(msgspec.Struct, frozen=True):
    """Everything that is shown of a video."""

    duration_ms: int
    files: list[Made]  # the renditions come first, the largest of them before all


class Word(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line the child says: how far it is, that the file is unfit, or what it has made."""

    stage: str = ""
    percent: int = 0
    unfit: str = ""
    result: Result | None = None


def check(result: Result, folder: Path) -> None:
    """Raises ValueError unless these are ordinary files in `folder` that can be what they are said to be."""
    roles = [made.role for made in result.files]
    if len(set(roles)) != len(roles) or len(roles) > _FILES_MAX or not {"poster", "preview"} < set(roles):
        raise ValueError("the child made other files than it should")
    if not 0 <= result.duration_ms < 3_600_000:
        raise ValueError("the child made something too long")
    for made in result.files:
        if not _NAME.match(made.name) or not _ROLE.match(made.role):
            raise ValueError("the child gave a file a strange name")
        if not (0 < made.width <= _SIDE_PX_MAX and 0 < made.height <= _SIDE_PX_MAX):
            raise ValueError("the child made something too large")
        status = os.lstat(folder / made.name)
        if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or status.st_size == 0:
            raise ValueError("the child made something that is no file of its own")
