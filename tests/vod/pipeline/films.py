"""Generates videos for the tests, valid and hostile ones."""

from __future__ import annotations

import math
import struct
from array import array
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.container import OutputContainer
from av.video.frame import VideoFrame

HZ = 48_000


def film(
    path: Path,
    *,
    size: tuple[int, int] = (320, 480),
    seconds: float = 1.0,
    rate: int = 15,
    codec: str = "libx264",
    pixels: str = "yuv420p",
    sound: str | None = "aac",
    rotation: int = 0,
    metadata: dict[str, str] | None = None,
    times: Sequence[float] | None = None,
    pictures: int = 1,
    options: dict[str, str] | None = None,
) -> Path:
    """A video whose upper left corner is bright, to see its rotation. `times` (s) give it a variable frame rate."""
    suffix_options = {"movflags": "use_metadata_tags"} if path.suffix in (".mp4", ".mov") else {}
    with av.open(str(path), "w", options=suffix_options) as out:
        out.metadata.update(metadata or {})
        streams = []
        for _ in range(pictures):
            stream = out.add_stream(
                codec, rate=rate, options=options or ({"preset": "ultrafast"} if codec == "libx264" else {})
            )
            assert isinstance(stream, av.VideoStream)
            stream.width, stream.height, stream.pix_fmt = *size, pixels
            stream.codec_context.time_base = Fraction(1, 10_000)
            if rotation:
                stream.set_display_rotation(rotation)
            streams.append(stream)
        audio = out.add_stream(sound, rate=HZ, layout="stereo") if sound else None
        assert audio is None or isinstance(audio, av.AudioStream)
        for at in times if times is not None else [n / rate for n in range(round(seconds * rate))]:
            for stream in streams:
                frame = _picture(size, pixels, at)
                frame.pts, frame.time_base = round(at * 10_000), Fraction(1, 10_000)
                out.mux(stream.encode(frame))
        if audio is not None:
            _hum(out, audio, seconds if times is None else times[-1])
        for each in (*streams, *((audio,) if audio else ())):
            out.mux(each.encode(None))
    return path


def _picture(size: tuple[int, int], pixels: str, at: float) -> VideoFrame:
    width, height = size
    shade = int(60 + 20 * math.sin(at * 7))
    row = bytes([235] * (width // 4) + [shade] * (width - width // 4))
    dark = bytes([shade] * width)
    frame = VideoFrame(width, height, "yuv420p")
    for plane, blank in zip(frame.planes, (0, 128, 128), strict=True):
        lines = bytearray()
        for y in range(plane.height):
            line = (row if y < height // 4 else dark) if blank == 0 else bytes([blank] * plane.width)
            lines += line[: plane.width].ljust(plane.line_size, b"\0")
        plane.update(bytes(lines))
    return frame if pixels == "yuv420p" else frame.reformat(format=pixels)


def _hum(out: OutputContainer, stream: Any, seconds: float) -> None:
    samples = array("f", (0.1 * math.sin(2 * math.pi * 440 * n / HZ) for n in range(1024)))
    for start in range(0, int(seconds * HZ), 1024):
        frame = AudioFrame(format="fltp", layout="stereo", samples=1024)
        for plane in frame.planes:
            plane.update(samples.tobytes().ljust(plane.buffer_size, b"\0"))
        frame.sample_rate, frame.pts, frame.time_base = HZ, start, Fraction(1, HZ)
        out.mux(stream.encode(frame))


def lying_about_its_length(path: Path, *, real_s: int, claimed_s: float) -> Path:
    """A Matroska file whose header gives too short a duration."""
    film(path, size=(64, 64), times=[float(n) for n in range(real_s)], sound=None, rate=1)
    content = bytearray(path.read_bytes())
    at = content.index(b"\x44\x89\x88")  # the element Duration, a double, in milliseconds
    content[at + 3 : at + 11] = struct.pack(">d", claimed_s * 1000)
    path.write_bytes(content)
    return path


def growing(path: Path, small: tuple[int, int], large: tuple[int, int]) -> Path:
    """A WebM video whose resolution grows in the middle, unlike its header."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libvpx", rate=10)
        assert isinstance(stream, av.VideoStream)
        stream.width, stream.height, stream.pix_fmt = *small, "yuv420p"
        for number, size in enumerate((small, large)):
            encoder = av.CodecContext.create("libvpx", "w")
            assert isinstance(encoder, av.VideoCodecContext)
            encoder.width, encoder.height, encoder.pix_fmt = *size, "yuv420p"
            encoder.time_base, encoder.framerate = Fraction(1, 10), Fraction(10)
            encoder.options = {"deadline": "realtime", "cpu-used": "8"}
            for n in range(5):
                frame = VideoFrame(*size, "yuv420p")
                for plane in frame.planes:
                    plane.update(bytes(plane.buffer_size))
                frame.pts, frame.time_base = number * 5 + n, Fraction(1, 10)
                _mux(out, stream, encoder.encode(frame))
            _mux(out, stream, encoder.encode(None))
    return path


def _mux(out: OutputContainer, stream: Any, packets: list[Any]) -> None:
    for packet in packets:
        packet.stream = stream
        out.mux(packet)
