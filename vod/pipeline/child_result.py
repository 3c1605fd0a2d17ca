"""What the child process reports. It is checked like any untrusted input: a hostile file may control the child."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path

import msgspec

REASONS = frozenset(
    {"not_a_video", "broken", "no_picture", "no_duration", "unknown_codec"}
    | {"too_long", "too_small_picture", "too_large_picture", "too_many_frames", "too_many_streams", "too_complex"}
    | {"sound_unavailable"}
)
"""Why a video is rejected, when its file is the reason."""

_NAME = re.compile(r"[a-z0-9]{1,16}\.(mp4|webp)\Z")
_ROLE = re.compile(r"(poster|preview|[0-9]{2,4})\Z")
_SIDE_PX_MAX = 16_384
_FILES_MAX = 8
SOUND_NAME = "sound.m4a"
STILLS_NAME = "stills.rgb"
STILLS_MAX = 60
STILL_PX_MAX = 256
_RGB_BYTES = 3
SOUND_BYTES_MAX = 16 * 1024 * 1024  # ten minutes of it are 10 MB


class ResultFile(msgspec.Struct, frozen=True):
    """One file, in the folder the child was given."""

    role: str  # poster, preview, or the short side of a rendition in pixels
    name: str
    width: int  # px
    height: int


class ResultStills(msgspec.Struct, frozen=True):
    """So many pictures in STILLS_NAME, one after the other: rows of red, green and blue bytes."""

    width: int  # px
    height: int
    count: int


class Result(msgspec.Struct, frozen=True):
    """Everything there is to show of a video."""

    duration_ms: int
    files: list[ResultFile]  # the renditions come first, largest first
    sound_ms: int = 0  # how long the sound in SOUND_NAME is; 0 when there is none, or nothing to hear
    stills: ResultStills | None = None


class Message(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One line of the child's output: its progress, why the file is unfit, that the disk is full, or the result."""

    stage: str = ""
    percent: int = 0
    unfit: str = ""
    disk_full: bool = False
    result: Result | None = None


def check_result(result: Result, folder: Path) -> None:
    """Raises ValueError, or OSError, unless these are regular files in `folder` with plausible properties."""
    roles = [made.role for made in result.files]
    if len(set(roles)) != len(roles) or len(roles) > _FILES_MAX or not {"poster", "preview"} < set(roles):
        raise ValueError("the child made a wrong set of files")
    if not 0 <= result.duration_ms < 3_600_000:
        raise ValueError("the child reported an impossible duration")
    for made in result.files:
        if not _NAME.match(made.name) or not _ROLE.match(made.role):
            raise ValueError("the child gave a file an illegal name")
        if not (0 < made.width <= _SIDE_PX_MAX and 0 < made.height <= _SIDE_PX_MAX):
            raise ValueError("the child reported an impossible size")
        _check_file(folder / made.name)
    if result.stills is not None:
        _check_stills(result.stills, folder)
    if not 0 <= result.sound_ms < 3_600_000:
        raise ValueError("the child reported an impossible duration")
    if result.sound_ms and _check_file(folder / SOUND_NAME) > SOUND_BYTES_MAX:
        raise ValueError("the child made too large a sound")


def _check_stills(stills: ResultStills, folder: Path) -> None:
    sides = 0 < stills.width <= STILL_PX_MAX and 0 < stills.height <= STILL_PX_MAX
    if not sides or not 0 < stills.count <= STILLS_MAX:
        raise ValueError("the child reported impossible stills")
    if _check_file(folder / STILLS_NAME) != stills.count * stills.width * stills.height * _RGB_BYTES:
        raise ValueError("the child made other stills than it reported")


def _check_file(path: Path) -> int:
    """Returns its size in bytes."""
    status = os.lstat(path)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink != 1 or status.st_size == 0:
        raise ValueError("the child made something other than a regular file")
    return status.st_size
