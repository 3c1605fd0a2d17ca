"""The child process with two inputs: an upload, and the sound to put under it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.vod.pipeline.films import film
from vod.pipeline.child_result import SOUND_BYTES_MAX, SOUND_NAME, Result, ResultFile, check_result
from vod.pipeline.process import Unfit, make_files


def quiet(stage: str, percent: int) -> None:
    """A report to nobody."""


def made(folder: Path) -> tuple[Path, Result]:
    """A sound, and the result it comes from."""
    folder.mkdir()
    result = make_files(film(folder.parent / f"{folder.name}.mp4"), folder, quiet)
    return folder / SOUND_NAME, result


def test_the_sandbox_lets_the_child_read_the_sound_it_is_given_and_no_other(tmp_path: Path) -> None:
    sound, _ = made(tmp_path / "other")
    folder = tmp_path / "out"
    folder.mkdir()
    given = folder / "borrowed"
    given.write_bytes(sound.read_bytes())
    assert make_files(film(tmp_path / "mine.mp4"), folder, quiet, given).sound_ms == 0
    link = folder / "link"
    link.symlink_to(sound)
    with pytest.raises(Exception, match="PermissionError"):
        make_files(film(tmp_path / "mine.mp4"), folder, quiet, link)


def test_the_folders_may_be_relative_as_in_a_default_installation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sound, _ = made(tmp_path / "other")
    film(tmp_path / "mine.mp4")
    monkeypatch.chdir(tmp_path)
    folder = Path("out")
    folder.mkdir()
    given = folder / "borrowed"
    given.write_bytes(sound.read_bytes())
    assert make_files(Path("mine.mp4"), folder, quiet, given).sound_ms == 0


def test_a_sound_that_counts_backwards_is_refused(tmp_path: Path) -> None:
    sound, _ = made(tmp_path / "other")
    folder = tmp_path / "out"
    folder.mkdir()
    given = folder / "borrowed"
    content = sound.read_bytes()
    at = content.index(b"stts") + 12  # every packet, of which the table says how long it lasts: not at all
    given.write_bytes(content[: at + 4] + b"\0\0\0\0" + content[at + 8 :])
    with pytest.raises(Unfit, match="sound_unavailable"):
        make_files(film(tmp_path / "mine.mp4"), folder, quiet, given)


def test_a_sound_that_the_child_reports_is_checked(tmp_path: Path) -> None:
    sound, result = made(tmp_path / "out")
    check_result(result, tmp_path / "out")
    for impossible in (-1, 3_600_000):
        with pytest.raises(ValueError, match="duration"):
            check_result(Result(1000, result.files, impossible), tmp_path / "out")
    with sound.open("r+b") as file:
        file.truncate(SOUND_BYTES_MAX + 1)
    with pytest.raises(ValueError, match="too large a sound"):
        check_result(result, tmp_path / "out")
    sound.unlink()
    sound.symlink_to("/etc/passwd")
    with pytest.raises(ValueError, match="regular file"):
        check_result(result, tmp_path / "out")
    renamed = [ResultFile(made.role, SOUND_NAME, made.width, made.height) for made in result.files]
    with pytest.raises(ValueError, match="illegal name"):
        check_result(Result(1000, renamed, 0), tmp_path / "out")
