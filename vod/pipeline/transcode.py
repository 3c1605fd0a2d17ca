"""Makes all renditions, a poster and a preview in one decode. Runs in the child process."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.container import InputContainer
from av.video.frame import VideoFrame

from vod.pipeline import encode
from vod.pipeline.child_result import Result, ResultFile
from vod.pipeline.decode import decoded
from vod.pipeline.encode import Mp4
from vod.pipeline.picture import TIME_BASE, Rotator, Scaler, colors_of, fitted, ladder, rotation_of, swaps_sides
from vod.pipeline.probe import Source, Unfit

FRAMES_PER_SECOND_MAX = 60  # of the renditions
PREVIEW_S = 3
PREVIEW_FRAMES_PER_SECOND = 15
PREVIEW_SHORT_SIDE_PX = 360
POSTER_S = 1
AUDIO_FRAMES_BEFORE_PICTURE_MAX = 2_000

Report = Callable[[int], None]
"""Called with the percent that is done."""


def transcode(container: InputContainer, source: Source, folder: Path, report: Report) -> Result:
    """Make everything there is to show of a video. Raises Unfit."""
    outputs: _Outputs | None = None
    early: list[tuple[AudioFrame, Fraction]] = []
    for frame, time in decoded(container, source):
        if isinstance(frame, VideoFrame):
            if outputs is None:
                outputs = _Outputs(frame, source, folder)
                for sound, at in early:
                    outputs.sound(sound, at)
            outputs.picture(frame, time)
            report(min(99, int(100 * time / source.duration)))
        elif outputs is not None:
            outputs.sound(frame, time)
        elif len(early) < AUDIO_FRAMES_BEFORE_PICTURE_MAX:
            early.append((frame, time))
    if outputs is None or outputs.end < source.duration / 2 - 1:
        raise Unfit("broken")  # most of what its header promises is missing
    return outputs.finish()


class _Outputs:
    """All outputs of one video. Set up by its first picture, which has the rotation."""

    def __init__(self, first: VideoFrame, source: Source, folder: Path) -> None:
        rotation = rotation_of(first)
        transposed = swaps_sides(rotation)
        sizes = ladder(source.height, source.width) if transposed else ladder(source.width, source.height)
        stored = sizes[0].transposed if transposed else sizes[0]  # before rotation
        small = fitted(sizes[0].width, sizes[0].height, PREVIEW_SHORT_SIDE_PX)
        self._top, self._upright = Scaler(stored), Rotator(stored, rotation)
        self._lower = [Scaler(size) for size in sizes[1:]]
        self._small = Scaler(small)
        self._folder = folder
        self._files = [ResultFile(str(s.short_side), f"{s.short_side}.mp4", s.width, s.height) for s in sizes]
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
        self._preview_file = ResultFile("preview", "preview.mp4", small.width, small.height)
        self._poster_file: ResultFile | None = None
        self._poster_at = min(Fraction(POSTER_S), source.duration / 3)
        self._frame_s = 1 / source.rate
        self._pictures = _FrameRateLimit(FRAMES_PER_SECOND_MAX)
        self._preview_pictures = _FrameRateLimit(PREVIEW_FRAMES_PER_SECOND)
        self._sound = _SoundConverter()
        self.end = Fraction(0)  # seconds

    def picture(self, frame: VideoFrame, time: Fraction) -> None:
        if not self._pictures.accepts(time):
            return
        at = max(0, round(time / TIME_BASE))
        pictures = [self._upright(_timed(self._top(frame), at))]
        for scaler in self._lower:
            pictures.append(_timed(scaler(pictures[-1]), at))
        if time < PREVIEW_S and self._preview_pictures.accepts(time):
            self._preview.picture(_timed(self._small(pictures[-1]), at))
        if self._poster_file is None or self.end <= self._poster_at < time + self._frame_s:
            self._make_poster(pictures[min(1, len(pictures) - 1)])
        self.end = time + self._frame_s
        for rendition, picture in zip(self._renditions, pictures, strict=True):
            rendition.picture(picture)

    def _make_poster(self, picture: VideoFrame) -> None:
        self._poster_file = ResultFile("poster", "poster.webp", picture.width, picture.height)
        encode.write_webp(self._folder / self._poster_file.name, picture)

    def sound(self, frame: AudioFrame, time: Fraction) -> None:
        for sound in self._sound.convert(frame, time):
            for rendition in self._renditions:
                rendition.sound(sound)

    def finish(self) -> Result:
        for sound in self._sound.flush():
            for rendition in self._renditions:
                rendition.sound(sound)
        for output in (*self._renditions, self._preview):
            output.close()
        assert self._poster_file is not None
        return Result(round(self.end * 1000), [*self._files, self._preview_file, self._poster_file])


class _FrameRateLimit:
    """Limits the frame rate: accepts every picture of a slower source, whatever its jitter."""

    def __init__(self, per_second: int) -> None:
        self._step = Fraction(1, per_second)
        self._due = Fraction(0)

    def accepts(self, time: Fraction) -> bool:
        if time < self._due - self._step / 2:
            return False
        self._due = max(self._due, time) + self._step
        return True


class _SoundConverter:
    """Resamples sound for the encoder, with timestamps that never overlap."""

    def __init__(self) -> None:
        self._resampler: AudioResampler | None = None
        self._format: tuple[str, str, int] | None = None
        self._due = 0  # in samples

    def convert(self, frame: AudioFrame, time: Fraction) -> list[AudioFrame]:
        format_ = (frame.format.name, frame.layout.name, frame.sample_rate)
        sounds: list[AudioFrame] = []
        if self._resampler is None or format_ != self._format:  # some streams change their format
            sounds = self.flush()
            self._format = format_
            self._resampler = AudioResampler("fltp", "stereo", encode.AUDIO_HZ, encode.AUDIO_FRAME_SAMPLES)
        frame.time_base = Fraction(1, frame.sample_rate)
        frame.pts = round(time * frame.sample_rate)
        return sounds + self._in_order(self._resampler.resample(frame))

    def flush(self) -> list[AudioFrame]:
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
