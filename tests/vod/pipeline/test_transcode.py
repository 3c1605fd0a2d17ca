"""Transcoding of valid videos: upright, never upscaled, without private metadata."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import pytest

from tests.vod.pipeline.films import film
from vod.pipeline.child_result import Result, ResultFile
from vod.pipeline.picture import Size, fitted, ladder
from vod.pipeline.process import make_files


class Outcome:
    def __init__(self, result: Result, folder: Path, words: list[tuple[str, int]]) -> None:
        self.result = result
        self.folder = folder
        self.words = words

    @property
    def renditions(self) -> list[ResultFile]:
        return [made for made in self.result.files if made.role.isdecimal()]

    def path(self, role: str) -> Path:
        return self.folder / next(made.name for made in self.result.files if made.role == role)


def made_of(path: Path, tmp_path: Path) -> Outcome:
    folder = tmp_path / "out"
    folder.mkdir()
    words: list[tuple[str, int]] = []
    return Outcome(make_files(path, folder, lambda stage, percent: words.append((stage, percent))), folder, words)


def corners(path: Path) -> tuple[bool, bool, bool, bool]:
    """Which corners of the first picture are bright: upper left, upper right, lower left, lower right."""
    with av.open(str(path)) as container:
        frame = next(container.decode(video=0))
        plane = frame.planes[0]
        luma, line = bytes(plane), plane.line_size
        places = [(x, y) for y in (8, frame.height - 9) for x in (8, frame.width - 9)]
        first, second, third, fourth = (luma[y * line + x] > 150 for x, y in places)
        return first, second, third, fourth


def test_the_ladder_has_at_most_three_rungs_and_never_upscales() -> None:
    assert ladder(2160, 3840) == [Size(1080, 1920), Size(720, 1280), Size(480, 854)]
    assert ladder(1920, 1080) == [Size(1920, 1080), Size(1280, 720), Size(854, 480)]
    assert ladder(720, 1280) == [Size(720, 1280), Size(480, 854)]
    assert ladder(100, 50) == [Size(100, 50)]
    assert fitted(333, 241, 1080) == Size(332, 240), "the colours of 4:2:0 need even sides"


def test_a_large_video_gets_three_sizes_a_poster_and_a_silent_preview(tmp_path: Path) -> None:
    done = made_of(film(tmp_path / "film.mp4", size=(1080, 1920), seconds=1, rate=10), tmp_path)
    assert [(made.role, made.width, made.height) for made in done.renditions] == [
        ("1080", 1080, 1920), ("720", 720, 1280), ("480", 480, 854),
    ]  # fmt: skip
    for made in done.renditions:
        with av.open(str(done.folder / made.name)) as container:
            video, audio = container.streams.video[0], container.streams.audio[0]
            assert (video.codec_context.name, video.pix_fmt, audio.codec_context.name) == ("h264", "yuv420p", "aac")
            assert (video.width, video.height) == (made.width, made.height)
            assert video.frames == 10
    with av.open(str(done.path("preview"))) as preview:
        assert not preview.streams.audio
        assert min(preview.streams.video[0].width, preview.streams.video[0].height) == 360
    assert done.path("poster").read_bytes()[8:12] == b"WEBP"
    assert abs(done.result.duration_ms - 1000) <= 100


def test_progress_reaches_100_percent(small_film: Path, tmp_path: Path) -> None:
    words = [word for word in made_of(small_film, tmp_path).words if word[0]]
    assert words[0] == ("probing", 0)
    percents = [percent for stage, percent in words if stage == "transcoding"]
    assert percents == sorted(percents)
    assert percents[-1] > 90


def test_the_index_is_at_the_start_of_the_file(small_film: Path, tmp_path: Path) -> None:
    for made in made_of(small_film, tmp_path).result.files:
        if made.name.endswith(".mp4"):
            content = (tmp_path / "out" / made.name).read_bytes()
            assert 0 < content.index(b"moov") < content.index(b"mdat")


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
def test_location_and_device_metadata_are_stripped(suffix: str, tmp_path: Path) -> None:
    secrets = {
        "location": "+48.8577+002.295/", "com.apple.quicktime.location.ISO6709": "+48.8577+002.295+035/",
        "title": "My garden", "artist": "Jeanne", "comment": "do not publish", "make": "Phone",
        "creation_time": "2021-03-04T05:06:07.000000Z",
    }  # fmt: skip
    path = film(tmp_path / f"film{suffix}", metadata=secrets)
    assert b"48.8577" in path.read_bytes(), "the source has it"
    done = made_of(path, tmp_path)
    for made in done.result.files:
        content = (done.folder / made.name).read_bytes()
        for secret in (b"48.8577", b"garden", b"Jeanne", b"publish", b"Phone", b"Lavf"):
            assert secret not in content
        if made.name.endswith(".mp4"):
            with av.open(str(done.folder / made.name)) as container:
                kept = container.metadata.keys() | {k for s in container.streams for k in s.metadata}
            assert kept <= {
                "major_brand",
                "minor_version",
                "compatible_brands",
                "language",
                "handler_name",
                "vendor_id",
            }


@pytest.mark.parametrize(
    ("rotation", "upright", "bright"),
    [(0, (480, 320), 0), (90, (320, 480), 2), (180, (480, 320), 3), (-90, (320, 480), 1)],
)
def test_a_rotated_phone_video_is_turned_upright(
    rotation: int, upright: tuple[int, int], bright: int, tmp_path: Path
) -> None:
    done = made_of(film(tmp_path / "film.mp4", size=(480, 320), rotation=rotation), tmp_path)
    top = done.renditions[0]
    assert (top.width, top.height) == upright
    assert [number for number, light in enumerate(corners(done.folder / top.name)) if light] == [bright]
    assert [number for number, light in enumerate(corners(done.path("preview"))) if light] == [bright]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("silent.mp4", {"sound": None}),
        ("odd.mp4", {"size": (333, 241), "pixels": "yuv444p"}),
        ("landscape.mp4", {"size": (640, 360)}),
        ("ten_bit.mp4", {"pixels": "yuv420p10le"}),
        ("vp8.webm", {"codec": "libvpx", "sound": "libopus"}),
        ("vp9.webm", {"codec": "libvpx-vp9", "sound": "libopus", "size": (160, 240)}),
        ("mpeg4.mov", {"codec": "mpeg4"}),
        ("prores.mov", {"codec": "prores_ks", "pixels": "yuv422p10le", "sound": "pcm_s16le"}),
        ("mp3.mkv", {"sound": "libmp3lame"}),
    ],
)
def test_videos_of_many_formats_become_the_same_format(name: str, options: dict[str, object], tmp_path: Path) -> None:
    done = made_of(film(tmp_path / name, **options), tmp_path)  # type: ignore[arg-type]
    with av.open(str(done.folder / done.renditions[0].name)) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        assert container.streams.video[0].pix_fmt == "yuv420p"
        assert len(container.streams.audio) == (0 if options.get("sound", "aac") is None else 1)
        assert len(list(container.decode(video=0))) == 15


def test_hdr_becomes_bt709(tmp_path: Path) -> None:
    hdr = "log-level=none:colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
    path = film(
        tmp_path / "film.mp4", codec="libx265", pixels="yuv420p10le", sound=None, options={"x265-params": hdr}
    )  # fmt: skip
    done = made_of(path, tmp_path)
    with av.open(str(done.folder / done.renditions[0].name)) as container:
        frame = next(container.decode(video=0))
        assert frame.format.name == "yuv420p"
        assert (frame.color_primaries, frame.color_trc, frame.colorspace) == (1, 1, 1), "BT.709"


def test_a_variable_frame_rate_is_kept(tmp_path: Path) -> None:
    times = [0, 0.1, 0.15, 0.5, 0.75, 1.2, 1.9]
    done = made_of(film(tmp_path / "film.mp4", times=times, rate=30), tmp_path)
    with av.open(str(done.folder / done.renditions[0].name)) as container:
        shown = [
            float(frame.pts * frame.time_base)
            for frame in container.decode(video=0)
            if frame.pts is not None and frame.time_base
        ]
    assert shown == pytest.approx(times, abs=0.002)


def test_the_output_has_at_most_60_frames_per_second(tmp_path: Path) -> None:
    done = made_of(film(tmp_path / "film.mp4", rate=120, size=(64, 64), sound=None), tmp_path)
    with av.open(str(done.folder / done.renditions[0].name)) as container:
        assert len(list(container.decode(video=0))) in (60, 61)


def test_audio_and_video_stay_in_sync(tmp_path: Path) -> None:
    done = made_of(film(tmp_path / "film.mp4", seconds=3), tmp_path)
    with av.open(str(done.folder / done.renditions[0].name)) as container:
        ends = [
            stream.duration * stream.time_base for stream in container.streams if stream.duration and stream.time_base
        ]
    assert len(ends) == 2
    assert abs(ends[0] - ends[1]) < Fraction(1, 10)


def test_transcoding_twice_gives_the_same_bytes(small_film: Path, tmp_path: Path) -> None:
    contents = []
    for number in ("1", "2"):
        (tmp_path / number).mkdir()
        done = made_of(small_film, tmp_path / number)
        contents.append({made.role: done.path(made.role).read_bytes() for made in done.result.files})
    assert contents[0] == contents[1]
