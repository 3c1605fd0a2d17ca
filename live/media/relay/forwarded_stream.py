"""An encoding up to certain layers, as one unbroken stream: kept once in a packet cache, sent to all who watch it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from live.media.fanout.engine import LATE_PACKETS_MAX, Fanout
from live.media.relay.packet_cache import PacketCache
from live.media.rtp.descriptors import FramePosition
from live.media.rtp.header import frame_number
from live.media.rtp.packets import Packet

VIDEO_SLOTS = LATE_PACKETS_MAX
AUDIO_SLOTS = 256
BATCH_S_MAX = 0.008  # how long the packets of a frame wait for its end
BATCH_PACKETS_MAX = 64
JOIN_PACKETS_MAX = 96  # of cached pictures a late joiner is sent at once
LOOK_BACK_PACKETS_MAX = 256
PAD_BYTES_MAX = 16  # spent on a packet to make it as long as the others of its frame


class Timer(Protocol):
    def cancel(self) -> None: ...


Schedule = Callable[[float, Callable[[], None]], Timer | None]
"""The event loop's call_later."""


class Entrant(Protocol):
    """A subscriber who waits for the right moment to change to this forwarded stream."""

    def may_enter(self, position: FramePosition, late: bool) -> bool:
        """Whether the frame that begins here is one it can begin with. `late`: a part of it has been sent already."""

    def enter(self, packet: Packet) -> None:
        """It begins with this packet, which is about to be sent."""


class ForwardedStream:
    def __init__(self, fanout: Fanout, schedule: Schedule, first: int, *, video: bool) -> None:
        """`first`: the extended number of the first packet to come."""
        self.fanout = fanout
        self.cache = PacketCache(VIDEO_SLOTS if video else AUDIO_SLOTS)
        self.subscribers = 0
        self.highest = first - 1
        self.timestamp = 0  # of the packet with the highest number
        self.frame: int | None = None  # the number of the last frame that has one (AV1)
        self.entering: list[Entrant] = []
        self.open = False  # its last packet may turn out to be the last of its picture
        self.ended = False  # what it has taken is a whole frame
        self._video = video
        self._batch: list[Packet] = []
        self._schedule = schedule
        self._late: Timer | None = None  # flushes what has waited for too long

    def take(self, packet: Packet, position: FramePosition) -> bool:
        """A packet for everybody, in whatever order they come; False when it was here before.

        It is sent with its frame, by `flush` when that has `ended` and all forwarded streams have taken the packet:
        with it, somebody may change from one to another."""
        if not self.cache.put(packet):
            return False
        late = packet.sequence <= self.highest  # sent again, or overtaken
        if not late:
            self.highest = packet.sequence
            self.timestamp = packet.timestamp
            if packet.descriptor:
                self.frame = frame_number(packet.descriptor)
        if self.entering and position.begins and (position.keyframe or not late):
            self._admit(packet, position, late)
        if late or not self._video:
            packet.send_time = send_time()
            self.fanout.send((packet,))
            return True
        self._batch.append(packet)
        self.ended = packet.marker or len(self._batch) >= BATCH_PACKETS_MAX
        return True

    def _admit(self, packet: Packet, position: FramePosition, late: bool) -> None:
        self.flush()
        for entrant in [e for e in self.entering if e.may_enter(position, late)]:
            self.entering.remove(entrant)
            entrant.enter(packet)

    def flush(self) -> None:
        """Send what waits for the end of its frame."""
        self.ended = False
        if self._late is not None:
            self._late.cancel()
            self._late = None
        batch = self._batch
        if not batch:
            return
        self._batch = []
        if len(batch) > 2:
            _even_out(batch)
        now = send_time()
        for packet in batch:
            packet.send_time = now
        self.fanout.send(batch)

    def wait(self) -> None:
        """No more has come for now: what is here waits for the end of its frame, but not for long."""
        if self._batch and self._late is None:
            self._late = self._schedule(BATCH_S_MAX, self._flush_late)

    def _flush_late(self) -> None:
        self._late = None
        if not self.open:
            self.flush()

    def close(self) -> None:
        """The last packet is the last of its picture, and says so if it is not too late for that."""
        self.open = False
        if self._batch:
            self._batch[-1].marker = True
            self.flush()

    @property
    def following(self) -> int:
        """The number of the next packet to be sent: those below have been."""
        return self._batch[0].sequence if self._batch else self.highest + 1

    @property
    def begun(self) -> bool:
        """Whether a keyframe waits to be sent: who joins now begins with it."""
        return any(packet.keyframe for packet in self._batch)

    def pictures(self) -> list[Packet]:
        """The last keyframe and what followed, for who joins late; empty when that is too much or not complete."""
        return self.cache.group_of_pictures(JOIN_PACKETS_MAX, self.following)

    @property
    def last_picture(self) -> Packet | None:
        """The last packet that was sent and says which picture it is of (VP8)."""
        following = self.following
        for sequence in range(following - 1, following - 1 - LOOK_BACK_PACKETS_MAX, -1):
            packet = self.cache.get(sequence)
            if packet is not None and packet.picture_at:
                return packet
        return None


def send_time() -> int:
    """Now, as the abs-send-time header extension has it: 6.18 fixed point seconds."""
    return int(time.monotonic() * (1 << 18)) & 0xFFFFFF


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
