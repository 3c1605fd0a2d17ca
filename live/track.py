"""A track of a live room: what publishers send in turn becomes one unbroken stream for its viewers."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable

from live.codec import Codec
from live.fanout import LATE_PACKETS_MAX, Fanout, PythonFanout
from live.keyframes import KEYFRAME_TESTS, never
from live.packet_cache import PacketCache
from live.rtcp import ntp, sender_report
from live.rtp import Continuation, Packet, Parsed

VIDEO_SLOTS = LATE_PACKETS_MAX
AUDIO_SLOTS = 256
BATCH_S_MAX = 0.008  # how long the packets of a frame wait for its end
BATCH_PACKETS_MAX = 64
JOIN_PACKETS_MAX = 96  # of cached pictures a late joiner is sent at once
JOIN_S_MAX = 1.0  # how old they may be
PAD_BYTES_MAX = 16  # spent on a packet to make it as long as the others of its frame
KEYFRAME_REQUEST_S = 0.5  # the least time between two requests to the publisher

Schedule = Callable[[float, Callable[[], None]], object]


class Track:
    def __init__(self, codec: Codec, sock: socket.socket, schedule: Schedule) -> None:
        """`schedule(seconds, callback)` is the event loop's call_later."""
        self.codec = codec
        self.video = codec.kind == "video"
        self.ssrc = secrets.randbits(31) | 1
        self.fanout: Fanout = PythonFanout(sock, self.ssrc)
        self.cache = PacketCache(VIDEO_SLOTS if self.video else AUDIO_SLOTS)
        self.request_keyframe_from: Callable[[], None] | None = None  # the publisher, while there is one
        self.packets = self.frames = self.payload_bytes = 0
        self._stream = Continuation(codec.clock_rate, (1 << 16) + secrets.randbits(15), secrets.randbits(31))
        self._keyframe_test = KEYFRAME_TESTS.get(codec.name, never)
        self._batch: list[Packet] = []
        self._schedule = schedule
        self._flush_due = False
        self._requested_at = -KEYFRAME_REQUEST_S
        self._keyframe_wanted = False
        self.keyframe: Packet | None = None  # the beginning of the last one
        self._report: tuple[float, int] | None = None  # Unix seconds by our clock, and the timestamp of that moment

    # -- from the publisher ----------------------------------------------------------------------

    def begin(self, parsed: Parsed, now: float) -> None:
        """A source's first packet is about to come: what follows continues what was."""
        self.flush()
        self._stream.begin(parsed.ssrc, parsed.sequence, parsed.timestamp, now)
        self._report = None

    def receive(self, parsed: Parsed, now: float) -> None:
        """One packet of the source that `begin` announced; for each, once."""
        stream = self._stream
        sequence = stream.sequence(parsed.sequence)
        if sequence < stream.first:
            return
        packet = Packet(
            sequence, stream.timestamp(parsed.timestamp), parsed.marker, parsed.padded, parsed.payload,
            self._keyframe_test(parsed.payload),
        )  # fmt: skip
        if not self.cache.put(packet):
            return
        self.packets += 1
        self.payload_bytes += len(packet.payload)
        self.frames += packet.marker
        if packet.keyframe:
            self._keyframe_wanted = False
            self.keyframe = packet
        if sequence <= stream.highest:  # late: sent again, or overtaken
            self.fanout.send((packet,))
            return
        stream.advance(sequence, packet.timestamp, now)
        if not self.video:
            self.fanout.send((packet,))
            return
        self._batch.append(packet)
        if packet.marker or len(self._batch) >= BATCH_PACKETS_MAX:
            self.flush()
        elif not self._flush_due:
            self._flush_due = True
            self._schedule(BATCH_S_MAX, self._flush_late)

    def synchronize(self, unix_seconds: float, timestamp: int) -> None:
        """The publisher says which of its timestamps belongs to which moment, here by our clock."""
        self._report = unix_seconds, timestamp

    def flush(self) -> None:
        """Send what waits for the end of its frame."""
        batch = self._batch
        if batch:
            self._batch = []
            if len(batch) > 2:
                _even_out(batch)
            self.fanout.send(batch)

    def _flush_late(self) -> None:
        self._flush_due = False
        self.flush()

    # -- for viewers -----------------------------------------------------------------------------

    @property
    def following(self) -> int:
        """The number of the next packet to be sent: those below have been."""
        return self._batch[0].sequence if self._batch else self._stream.highest + 1

    def joining(self) -> tuple[int, list[Packet]]:
        """The number a new viewer begins with, and what to send it before the rest; asks for a keyframe if need be."""
        following = self.following
        if not self.video or any(packet.keyframe for packet in self._batch):
            return following, []
        pictures = self.cache.group_of_pictures(JOIN_PACKETS_MAX, following)
        if pictures and self._seconds_since(pictures[0].timestamp) <= JOIN_S_MAX:
            return pictures[0].sequence, pictures
        self.request_keyframe()
        return following, []

    def _seconds_since(self, timestamp: int) -> float:
        now = self._stream.timestamp_at(time.monotonic())
        return (now - timestamp & 0xFFFFFFFF) / self.codec.clock_rate

    def request_keyframe(self) -> None:
        """Ask the publisher for a keyframe, for however many viewers together, at most twice a second."""
        self._keyframe_wanted = True
        self.tick(time.monotonic())

    def tick(self, now: float) -> None:
        """Ask again while a wanted keyframe does not come."""
        if not self._keyframe_wanted or now - self._requested_at < KEYFRAME_REQUEST_S:
            return
        if self.request_keyframe_from is not None and self._stream.ssrc is not None:
            self._requested_at = now
            self.request_keyframe_from()

    def sender_report(self) -> bytes:
        """Tells players which moment our timestamps mean; empty before the first packet."""
        if self._stream.ssrc is None:
            return b""
        unix = time.time()
        if self._report is None:
            timestamp = self._stream.timestamp_at(time.monotonic())
        else:
            at, timestamp = self._report
            elapsed = round((unix - at) * self.codec.clock_rate)
            timestamp = self._stream.timestamp(timestamp) + elapsed & 0xFFFFFFFF
        return sender_report(self.ssrc, ntp(unix), timestamp, self.packets, self.payload_bytes)


def _even_out(batch: list[Packet]) -> None:
    """Pad packets of a frame that are a few bytes shorter than its longest: packets of one length go out in one call.

    Encoders cut a frame into parts that differ by a byte. The last may be shorter anyway.
    """
    longest = max(len(packet.payload) for packet in batch)
    for packet in batch:
        missing = longest - len(packet.payload)
        if 0 < missing <= PAD_BYTES_MAX and not packet.padded:
            packet.payload += bytes(missing - 1) + bytes((missing,))
            packet.padded = True
