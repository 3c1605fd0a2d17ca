"""What an uploaded file is, and whether we accept it. Runs in the child process.

We decide the container format from the first bytes and pin the demuxer to it. If FFmpeg guesses, it takes a text file
for a playlist and opens what it names: somebody else's upload, or an address on the network.

Headers are not believed: many recorders leave the duration out, and some write a wrong one. All packets are read once,
without decoding them, and the limits apply to their own times.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from statistics import median_low

import av
from av.container import InputContainer

from vod.pipeline.tracks import DISCONTINUOUS, STREAMS_MAX, Tracks, Unfit, packets, select, time_of

DURATION_S_MAX = 600
FRAMES_MAX = 36_000
FRAMES_PER_SECOND_MAX = 120
SOUND_PACKETS_MAX = 300_000  # 10 minutes of the shortest packets of Opus are 240,000
LONG_SIDE_PX_MAX = 3840
SHORT_SIDE_PX_MAX = 2160
SIDE_PX_MIN = 16
PROBE_BYTES_MAX = 20_000_000
ANALYZED_S_MAX = 20
LAST_PICTURE_S_MAX = Fraction(10)  # nothing follows that would show how long it is really meant to stay
PRIMING_S_MAX = Fraction(1, 10)  # how much earlier than the picture the sound may start and be cut
END_PICTURES = 8  # more than an encoder may reorder
RATE_USUAL = Fraction(25)  # assumed of a single picture
RATE_MIN, RATE_MAX = Fraction(1), Fraction(FRAMES_PER_SECOND_MAX)

_MOV_ATOMS = frozenset({b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"styp", b"pnot"})
_EBML = b"\x1a\x45\xdf\xa3"
_HEAD_BYTES = 4096
_TS_SYNC, _TS_PACKET_BYTES, _TS_PACKETS = 0x47, 188, 5


@dataclass(frozen=True, slots=True)
class Source:
    """A file within our limits."""

    width: int  # px, with the pixel aspect ratio applied, before rotation
    height: int
    rate: Fraction  # frames a second, typically
    pictures: int
    start: Fraction  # seconds; what the file's own clock shows at the first picture or sound
    duration: Fraction  # seconds, to the end of the longer track
    has_audio: bool
    steady_end: bool  # whether its last pictures come at `rate`, up to the end


def sniff(path: Path) -> str:
    """The demuxer for a file, from its first bytes. Raises Unfit."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head[4:8] in _MOV_ATOMS:
        return "mov"
    if head.startswith(_EBML) and (b"webm" in head[:64] or b"matroska" in head[:64]):
        return "matroska"
    if head.startswith(b"FLV\x01"):
        return "flv"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    if _is_transport_stream(head, 0, _TS_PACKET_BYTES) or _is_transport_stream(head, 4, _TS_PACKET_BYTES + 4):
        return "mpegts"
    raise Unfit("not_a_video")


def _is_transport_stream(head: bytes, first: int, step: int) -> bool:
    """Cameras put four bytes of time in front of each packet."""
    return len(head) > first + step * _TS_PACKETS and all(
        head[first + step * n] == _TS_SYNC for n in range(_TS_PACKETS)
    )


@contextmanager
def opened(path: Path) -> Iterator[InputContainer]:
    """The file, opened so that it cannot refer to others. Raises Unfit."""
    demuxer = sniff(path)
    options = {
        "protocol_whitelist": "file",
        "probesize": str(PROBE_BYTES_MAX),
        "analyzeduration": str(ANALYZED_S_MAX * av.time_base),
        "max_streams": str(STREAMS_MAX * 2),
    }
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
    """Check an opened file against our limits. Reads all of it: open it again to decode it. Raises Unfit."""
    tracks = select(container)
    picture = tracks.picture
    check_size(picture.width, picture.height)
    times = _Times()
    for packet in packets(container, tracks):
        if packet.size and not packet.is_discard:
            duration = (packet.duration or 0) * packet.time_base
            times.add(time_of(packet), duration, is_picture=packet.stream is picture)
    if not times.pictures:
        raise Unfit("broken")
    start, end, rate = times.start(), times.end(), times.rate()
    duration = end - start
    if duration <= 0:
        raise Unfit("no_duration")
    if duration > DURATION_S_MAX:
        raise Unfit("too_long")
    claimed = _claimed_duration(container, tracks)
    if claimed is not None and max(duration, end) < claimed / 2 - 1:
        raise Unfit("broken")  # most of what its header promises is missing
    width = round(picture.width * (picture.sample_aspect_ratio or 1))
    if not SIDE_PX_MIN <= width <= 4 * LONG_SIDE_PX_MAX:
        width = picture.width
    return Source(
        width,
        picture.height,
        rate,
        len(times.pictures),
        start,
        duration,
        has_audio=times.sounds > 0,
        steady_end=times.steady_end(),
    )


def check_size(width: int, height: int) -> None:
    """Raises Unfit. Also called for every decoded frame: a stream may change its size."""
    if min(width, height) < SIDE_PX_MIN:
        raise Unfit("too_small_picture")
    if max(width, height) > LONG_SIDE_PX_MAX or min(width, height) > SHORT_SIDE_PX_MAX:
        raise Unfit("too_large_picture")


class _Times:
    """The times of a file's packets, in its own seconds."""

    def __init__(self) -> None:
        self.pictures: list[Fraction] = []
        self._last = (Fraction(0), Fraction(0))  # when the last picture appears, and for how long it says
        self.sounds = 0  # packets; recorders may write a track without any
        self._sound_start: Fraction | None = None
        self._sound_end = Fraction(0)

    def add(self, at: Fraction | None, duration: Fraction, *, is_picture: bool) -> None:
        """A packet without a time follows the one before it. Raises Unfit when there are too many."""
        if is_picture:
            at = at if at is not None else self._last[0] + self._last[1]
            self._last = max(self._last, (at, duration)) if self.pictures else (at, duration)
            self.pictures.append(at)
            if len(self.pictures) > FRAMES_MAX:
                raise Unfit("too_many_frames")
            return
        self.sounds += 1
        if self.sounds > SOUND_PACKETS_MAX:
            raise Unfit("too_complex")
        at = at if at is not None else self._sound_end
        self._sound_end = max(self._sound_end, at + duration) if self.sounds > 1 else at + duration
        self._sound_start = at if self._sound_start is None else min(at, self._sound_start)

    def start(self) -> Fraction:
        """Where the first picture or sound is. A little sound before the first picture is an encoder's run-up."""
        first = min(self.pictures)
        if self._sound_start is None or 0 <= first - self._sound_start <= PRIMING_S_MAX:
            return first
        return min(first, self._sound_start)

    def end(self) -> Fraction:
        """Where the longer track ends."""
        at, duration = self._last
        end = at + min(duration or 1 / self.rate(), LAST_PICTURE_S_MAX)
        return end if self._sound_start is None else max(end, self._sound_end)

    def rate(self) -> Fraction:
        """Pictures a second, as far as most of them are apart. Raises Unfit when there are too many in a second."""
        ordered = sorted(self.pictures)
        span = ordered[-1] - ordered[0]
        if len(ordered) > FRAMES_PER_SECOND_MAX * (span + 1):
            raise Unfit("too_many_frames")
        gaps = [later - earlier for earlier, later in pairwise(ordered) if later > earlier]
        typical = 1 / median_low(gaps) if gaps else RATE_USUAL
        if (
            RATE_MIN < typical < RATE_MAX
            and len(ordered) > 2
            and abs(typical * span / (len(ordered) - 1) - 1) < Fraction(1, 20)
        ):
            typical = (len(ordered) - 1) / span  # a constant rate, seen more precisely over the whole file
        return min(max(typical, RATE_MIN), RATE_MAX).limit_denominator(1001)

    def steady_end(self) -> bool:
        ordered = [*sorted(self.pictures)[-END_PICTURES:], self.end()]
        return all(later - earlier <= 2 / self.rate() for earlier, later in pairwise(ordered))


def _claimed_duration(container: InputContainer, tracks: Tracks) -> Fraction | None:
    """The length by the headers, in seconds, where they say one; the shortest, if they disagree."""
    if any(name in container.format.name for name in DISCONTINUOUS):
        return None  # FFmpeg's own estimate, from the times of the first and the last packets
    streams = [each.duration * each.time_base for each in tracks.all if each.duration and each.time_base]
    claims = [max(streams)] if streams else []
    if container.duration and container.duration > 0:
        claims.append(Fraction(container.duration, av.time_base))
    return min(claims, default=None)
