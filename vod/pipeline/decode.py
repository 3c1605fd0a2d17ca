"""Decodes an opened file, within our limits. Runs in the child process."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.video.frame import VideoFrame

from vod.pipeline import probe
from vod.pipeline.probe import Source
from vod.pipeline.tracks import Stream, Unfit, packets, select

THREADS = 2
DURATION_SLACK_S = 2  # how much later than its packets a decoder may say a frame is

Frame = VideoFrame | AudioFrame


def decoded(container: InputContainer, source: Source) -> Iterator[tuple[Frame, Fraction]]:
    """Pictures and sound in the file's order, each with its time in seconds from the start. Raises Unfit.

    The container is freshly opened. A packet may hold more than it seems to, so every limit is enforced again here.
    """
    step: dict[type[Frame], Fraction] = {VideoFrame: 1 / source.rate, AudioFrame: Fraction(0)}
    due: dict[type[Frame], Fraction] = {VideoFrame: Fraction(0), AudioFrame: Fraction(0)}
    end = Fraction(0)
    pictures = 0
    samples = 0
    for frame in _frames(container):
        kind = type(frame)
        if isinstance(frame, VideoFrame):
            probe.check_size(frame.width, frame.height)
            pictures += 1
            if pictures > probe.FRAMES_MAX:
                raise Unfit("too_many_frames")
        else:
            if frame.sample_rate <= 0:
                continue
            step[kind] = Fraction(frame.samples, frame.sample_rate)
            samples += frame.samples
            if samples > (probe.DURATION_S_MAX + DURATION_SLACK_S) * frame.sample_rate:
                raise Unfit("too_long")
        time = due[kind]
        if frame.pts is not None and frame.time_base:
            time = frame.pts * frame.time_base - source.start
        due[kind] = time + step[kind]
        end = max(end, due[kind])
        if time > source.duration + DURATION_SLACK_S:
            raise Unfit("too_long")
        yield frame, time
    if end < source.duration / 2 - 1:
        raise Unfit("broken")  # most of what its packets promise cannot be decoded


def _frames(container: InputContainer) -> Iterator[Frame]:
    """Broken packets are skipped, unless most of a track's are: then its data are missing. A truncated file ends early.

    A recording that was joined in the middle starts with pictures that refer to others before them.
    """
    tracks = select(container)
    for stream in tracks.all:
        stream.codec_context.thread_count = THREADS
        stream.codec_context.thread_type = "AUTO"
    seen, broken = _counts(tracks.all), _counts(tracks.all)
    for packet in packets(container, tracks):
        seen[packet.stream.index] += 1
        try:
            for frame in packet.decode():
                if isinstance(frame, Frame):
                    yield frame
        except MemoryError:
            raise
        except av.error.EOFError:
            continue
        except av.error.FFmpegError:
            broken[packet.stream.index] += 1
    if any(broken[index] > seen[index] / 2 for index in seen):
        raise Unfit("broken")


def _counts(streams: list[Stream]) -> dict[int, int]:
    return {stream.index: 0 for stream in streams}
