"""Uploads on their way through the machine: copies become cases, and nobody waits for a machine that hangs."""

from __future__ import annotations

import time
from pathlib import Path

import av
import numpy as np

from tests.trust.machine.conftest import Eyes
from tests.trust.machine.edits import EDITS, scene
from trust.machine.judging.judge import Judge, Watch
from trust.machine.judging.originals import Originals
from trust.machine.judging.seen import Seen
from trust.machine.sight.process import Looker
from vod.fund.originals import FundOriginals

_HANGS = "import time; time.sleep(60)"


def film(path: Path, edit: str = "", seconds: int = 3) -> Path:
    """A scene a second."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=8, options={"preset": "ultrafast"})
        assert isinstance(stream, av.VideoStream)
        opened = False
        for number in range(8 * seconds):
            pixels = scene(100 + number // 8)
            pixels = np.ascontiguousarray(EDITS[edit](pixels) if edit else pixels)
            pixels = pixels[: pixels.shape[0] // 2 * 2, : pixels.shape[1] // 2 * 2]
            if not opened:
                stream.width, stream.height, stream.pix_fmt = pixels.shape[1], pixels.shape[0], "yuv420p"
                opened = True
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24")))
        out.mux(stream.encode(None))
    return path


class Watching:
    """As `processing` uses the machine."""

    def __init__(self, judge: Judge, looker: Looker) -> None:
        self.judge = judge
        self._watch = Watch(looker)

    def look(self, stills: Path, width: int, height: int, count: int) -> Seen:
        return self._watch.look(stills, width, height, count)


def test_a_mirrored_upload_of_a_hidden_video_becomes_a_case(eyes: Eyes, looker: Looker, tmp_path: Path) -> None:
    house = eyes.desk.house
    house.vod.processing._machine = Watching(eyes.judge, looker)  # type: ignore[assignment]
    original = house.ready(eyes.desk.troll, film(tmp_path / "a.mp4"))
    eyes.desk.report(original)
    eyes.desk.decide()
    copy = house.ready(house.person(), film(tmp_path / "b.mp4", "mirror"))
    case = eyes.desk.case(copy)
    assert case is not None
    assert case.reason == "hate"


def test_an_upload_that_shows_what_an_earlier_one_does_is_told_to_the_fund(
    eyes: Eyes, looker: Looker, tmp_path: Path
) -> None:
    house = eyes.desk.house
    originality = house.money.fund.originality
    house.vod.processing._machine = Watching(eyes.judge, looker)  # type: ignore[assignment]
    house.vod.processing._originals = FundOriginals(house.database, Originals(), originality)
    maker, copier = house.person(), house.person()
    original = house.ready(maker, film(tmp_path / "a.mp4"))
    again, copy = house.ready(maker, film(tmp_path / "b.mp4")), house.ready(copier, film(tmp_path / "c.mp4"))
    found = house.database.read(lambda c: [*originality.of(c, maker.id), *originality.of(c, copier.id)])
    assert [(one.video, one.creator) for one in found] == [(copy, copier.id)], "nobody copies themselves"
    assert found[0].original in (original, again)


def test_an_upload_is_published_without_a_score_when_the_child_hangs(eyes: Eyes, tmp_path: Path) -> None:
    house, hung = eyes.desk.house, Looker(start_s=0.5, boot=_HANGS)
    house.vod.processing._machine = Watching(eyes.judge, hung)  # type: ignore[assignment]
    began = time.monotonic()
    video = house.ready(house.person(), film(tmp_path / "a.mp4", seconds=1))
    assert house.vod.videos.video(video, None).state == "ready"
    assert hung.faults == 1
    assert time.monotonic() - began < 60
    hung.close()
