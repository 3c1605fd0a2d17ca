"""The sound of a video as AAC, the same packets for all its renditions: encoded once, or copied from another's sound.

Runs in the child process. What is copied was made by this process for another video, but from a file that may have
been hostile, so it is as little trusted as an upload.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Protocol, TypeAlias

import av
from av.audio.frame import AudioFrame
from av.container import InputContainer
from av.packet import Packet

from vod.pipeline.child_result import SOUND_NAME
from vod.pipeline.encode import BITEXACT
from vod.pipeline.probe import opened
from vod.pipeline.sound import FORMAT, HZ, LAYOUT, SoundConverter
from vod.pipeline.tracks import Unfit

BITS_PER_SECOND = 128_000
AUDIBLE_PEAK = 0.002  # of full scale, -54 dB: below it there is only the noise of a microphone nobody spoke into

Packets: TypeAlias = "list[Packet[av.AudioStream]]"


class Soundtrack(Protocol):
    """Gives packets of AAC, in order, as the pictures advance. `stream` has their format."""

    stream: av.AudioStream

    def hear(self, frame: AudioFrame, time: Fraction) -> Packets:
        """Take what the upload itself sounds like, at its time in seconds."""

    def until(self, at: Fraction) -> Packets:
        """What is due before this time, in seconds."""

    def finish(self, end: Fraction) -> Packets:
        """The rest. The video ends at `end`."""


class OwnSound:
    """The upload's own sound. It is also written to a file by itself, for other videos."""

    def __init__(self, folder: Path) -> None:
        self._file = av.open(str(folder / SOUND_NAME), "w", format="mp4", options={"movflags": "+faststart"})
        self._file.flags |= BITEXACT
        self.stream = self._file.add_stream("aac", rate=HZ, layout=LAYOUT, format=FORMAT)
        self.stream.bit_rate = BITS_PER_SECOND
        self._file.start_encoding()  # only now does `stream` know what a decoder needs
        self._converter = SoundConverter()
        self._samples = 0
        self._audible = False

    @property
    def audible_ms(self) -> int:
        """How long it is; 0 if there is nothing to hear."""
        return self._samples * 1000 // HZ if self._audible else 0

    def hear(self, frame: AudioFrame, time: Fraction) -> Packets:
        return self._encode(self._converter.convert(frame, time))

    def until(self, at: Fraction) -> Packets:  # noqa: ARG002
        return []

    def finish(self, end: Fraction) -> Packets:  # noqa: ARG002
        packets = [*self._encode(self._converter.flush()), *self._write(self.stream.encode(None))]
        self._file.close()
        return packets

    def _encode(self, frames: list[AudioFrame]) -> Packets:
        packets: Packets = []
        for frame in frames:
            self._samples += frame.samples
            self._audible = self._audible or _is_audible(frame)
            packets += self._write(self.stream.encode(frame))
        return packets

    def _write(self, packets: Packets) -> Packets:
        for packet in packets:
            packet.stream = self.stream
            self._file.mux(packet)
        return packets


class BorrowedSound:
    """Another video's sound, from its start and as it is; what the upload itself sounds like is left out.

    If it is shorter than the video, the rest of the video is silent.
    """

    def __init__(self, container: InputContainer) -> None:
        """Raises Unfit."""
        streams = container.streams.audio
        if len(streams) != 1 or streams[0].codec_context.codec.canonical_name != "aac" or streams[0].rate != HZ:
            raise Unfit("sound_unavailable")
        self.stream = streams[0]
        self._packets = self._read(container)
        self._next: Packet[av.AudioStream] | None = next(self._packets, None)

    def hear(self, frame: AudioFrame, time: Fraction) -> Packets:  # noqa: ARG002
        return []

    def until(self, at: Fraction) -> Packets:
        due: Packets = []
        while self._next is not None and (self._next.pts or 0) * self._next.time_base < at:
            due.append(self._next)
            self._next = next(self._packets, None)
        return due

    def finish(self, end: Fraction) -> Packets:
        return self.until(end)

    def _read(self, container: InputContainer) -> Iterator[Packet[av.AudioStream]]:
        last: int | None = None
        try:
            for packet in container.demux(self.stream):
                if packet.dts is None or packet.pts is None:
                    continue
                if last is not None and packet.dts <= last:
                    raise Unfit("sound_unavailable")
                last = packet.dts
                yield packet
        except av.error.FFmpegError:
            raise Unfit("sound_unavailable") from None


@contextmanager
def borrowed(path: Path) -> Iterator[BorrowedSound]:
    """The sound in a file that `OwnSound` wrote. Raises Unfit."""
    with ExitStack() as stack:
        try:
            sound = BorrowedSound(stack.enter_context(opened(path)))
        except Unfit:
            raise Unfit("sound_unavailable") from None
        yield sound


def _is_audible(frame: AudioFrame) -> bool:
    """Whether a frame in the encoder's format has a sample that can be heard."""
    for plane in frame.planes:
        samples = memoryview(plane).cast("B").cast("f")[: frame.samples]
        if max(samples) > AUDIBLE_PEAK or min(samples) < -AUDIBLE_PEAK:
            return True
    return False
