"""One decode, all renditions, a poster and a preview. Runs in the child process: `child` is what surrounds it."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.video.frame import VideoFrame

from vod.pipeline import encode
from vod.pipeline.child_result import Made, Result
from vod.pipeline.decode import decoded
from vod.pipeline.encode import Mp4
from vod.pipeline.picture import TIME_BASE, Scaler, Turner, colors_of, fitted, ladder, swaps_sides, turn_of
from vod.pipeline.probe import Source, Unfit

FRAMES_PER_SECOND_MAX = 60  # of what is made
PREVIEW_S = 3
PREVIEW_FRAMES_PER_SECOND = 15
PREVIEW_SHORT_SIDE_PX = 360
POSTER_S = 1
SOUNDS_BEFORE_PICTURE_MAX = 2_000

Report = Callable[[int], None]
"""Is told the percent that is done."""


def transcode(container: InputContainer, source: Source, folder: Path, report: Report) -> Result:
    """Make everything that is shown of a video. Raises Unfit."""
    studio: _Studio | None = None
    early: list[tuple[AudioFrame, Fraction]] = []
    for frame, time in decoded(container, source):
        if isinstance(frame, VideoFrame):
            if studio is None:
                studio = _Studio(frame, source, folder)
                for sound, at in early:
                    studio.sound(sound, at)
            studio.picture(frame, time)
            report(min(99, int(100 * time / source.duration)))
        elif studio is not None:
            studio.sound(frame, time)
        elif len(early) < SOUNDS_BEFORE_PICTURE_MAX:
            early.append((frame, time))
    if studio is None or studio.end < source.duration / 2 - 1:
        raise Unfit("broken")  # most of what it says it holds is not there
    return studio.finish()


class _Studio:
    """All outputs of one video. Set up by its first picture, which says how they are turned."""

    def __init__(self, first: VideoFrame, source: Source, folder: Path) -> None:
        turn = turn_of(first)
        turned = swaps_sides(turn)
        sizes = ladder(source.height, source.width) if turned else ladder(source.width, source.height)
        lying = sizes[0].turned if turned else sizes[0]
        small = fitted(sizes[0].width, sizes[0].height, PREVIEW_SHORT_SIDE_PX)
        self._top, self._upright = Scaler(lying), Turner(lying, turn)
        self._lower = [Scaler(size) for size in sizes[1:]]
        self._small = Scaler(small)
        self._folder = folder
        self._files = [Made(str(s.short_side), f"{s.short_side}.mp4", s.width, s.height) for s in sizes]
        colors = colors_of(first)
        rate = min(source.rate, Fraction(FRAMES_PER_SECOND_MAX))
        self._renditions = [
            Mp4(folder / made.name, size, rate, encode.quality(size.short_side), colors, audio=source.has_audio)
            for made, size in zip(self._files, sizes, strict=True)
        ]
        self._preview = Mp4(
            folder / "preview.mp4",
            small,
            Fraction(PREVIEW_FRAMES_PER_SECOND),
            encode.PREVIEW_QUALITY,
            colors,
            audio=False,
        )
        self._preview_file = Made("preview", "preview.mp4", small.width, small.height)
        self._poster_file: Made | None = None
        self._poster_at = min(Fraction(POSTER_S), source.duration / 3)
        self._frame_s = 1 / source.rate
        self._pictures = _Pace(FRAMES_PER_SECOND_MAX)
        self._preview_pictures = _Pace(PREVIEW_FRAMES_PER_SECOND)
        self._sound = _Sound()
        self.end = Fraction(0)  # seconds

    def picture(self, frame: VideoFrame, time: Fraction) -> None:
        if not self._pictures.takes(time):
            return
        at = max(0, round(time / TIME_BASE))
        pictures = [self._upright(_timed(self._top(frame), at))]
        for scaler in self._lower:
            pictures.append(_timed(scaler(pictures[-1]), at))
        if time < PREVIEW_S and self._preview_pictures.takes(time):
            self._preview.picture(_timed(self._small(pictures[-1]), at))
        if self._poster_file is None or self.end <= self._poster_at < time + self._frame_s:
            self._make_poster(pictures[min(1, len(pictures) - 1)])
        self.end = time + self._frame_s
        for rendition, picture in zip(self._renditions, pictures, strict=True):
            rendition.picture(picture)

    def _make_poster(self, picture: VideoFrame) -> None:
        self._poster_file = Made("poster", "poster.webp", picture.width, picture.height)
        encode.write_webp(self._folder / self._poster_file.name, picture)

    def sound(self, frame: AudioFrame, time: Fraction) -> None:
        for sound in self._sound.take(frame, time):
            for rendition in self._renditions:
                rendition.sound(sound)

    def finish(self) -> Result:
        for sound in self._sound.rest():
            for rendition in self._renditions:
                rendition.sound(sound)
        for output in (*self._renditions, self._preview):
            output.close()
        assert self._poster_file is not None
        return Result(round(self.end * 1000), [*self._files, self._preview_file, self._poster_file])


class _Pace:
    """Takes at most so many pictures a second, and all of them when there are no more; jitter does not matter."""

    def __init__(self, per_second: int) -> None:
        self._step = Fraction(1, per_second)
        self._due = Fraction(0)

    def takes(self, time: Fraction) -> bool:
        if time < self._due - self._step / 2:
            return False
        self._due = max(self._due, time) + self._step
        return True


class _Sound:
    """Brings sound into the form the encoder takes, in time and without overlaps."""

    def __init__(self) -> None:
        self._resampler: AudioResampler | None = None
        self._form: tuple[str, str, int] | None = None
        self._due = 0  # in samples

    def take(self, frame: AudioFrame, time: Fraction) -> list[AudioFrame]:
        form = (frame.format.name, frame.layout.name, frame.sample_rate)
        sounds: list[AudioFrame] = []
        if self._resampler is None or form != self._form:  # some streams change it on the way
            sounds = self.rest()
            self._form = form
            self._resampler = AudioResampler("fltp", "stereo", encode.AUDIO_HZ, encode.AUDIO_FRAME_SAMPLES)
        frame.time_base = Fraction(1, frame.sample_rate)
        frame.pts = round(time * frame.sample_rate)
        return sounds + self._in_order(self._resampler.resample(frame))

    def rest(self) -> list[AudioFrame]:
        return self._in_order(self._resampler.resample(None)) if self._resampler is not None else []

    def _in_order(self, sounds: list[AudioFrame]) -> list[AudioFrame]:
        ordered = []
        for sound in sounds:
            if sound.pts is None or sound.pts < self._due:
                if sound.pts is not None and sound.pts + sound.samples <= self._due:
                    continue
                sound.pts = self._due
            self._due = sound.pts + sound.samples
            ordered.append(sound)
        return ordered


def _timed(frame: VideoFrame, at: int) -> VideoFrame:
    frame.pts, frame.time_base = at, TIME_BASE
    return frame
