"""Writes the files of a video: MP4 (H.264 and AAC) for renditions and the preview, WebP for the poster."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import PictureType, VideoFrame
from av.video.reformatter import ColorRange
from av.video.stream import VideoStream

from vod.pipeline.picture import TIME_BASE, Colors, Size

THREADS = 2
KEY_FRAME_S = 2  # at most between two key frames: the granularity of seeking
POSTER_QUALITY = 78
BITEXACT = 0x400  # AVFMT_FLAG_BITEXACT


@dataclass(frozen=True, slots=True)
class Quality:
    """x264's constant rate factor (lower is better) and the bit rate it may not exceed."""

    crf: int
    bits_per_second_max: int


def quality(short_side: int) -> Quality:
    if short_side > 720:
        return Quality(23, 6_000_000)
    if short_side > 480:
        return Quality(23, 3_000_000)
    return Quality(24, 1_400_000)


PREVIEW_QUALITY = Quality(29, 400_000)


class Mp4:
    """One MP4 being written. It has only pictures and sound, and so none of the source's metadata."""

    def __init__(
        self,
        path: Path,
        size: Size,
        rate: Fraction,
        quality: Quality,
        colors: Colors,
        *,
        sound: av.AudioStream | None,
        reorder: bool,
    ) -> None:
        """`sound` is a stream with the format of the packets that will come. `reorder` allows B-frames: where pictures
        stay for long at the end, these make the track end too early.
        """
        self._file = av.open(str(path), "w", format="mp4", options={"movflags": "+faststart"})
        self._file.flags |= BITEXACT  # nor the encoder's name and version
        ceiling = str(quality.bits_per_second_max)
        options = {
            "preset": "veryfast", "profile": "high", "crf": str(quality.crf),
            "maxrate": ceiling, "bufsize": str(quality.bits_per_second_max * 2),
        }  # fmt: skip
        if not reorder:
            options["bf"] = "0"
        self._video = self._file.add_stream("libx264", rate=rate, options=options)
        self._video.width, self._video.height, self._video.pix_fmt = size.width, size.height, "yuv420p"
        context = self._video.codec_context
        context.time_base = TIME_BASE
        context.gop_size = max(1, round(rate * KEY_FRAME_S))
        context.thread_count = THREADS
        context.color_primaries, context.color_trc, context.colorspace = (
            colors.primaries,
            colors.transfer,
            colors.matrix,
        )
        context.color_range = ColorRange.MPEG
        self._key_frame_due = 0
        self._held: Packet[VideoStream] | None = None
        self._first_ticks = 0
        self._audio = self._file.add_stream_from_template(sound) if sound is not None else None

    def picture(self, frame: VideoFrame) -> None:
        at = frame.pts or 0
        if at >= self._key_frame_due:  # the encoder counts frames, and their rate may vary
            frame.pict_type = PictureType.I
            self._key_frame_due = at + KEY_FRAME_S * TIME_BASE.denominator
        else:
            frame.pict_type = PictureType.NONE
        self._write(self._video.encode(frame))

    def sound(self, packets: Sequence[Packet[av.AudioStream]]) -> None:
        """Packets may be given to several files, one after the other."""
        assert self._audio is not None
        for packet in packets:
            packet.stream = self._audio
            self._file.mux(packet)

    def close(self, end: Fraction) -> None:
        """`end` (seconds) is how long the last picture stays."""
        self._write(self._video.encode(None))
        last = self._held
        assert last is not None
        assert last.dts is not None
        last.duration = max(1, round(end / TIME_BASE) + self._first_ticks - last.dts)
        self._file.mux(last)
        self._file.close()

    def _write(self, packets: list[Packet[VideoStream]]) -> None:
        """Hold the last one back until it is known how long it lasts."""
        for packet in packets:
            if self._held is not None:
                self._file.mux(self._held)
            else:
                self._first_ticks = packet.dts or 0
            self._held = packet


def write_webp(path: Path, frame: VideoFrame) -> None:
    context = VideoCodecContext.create("libwebp", "w")
    assert isinstance(context, VideoCodecContext)
    context.width, context.height, context.pix_fmt = frame.width, frame.height, "yuv420p"
    context.time_base = TIME_BASE
    context.options = {"quality": str(POSTER_QUALITY)}
    packets = [*context.encode(frame), *context.encode(None)]
    path.write_bytes(b"".join(bytes(packet) for packet in packets))
