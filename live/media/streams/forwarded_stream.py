"""A forwarded stream: an encoding up to certain layers, numbered without gaps, cached once, sent to all subscribers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from live.media.fanout.engine import LATE_PACKETS_MAX, Fanout, RtpSender
from live.media.rtp.descriptors import FramePosition
from live.media.rtp.header import frame_number
from live.media.rtp.packets import Packet
from live.media.streams.down_track import DownTrack, PacketSink
from live.media.streams.packet_cache import PacketCache

VIDEO_SLOTS = LATE_PACKETS_MAX
AUDIO_SLOTS = 256
BATCH_S_MAX = 0.008  # how long packets wait for the end of their frame
BATCH_PACKETS_MAX = 64
JOIN_PACKETS_MAX = 96  # cached packets sent to a late joiner at once
LOOK_BACK_PACKETS_MAX = 256
PAD_BYTES_MAX = 16  # added to a packet to make it as long as the longest of its frame


class Timer(Protocol):
    def cancel(self) -> None: ...


Schedule = Callable[[float, Callable[[], None]], Timer | None]
"""The event loop's call_later."""


class Subscription:
    """One receiver's subscription to a forwarded stream, made by `ForwardedStream.subscribe`."""

    __slots__ = ("_receiver", "stream")

    def __init__(self, stream: ForwardedStream, receiver: RtpSender | PacketSink) -> None:
        self.stream = stream
        self._receiver = receiver

    def send_cached(self, packets: Sequence[Packet]) -> None:
        """Send packets from the stream's cache to this receiver alone."""
        self.stream.send_to(self._receiver, packets)

    def cancel(self) -> None:
        """Stop receiving. Call it once."""
        self.stream.unsubscribe(self._receiver)


class ForwardedStream:
    def __init__(self, fanout: Fanout, schedule: Schedule, first: int, *, video: bool) -> None:
        """`first`: the extended sequence number of the first packet to come."""
        self.cache = PacketCache(VIDEO_SLOTS if video else AUDIO_SLOTS)
        self.subscribers = 0
        self.highest = first - 1
        self.timestamp = 0  # of the packet with the highest number
        self.frame: int | None = None  # number of the last frame that has one (AV1)
        self.picture_open = False  # the last packet may be the last of its picture; the next one will show that
        self.frame_complete = False  # the waiting packets are a complete frame
        self._fanout = fanout
        self._sinks: list[PacketSink] = []
        self._starting: list[DownTrack] = []
        self._video = video
        self._batch: list[Packet] = []
        self._schedule = schedule
        self._timer: Timer | None = None  # flushes a batch whose frame does not end in time

    # -- packets in ------------------------------------------------------------------------------

    def push(self, packet: Packet, position: FramePosition) -> bool:
        """Add a packet, in order of arrival. False when it is a duplicate or too old.

        Video packets wait for the end of their frame. When `frame_complete` is set, the caller first pushes the packet
        to the encoding's other streams and then calls `flush`: down tracks may switch streams with this packet.
        """
        if not self.cache.put(packet):
            return False
        late = packet.sequence <= self.highest  # retransmitted or reordered
        if not late:
            self.highest = packet.sequence
            self.timestamp = packet.timestamp
            if packet.descriptor:
                self.frame = frame_number(packet.descriptor)
        if self._starting and position.begins and (position.keyframe or not late):
            self._start_waiting(packet, position, late)
        if late or not self._video:
            packet.send_time = send_time()
            self._send((packet,))
            return True
        self._batch.append(packet)
        self.frame_complete = packet.marker or len(self._batch) >= BATCH_PACKETS_MAX
        return True

    def flush(self) -> None:
        """Send the packets that wait for the end of their frame."""
        self.frame_complete = False
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch = self._batch
        if not batch:
            return
        self._batch = []
        if len(batch) > 2:
            _equalize(batch)
        now = send_time()
        for packet in batch:
            packet.send_time = now
        self._send(batch)

    def schedule_flush(self) -> None:
        """No more packets have arrived for now: send an incomplete frame after BATCH_S_MAX."""
        if self._batch and self._timer is None:
            self._timer = self._schedule(BATCH_S_MAX, self._flush_late)

    def end_picture(self) -> None:
        """The last packet was the end of its picture: set its marker, unless it has been sent already."""
        self.picture_open = False
        if self._batch:
            self._batch[-1].marker = True
            self.flush()

    def _flush_late(self) -> None:
        self._timer = None
        if not self.picture_open:
            self.flush()

    def _send(self, packets: Sequence[Packet]) -> None:
        self._fanout.send(packets)
        for sink in self._sinks:
            sink.write(packets)

    # -- receivers -------------------------------------------------------------------------------

    @property
    def in_use(self) -> bool:
        """Whether anybody receives this stream or waits for it."""
        return self.subscribers > 0 or bool(self._starting)

    def start_when_possible(self, down_track: DownTrack) -> None:
        """Start this down track with the first frame that it accepts."""
        self._starting.append(down_track)

    def cancel_start(self, down_track: DownTrack) -> None:
        self._starting.remove(down_track)

    def subscribe(self, receiver: RtpSender | PacketSink) -> Subscription:
        """Send everything from the next packet on to this receiver."""
        if isinstance(receiver, PacketSink):
            self._sinks.append(receiver)
        else:
            self._fanout.add(receiver)
        self.subscribers += 1
        return Subscription(self, receiver)

    def unsubscribe(self, receiver: RtpSender | PacketSink) -> None:
        """What `Subscription.cancel` does."""
        if isinstance(receiver, PacketSink):
            self._sinks.remove(receiver)
        else:
            self._fanout.remove(receiver)
        self.subscribers -= 1

    def send_to(self, receiver: RtpSender | PacketSink, packets: Sequence[Packet]) -> None:
        """What `Subscription.send_cached` does."""
        if isinstance(receiver, PacketSink):
            receiver.write(packets)
        else:
            self._fanout.send_to(receiver, packets)

    def _start_waiting(self, packet: Packet, position: FramePosition, late: bool) -> None:
        self.flush()  # packets before this frame are not for those who start with it
        for down_track in [d for d in self._starting if d.can_start(position, late)]:
            self._starting.remove(down_track)
            down_track.start(self, packet)

    # -- the cache -------------------------------------------------------------------------------

    @property
    def next_sequence(self) -> int:
        """The number of the next packet to send: all lower ones have been sent."""
        return self._batch[0].sequence if self._batch else self.highest + 1

    @property
    def keyframe_waits(self) -> bool:
        """Whether a keyframe waits to be sent: a receiver that subscribes now starts with it."""
        return any(packet.keyframe for packet in self._batch)

    def cached_pictures(self) -> list[Packet]:
        """The last keyframe and everything after it, for late joiners. Empty when incomplete or too long."""
        return self.cache.group_of_pictures(JOIN_PACKETS_MAX, self.next_sequence)

    @property
    def last_picture(self) -> Packet | None:
        """The last sent packet that carries a picture id (VP8)."""
        end = self.next_sequence
        for sequence in range(end - 1, end - 1 - LOOK_BACK_PACKETS_MAX, -1):
            packet = self.cache.get(sequence)
            if packet is not None and packet.picture_at:
                return packet
        return None


def send_time() -> int:
    """The present time as abs-send-time: seconds, 6.18 fixed point."""
    return int(time.monotonic() * (1 << 18)) & 0xFFFFFF


def _equalize(batch: list[Packet]) -> None:
    """Pad packets that are a few bytes shorter than the longest one of their frame.

    Encoders split a frame into packets whose lengths differ by a byte. Linux sends packets of equal length in one call
    (UDP GSO).
    """
    longest = max(len(packet.payload) for packet in batch)
    for packet in batch:
        missing = longest - len(packet.payload)
        if 0 < missing <= PAD_BYTES_MAX and not packet.padded:
            packet.payload += bytes(missing - 1) + bytes((missing,))
            packet.padded = True
