"""The sequence numbers, timestamps and frame numbers of one encoding, which go on when its publisher is replaced."""

from __future__ import annotations

import time

from live.media.rtp.codec import Codec
from live.media.rtp.frame_numbers import FrameNumbers
from live.media.rtp.packets import ReceivedPacket
from live.media.rtp.sequence_rewriter import SequenceRewriter


class Numbering:
    def __init__(self, codec: Codec, first: int, timestamp: int) -> None:
        """`first` and `timestamp`: the extended sequence number and the RTP timestamp to begin with."""
        self.rewriter = SequenceRewriter(codec.clock_rate, first, timestamp)
        self.frames = FrameNumbers()
        self._clock_rate = codec.clock_rate
        self._report: tuple[float, int] | None = None  # Unix seconds by our clock, and the publisher's timestamp then

    def start_source(self, first: ReceivedPacket, now: float) -> None:
        """Another SSRC takes over with this packet."""
        self.rewriter.start_source(first.ssrc, first.sequence, first.timestamp, now)
        self.frames.start_source()
        self._report = None

    @property
    def ssrc(self) -> int | None:
        """The publisher's, as it last sent."""
        return self.rewriter.ssrc

    @property
    def next_sequence(self) -> int:
        return self.rewriter.highest + 1

    def on_sender_report(self, unix_seconds: float, timestamp: int) -> None:
        """The publisher says which of its timestamps belongs to which moment; the moment is by our clock."""
        self._report = unix_seconds, timestamp

    def timestamp_at(self, now: float) -> int:
        """The outgoing timestamp of this moment: by the publisher's reports, or else by its last packet."""
        if self._report is None:
            return self.rewriter.timestamp_at(now)
        at, timestamp = self._report
        elapsed = round((time.time() - at) * self._clock_rate)
        return self.rewriter.timestamp(timestamp) + elapsed & 0xFFFFFFFF
