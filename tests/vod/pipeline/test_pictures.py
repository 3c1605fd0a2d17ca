"""What pictures of an unusual kind look like afterwards."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import pytest
from av.video.frame import VideoFrame

from tests.vod.pipeline.corpus import H264, ffmpeg, moving, turned_while_recording
from vod.pipeline.process import make_files


def pictures_of(path: Path) -> list[VideoFrame]:
    """The pictures of the largest rendition."""
    folder = path.with_name("out")
    folder.mkdir()
    result = make_files(path, folder, lambda stage, percent: None)
    with av.open(str(folder / result.files[0].name)) as made:
        return list(made.decode(video=0))


def rows(frame: VideoFrame, plane: int = 0) -> list[bytes]:
    content, line, width = bytes(frame.planes[plane]), frame.planes[plane].line_size, frame.planes[plane].width
    return [content[start : start + width] for start in range(0, line * frame.planes[plane].height, line)]


def mean(values: bytes) -> float:
    return sum(values) / len(values)


@pytest.mark.parametrize("container", ["mp4", "ts"])
def test_interlaced_pictures_come_out_without_combs(container: str, tmp_path: Path) -> None:
    path = tmp_path / f"film.{container}"
    bars = "nullsrc=s=64x96:r=50:d=0.8,geq=lum='if(lt(mod(X+N*7,64),32),200,40)':cb=128:cr=128"
    woven = "tinterlace=interleave_top,setfield=tff"
    ffmpeg("-f", "lavfi", "-i", f"{bars},{woven}", *H264, "-flags", "+ilme+ildct", "-x264-params", "tff=1", path)
    with av.open(str(path)) as source:
        assert combs(next(source.decode(video=0))) > 20, "the source has them"
    shown = pictures_of(path)
    assert len(shown) == 20
    assert max(combs(frame) for frame in shown[1:-1]) < 10


def combs(frame: VideoFrame) -> float:
    """How much a row differs from the next, on average."""
    lines = rows(frame)[8:-8]
    return mean(bytes(abs(a - b) for upper, lower in pairwise(lines) for a, b in zip(upper, lower, strict=True)))


def test_a_picture_of_another_shape_gets_borders_and_is_not_stretched(tmp_path: Path) -> None:
    """The phone is turned while it records: 64 by 96 pixels, then 96 by 64."""
    path = tmp_path / "film.webm"
    turned_while_recording(path)
    first, *_, last = pictures_of(path)
    assert (last.width, last.height) == (64, 96)
    middle = rows(last)[48]
    assert max(middle) - min(middle) > 50, "a picture across the whole width"
    for edge in (rows(last)[4], rows(last)[-5]):
        assert mean(edge) < 24, "black above and below"
    assert mean(rows(first)[4]) > 24


def test_a_smaller_picture_of_the_same_shape_fills_the_frame(tmp_path: Path) -> None:
    """Browsers send fewer pixels over a bad connection."""
    path = tmp_path / "film.webm"
    turned_while_recording(path, second=(32, 48))
    last = pictures_of(path)[-1]
    assert mean(rows(last)[3]) > 24


def test_rgb_keeps_its_colours(tmp_path: Path) -> None:
    path = tmp_path / "film.mkv"
    ffmpeg("-f", "lavfi", "-i", "color=red:s=64x96:d=0.5", "-c:v", "libx264rgb", "-qp", 0, path)
    frame = pictures_of(path)[0]
    assert frame.colorspace == 1, "BT.709"
    red = [mean(rows(frame, plane)[10]) for plane in range(3)]
    assert red == pytest.approx([63, 102, 240], abs=4)


def test_there_is_a_key_frame_every_two_seconds_whatever_the_frame_rate(tmp_path: Path) -> None:
    path, folder = tmp_path / "film.mp4", tmp_path / "out"
    folder.mkdir()
    ffmpeg(*moving(12, rate="30"), "-vf", "select='lt(t,3)+not(mod(n,45))'", "-fps_mode", "vfr", *H264, path)
    result = make_files(path, folder, lambda stage, percent: None)
    with av.open(str(folder / result.files[0].name)) as made:
        keys = [
            float(packet.pts * packet.time_base)
            for packet in made.demux(video=0)
            if packet.is_keyframe and packet.pts is not None
        ]
    assert max(later - earlier for earlier, later in zip(keys, [*keys[1:], 12.0], strict=True)) <= 3.1
