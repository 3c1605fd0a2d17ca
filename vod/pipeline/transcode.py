"""Makes all renditions, a poster and a preview in one decode. Runs in the child process."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from fractions import Fraction
from pathlib import Path

from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.video.frame import VideoFrame

from vod.pipeline import encode
from vod.pipeline.child_result import Result, ResultFile
from vod.pipeline.decode import decoded
from vod.pipeline.encode import Mp4
from vod.pipeline.interlace import deinterlaced
from vod.pipeline.picture import TIME_BASE, Fitter, Rotator, Scaler, colors_of, fitted, ladder, rotation_of, swaps_sides
from vod.pipeline.probe import LAST_PICTURE_S_MAX, Source
from vod.pipeline.soundtrack import OwnSound, Packets, Soundtrack, borrowed
from vod.pipeline.stills import Stills
from vod.pipeline.tracks import Unfit

FRAMES_PER_SECOND_MAX = 60  # of the renditions
PREVIEW_S = 3
PREVIEW_FRAMES_PER_SECOND = 15
PREVIEW_SHORT_SIDE_PX = 360
POSTER_S = 1
HOLD_S_MAX = 1  # between two pictures
AUDIO_FRAMES_BEFORE_PICTURE_MAX = 2_000

Report = Callable[[int], None]
"""Called with the percent that is done."""


def transcode(
    container: InputContainer, source: Source, folder: Path, report: Report, sound: Path | None = None
) -> Result:
    """Make everything there is to show of a video. The container is freshly opened. Raises Unfit.

    `sound` is another video's sound, to be used in place of its own.
    """
    with borrowed(sound) if sound is not None else nullcontext() as other:
        return _transcode(container, source, folder, report, other)


def _transcode(
    container: InputContainer, source: Source, folder: Path, report: Report, other: Soundtrack | None
) -> Result:
    outputs: _Outputs | None = None
    early: list[tuple[AudioFrame, Fraction]] = []
    for frame, time in deinterlaced(decoded(container, source)):
        report(max(0, min(99, int(100 * time / source.duration))))
        if isinstance(frame, VideoFrame):
            if outputs is None:
                outputs = _Outputs(frame, source, folder, other)
                for sound, at in early:
                    outputs.sound(sound, at)
                early = []
            outputs.picture(frame, time)
        elif outputs is not None:
            outputs.sound(frame, time)
        elif len(early) < AUDIO_FRAMES_BEFORE_PICTURE_MAX:
            early.append((frame, time))
    if outputs is None:
        raise Unfit("broken")
    return outputs.finish()


class _Outputs:
    """All outputs of one video. Set up by its first picture, which has the rotation."""

    def __init__(self, first: VideoFrame, source: Source, folder: Path, other: Soundtrack | None) -> None:
        rotation = rotation_of(first)
        transposed = swaps_sides(rotation)
        sizes = ladder(source.height, source.width) if transposed else ladder(source.width, source.height)
        stored = sizes[0].transposed if transposed else sizes[0]  # before rotation
        small = fitted(sizes[0].width, sizes[0].height, PREVIEW_SHORT_SIDE_PX)
        self._top, self._upright = Fitter(first, stored), Rotator(stored, rotation)
        self._lower = [Scaler(size) for size in sizes[1:]]
        self._small = Scaler(small)
        self._folder = folder
        self._files = [ResultFile(str(s.short_side), f"{s.short_side}.mp4", s.width, s.height) for s in sizes]
        colors = colors_of(first)
        rate = min(source.rate, Fraction(FRAMES_PER_SECOND_MAX))
        self._own = OwnSound(folder) if other is None and source.has_audio else None
        self._sound = other or self._own
        self._renditions = [
            Mp4(
                folder / made.name,
                size,
                rate,
                encode.quality(size.short_side),
                colors,
                sound=self._sound.stream if self._sound is not None else None,
                reorder=source.steady_end,
            )
            for made, size in zip(self._files, sizes, strict=True)
        ]
        self._preview = Mp4(
            folder / "preview.mp4",
            small,
            Fraction(PREVIEW_FRAMES_PER_SECOND),
            encode.PREVIEW_QUALITY,
            colors,
            sound=None,
            reorder=False,
        )
        self._stills = Stills(folder, sizes[-1].width, sizes[-1].height, source.duration)
        self._preview_file = ResultFile("preview", "preview.mp4", small.width, small.height)
        self._poster_file: ResultFile | None = None
        self._poster_at = min(Fraction(POSTER_S), source.duration / 3)
        self._duration = source.duration
        self._frame_s = 1 / rate
        self._pictures = _FrameRateLimit(FRAMES_PER_SECOND_MAX)
        self._preview_pictures = _FrameRateLimit(PREVIEW_FRAMES_PER_SECOND)
        self._shown: list[VideoFrame] = []  # the last picture in every size, the largest first
        self._shown_at = Fraction(0)  # seconds
        self._end = Fraction(0)  # of what has been decoded, in seconds

    def picture(self, frame: VideoFrame, time: Fraction) -> None:
        """The first picture is shown from the start, even if the sound begins before it."""
        self._end = max(self._end, time + self._frame_s)
        at = time if self._shown else Fraction(0)
        if not self._pictures.accepts(at):
            return
        if self._poster_file is None and self._shown and at > self._poster_at:
            self._make_poster()
        self._hold(at)
        top = self._top(frame)
        pictures = [self._upright(_timed(top, at))]
        for scaler in self._lower:
            pictures.append(scaler(pictures[-1]))
        self._shown = pictures
        self._stills.offer(pictures[-1], at)
        self._show(at)
        if self._sound is not None:
            self._write(self._sound.until(at))

    def sound(self, frame: AudioFrame, time: Fraction) -> None:
        self._end = max(self._end, time + Fraction(frame.samples, frame.sample_rate))
        if self._sound is not None:
            self._write(self._sound.hear(frame, time))

    def finish(self) -> Result:
        if self._duration - self._end <= LAST_PICTURE_S_MAX:
            self._end = self._duration  # the last picture stays
        self._hold(self._end)
        if self._poster_file is None:
            self._make_poster()
        if self._sound is not None:
            self._write(self._sound.finish(self._end))
        for rendition in self._renditions:
            rendition.close(self._end)
        self._preview.close(min(self._end, Fraction(PREVIEW_S)))
        assert self._poster_file is not None
        files = [*self._files, self._preview_file, self._poster_file]
        heard_ms = self._own.audible_ms if self._own is not None else 0
        return Result(round(self._end * 1000), files, heard_ms, self._stills.finish())

    def _hold(self, until: Fraction) -> None:
        """Repeat the last picture, so that players can seek into a slide show and show a song's picture to its end."""
        while self._shown and until - self._shown_at > HOLD_S_MAX:
            self._show(self._shown_at + HOLD_S_MAX)

    def _show(self, at: Fraction) -> None:
        self._shown_at = at
        if at < PREVIEW_S and self._preview_pictures.accepts(at):
            self._preview.picture(_timed(self._small(self._shown[-1]), at))
        for rendition, picture in zip(self._renditions, self._shown, strict=True):
            rendition.picture(_timed(picture, at))

    def _write(self, packets: Packets) -> None:
        for rendition in self._renditions:
            rendition.sound(packets)

    def _make_poster(self) -> None:
        picture = self._shown[min(1, len(self._shown) - 1)]
        self._poster_file = ResultFile("poster", "poster.webp", picture.width, picture.height)
        encode.write_webp(self._folder / self._poster_file.name, picture)


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


def _timed(frame: VideoFrame, at: Fraction) -> VideoFrame:
    frame.pts, frame.time_base = round(at / TIME_BASE), TIME_BASE
    return frame
