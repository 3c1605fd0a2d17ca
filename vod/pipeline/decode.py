"""Decodes an opened file, within our limits. Runs in the child process."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame

from vod.pipeline import probe
from vod.pipeline.probe import Source, Unfit

THREADS = 2
BROKEN_PACKETS_MAX = 50
DURATION_SLACK_S = 2  # how much longer than its header says a video may be

Frame = VideoFrame | AudioFrame


def decoded(container: InputContainer, source: Source) -> Iterator[tuple[Frame, Fraction]]:
    """Pictures and sound in the file's order, each with its time in seconds from the start. Raises Unfit.

    Headers may lie, so every limit that was checked in them is enforced again here.
    """
    origin = Fraction(container.start_time or 0, av.time_base)
    step = {VideoFrame: 1 / source.rate, AudioFrame: Fraction(0)}
    times = {VideoFrame: -step[VideoFrame], AudioFrame: Fraction(0)}
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
            step[kind] = Fraction(frame.samples, frame.sample_rate)
            samples += frame.samples
            if samples > (probe.DURATION_S_MAX + DURATION_SLACK_S) * frame.sample_rate:
                raise Unfit("too_long")
        if frame.pts is not None and frame.time_base:
            times[kind] = frame.pts * frame.time_base - origin
        else:
            times[kind] += step[kind]
        if times[kind] > source.duration + DURATION_SLACK_S:
            raise Unfit("too_long")
        yield frame, times[kind]


def _frames(container: InputContainer) -> Iterator[Frame]:
    """A few broken packets are skipped; a truncated file ends early."""
    streams: list[av.VideoStream | av.AudioStream] = [*container.streams.video, *container.streams.audio]
    for stream in streams:
        stream.codec_context.thread_count = THREADS
        stream.codec_context.thread_type = "AUTO"
    broken = 0
    for packet in _packets(container, streams):
        try:
            for frame in packet.decode():
                if isinstance(frame, Frame):
                    yield frame
        except av.error.EOFError:
            return
        except av.error.InvalidDataError:
            broken += 1
            if broken > BROKEN_PACKETS_MAX:
                raise Unfit("broken") from None


def _packets(container: InputContainer, streams: list[av.VideoStream | av.AudioStream]) -> Iterator[Packet[Any]]:
    try:
        yield from container.demux(streams)  # ends with an empty packet per stream, which flushes its decoder
    except (av.error.InvalidDataError, av.error.EOFError):
        return
