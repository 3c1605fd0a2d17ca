"""Which streams of an opened file we use, and their packets, with times that only go forward.

Phones, cameras and recorders write more than one picture and one sound: spatial audio, thumbnails, several microphones,
positions, time codes, chapters. We choose what a player would choose and leave the rest unread.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from av.container import InputContainer
from av.packet import Packet
from av.stream import Discard, Disposition

STREAMS_MAX = 32
JUMPS_MAX = 1_000
JUMP_BACK_S = Fraction(1)
JUMP_FORWARD_S = Fraction(10)

VIDEO_CODECS = frozenset(
    {"h264", "hevc", "vp8", "vp9", "av1", "mpeg4", "h263", "prores", "dnxhd", "mjpeg", "mpeg2video", "dvvideo"}
)
COVER_CODECS = frozenset({"mjpeg", "png"})
AUDIO_CODECS = frozenset(
    {"aac", "aac_latm", "mp2", "mp3", "opus", "vorbis", "flac", "alac", "ac3", "eac3", "amr_nb", "amr_wb"}
    | {"pcm_u8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be", "pcm_f32le", "pcm_f32be"}
    | {"pcm_alaw", "pcm_mulaw", "pcm_bluray", "adpcm_ima_qt", "adpcm_ima_wav", "adpcm_ms"}
)
DISCONTINUOUS = ("mpegts", "flv")  # formats whose clock may restart anywhere
_BESIDE_THE_MAIN_SOUND = Disposition.comment | Disposition.hearing_impaired | Disposition.visual_impaired

Stream = av.VideoStream | av.AudioStream


class Unfit(Exception):
    """We do not accept this file. The text is the code its owner is shown as the reason."""


@dataclass(frozen=True, slots=True)
class Tracks:
    """The picture and the sound of a file."""

    picture: av.VideoStream
    sound: av.AudioStream | None

    @property
    def all(self) -> list[Stream]:
        return [self.picture] if self.sound is None else [self.picture, self.sound]


def select(container: InputContainer) -> Tracks:
    """Choose the picture and the sound that a player would choose, among those we can decode. Raises Unfit."""
    if len(container.streams) > STREAMS_MAX:
        raise Unfit("too_many_streams")
    pictures, sounds = container.streams.video, container.streams.audio
    if not pictures:
        raise Unfit("no_picture")
    known = [each for each in pictures if _codec(each) in (COVER_CODECS if _is_cover(each) else VIDEO_CODECS)]
    audible = [each for each in sounds if _codec(each) in AUDIO_CODECS and each.rate and each.channels]
    if not known or (sounds and not audible):
        raise Unfit("unknown_codec")
    chosen = Tracks(max(known, key=_picture_rank), max(audible, key=_sound_rank, default=None))
    for stream in container.streams:
        stream.discard = Discard.default if stream in chosen.all else Discard.all
    return chosen


def packets(container: InputContainer, tracks: Tracks) -> Iterator[Packet[Any]]:
    """The packets of both tracks in the file's order; at the end an empty one for each, which flushes its decoder.

    Ends early where the file is truncated. Raises Unfit.
    """
    clock = _Clock(tracks.all, any(name in container.format.name for name in DISCONTINUOUS))
    for packet in _demuxed(container, tracks.all):
        clock.correct(packet)
        yield packet


def time_of(packet: Packet[Any]) -> Fraction | None:
    """When a packet is due, in the file's own seconds."""
    ticks = packet.pts if packet.pts is not None else packet.dts
    return ticks * packet.time_base if ticks is not None else None


def _demuxed(container: InputContainer, streams: Iterable[Stream]) -> Iterator[Packet[Any]]:
    try:
        yield from container.demux(list(streams))
    except MemoryError:
        raise
    except av.error.FFmpegError:
        return


class _Clock:
    """Closes jumps of the file's clock: a stream whose times start again goes on where the file had got to.

    Recordings are joined from pieces, and devices correct their clocks. A long pause is none of these: where the format
    does not allow its clock to restart, times that go forward are believed.
    """

    def __init__(self, streams: list[Stream], discontinuous: bool) -> None:
        self._discontinuous = discontinuous
        self._offsets = [Fraction(0)]  # seconds to add, one for each jump
        self._era = {stream.index: 0 for stream in streams}
        self._ends: dict[int, Fraction] = {}

    def correct(self, packet: Packet[Any]) -> None:
        ticks = packet.dts if packet.dts is not None else packet.pts
        if ticks is None:
            return
        index, raw = packet.stream.index, ticks * packet.time_base
        era, end = self._era[index], self._ends.get(index)
        if end is not None:
            while era + 1 < len(self._offsets) and self._fits_better(raw, era + 1, end):
                era += 1
        time = raw + self._offsets[era]
        if self._ends and self._jumps(time, end):
            if len(self._offsets) > JUMPS_MAX:
                raise Unfit("broken")
            self._offsets.append(max(self._ends.values()) - raw)
            era = len(self._offsets) - 1
            time = raw + self._offsets[era]
        self._era[index] = era
        self._ends[index] = time + (packet.duration or 0) * packet.time_base
        shift = round(self._offsets[era] / packet.time_base)
        if shift:
            packet.dts = packet.dts + shift if packet.dts is not None else None
            packet.pts = packet.pts + shift if packet.pts is not None else None

    def _jumps(self, time: Fraction, end: Fraction | None) -> bool:
        if end is not None and time < end - JUMP_BACK_S:
            return True
        return self._discontinuous and time > max(self._ends.values()) + JUMP_FORWARD_S

    def _fits_better(self, raw: Fraction, era: int, end: Fraction) -> bool:
        """Whether this packet follows the one before it more closely after the next jump than before."""
        return abs(raw + self._offsets[era] - end) < abs(raw + self._offsets[era - 1] - end)


def _codec(stream: Stream) -> str:
    return stream.codec_context.codec.canonical_name if stream.codec_context is not None else ""


def _is_cover(stream: av.VideoStream) -> bool:
    return bool(stream.disposition & Disposition.attached_pic)


def _picture_rank(stream: av.VideoStream) -> tuple[bool, bool, bool, int, int]:
    """Moving before still, main before other, large before small, first before last."""
    return (
        not _is_cover(stream),
        _codec(stream) not in COVER_CODECS,
        bool(stream.disposition & Disposition.default),
        stream.width * stream.height,
        -stream.index,
    )


def _sound_rank(stream: av.AudioStream) -> tuple[bool, bool, int]:
    return (
        not stream.disposition & _BESIDE_THE_MAIN_SOUND,
        bool(stream.disposition & Disposition.default),
        -stream.index,
    )
