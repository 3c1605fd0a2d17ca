"""Every file of the corpus, given to the child process as by a worker."""

from __future__ import annotations

from array import array
from pathlib import Path

import av
import pytest

from tests.served import ROOT
from tests.vod.pipeline.corpus import CORPUS, Input
from vod.pipeline.process import Unfit, make_files

TOLERANCE_S = 0.2


@pytest.mark.parametrize("each", CORPUS, ids=lambda each: each.name)
def test_what_devices_and_programs_write_becomes_a_video_as_long_as_it_really_is(each: Input, tmp_path: Path) -> None:
    path, folder = tmp_path / f"source{each.suffix}", tmp_path / "out"
    folder.mkdir()
    each.make(path)
    if each.refused:
        with pytest.raises(Unfit, match=each.refused):
            make_files(path, folder, lambda stage, percent: None)
        return
    result = make_files(path, folder, lambda stage, percent: None)
    top, *_ = result.files
    assert result.duration_ms / 1000 == pytest.approx(each.seconds, abs=TOLERANCE_S)
    assert (top.width, top.height) == each.size
    with av.open(str(folder / top.name)) as made:
        picture = made.streams.video[0]
        assert picture.duration
        assert picture.time_base
        shown_s = float(picture.duration * picture.time_base)
        assert shown_s == pytest.approx(each.seconds, abs=TOLERANCE_S), "the picture stays to the end"
        assert len(made.streams.audio) == each.sound
    if each.sound:
        assert peak(folder / top.name) > 0.02
    with av.open(str(folder / "preview.mp4")) as preview:
        assert next(preview.decode(video=0))


def peak(path: Path) -> float:
    """The loudest sample, of 1."""
    with av.open(str(path)) as made:
        frames = (array("f", bytes(frame.planes[0])) for frame in made.decode(audio=0))
        return max(max(samples) for samples in frames)


def test_the_documentation_lists_every_file_of_the_corpus_with_its_result() -> None:
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in (ROOT / "docs" / "videos.md").read_text().splitlines()
        if line.startswith("| ")
    ]
    listed = {row[0]: row[-1] for row in rows}
    for each in CORPUS:
        assert listed[each.name] == (f"refused: `{each.refused}`" if each.refused else "accepted")
    assert len({each.name for each in CORPUS}) == len(CORPUS)
