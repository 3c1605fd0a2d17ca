"""What an uploaded file is, and whether we accept it. Runs in the child process.

We decide the container format from the first bytes and pin the demuxer to it. If FFmpeg guesses, it takes a text file
for a playlist and opens what it names: somebody else's upload, or an address on the network.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.container import InputContainer

DURATION_S_MAX = 600
FRAMES_MAX = 36_000
FRAMES_PER_SECOND_MAX = 120
LONG_SIDE_PX_MAX = 3840
SHORT_SIDE_PX_MAX = 2160
SIDE_PX_MIN = 16
STREAMS_MAX = 8
PROBE_BYTES_MAX = 20_000_000

VIDEO_CODECS = frozenset({"h264", "hevc", "vp8", "vp9", "av1", "libdav1d", "mpeg4", "prores"})
AUDIO_CODECS = frozenset(
    {"aac", "mp3", "mp3float", "opus", "libopus", "vorbis", "libvorbis", "flac", "alac", "ac3", "eac3"}
    | {"pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_f32le", "amrnb", "amrwb"}
)
_MOV_ATOMS = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"})
_EBML = b"\x1a\x45\xdf\xa3"


class Unfit(Exception):
    """We do not accept this file. The text is the code its owner is shown as the reason."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file within our limits, as far as its headers tell."""

    width: int  # px, with the pixel aspect ratio applied, before rotation
    height: int
    rate: Fraction  # frames a second, on average
    duration: Fraction  # seconds
    has_audio: bool


def sniff(path: Path) -> str:
    """The demuxer for a file, from its first bytes. Raises Unfit."""
    with path.open("rb") as file:
        head = file.read(64)
    if head[4:8] in _MOV_ATOMS:
        return "mov"
    if head.startswith(_EBML) and (b"webm" in head or b"matroska" in head):
        return "matroska"
    raise Unfit("not_a_video")


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The file, opened so that it cannot refer to others. Raises Unfit."""
    demuxer = sniff(path)
    options = {"protocol_whitelist": "file", "probesize": str(PROBE_BYTES_MAX), "max_streams": str(STREAMS_MAX * 2)}
    if demuxer == "mov":
        options |= {"enable_drefs": "0", "use_absolute_path": "0"}
    try:
        container = av.open(str(path), "r", format=demuxer, options=options, metadata_errors="ignore")
    except MemoryError:
        raise
    except (av.error.FFmpegError, ValueError):
        raise Unfit("broken") from None
    with container:
        yield container


def probe(container: InputContainer) -> Source:
    """Check the headers of an opened file against our limits. Raises Unfit."""
    pictures, sounds = container.streams.video, container.streams.audio
    if not pictures:
        raise Unfit("no_picture")
    if len(pictures) > 1 or len(sounds) > 1 or len(container.streams) > STREAMS_MAX:
        raise Unfit("too_many_streams")
    picture = pictures[0]
    if _codec(picture) not in VIDEO_CODECS or any(_codec(sound) not in AUDIO_CODECS for sound in sounds):
        raise Unfit("unknown_codec")
    check_size(picture.width, picture.height)
    duration = _duration(container)
    if duration is None or duration <= 0:
        raise Unfit("no_duration")
    if duration > DURATION_S_MAX:
        raise Unfit("too_long")
    rate = picture.average_rate or picture.guessed_rate
    if not rate or rate <= 0:
        raise Unfit("broken")
    if rate > FRAMES_PER_SECOND_MAX or picture.frames > FRAMES_MAX or rate * duration > FRAMES_MAX:
        raise Unfit("too_many_frames")
    width = round(picture.width * (picture.sample_aspect_ratio or 1))
    if not SIDE_PX_MIN <= width <= 4 * LONG_SIDE_PX_MAX:
        width = picture.width
    return Source(width, picture.height, rate, duration, bool(sounds))


def check_size(width: int, height: int) -> None:
    """Raises Unfit. Also called for every decoded frame: a stream may change its size."""
    if min(width, height) < SIDE_PX_MIN:
        raise Unfit("too_small_picture")
    if max(width, height) > LONG_SIDE_PX_MAX or min(width, height) > SHORT_SIDE_PX_MAX:
        raise Unfit("too_large_picture")


def _codec(stream: av.VideoStream | av.AudioStream) -> str:
    return stream.codec_context.name if stream.codec_context is not None else ""


def _duration(container: InputContainer) -> Fraction | None:
    """The longest of what the file and its streams claim, in seconds."""
    claims: list[Fraction] = [
        stream.duration * stream.time_base
        for stream in (*container.streams.video, *container.streams.audio)
        if stream.duration and stream.time_base
    ]
    if container.duration:
        claims.append(Fraction(container.duration, av.time_base))
    return max(claims, default=None)
