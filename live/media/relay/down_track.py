"""A subscriber's place in one track: which forwarded stream it gets now, which it waits for, and how its numbers
go on."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from live.media.fanout.engine import Address, RewriteOffsets, Route, RtpSender, joining
from live.media.relay.encoding import Encoding, LayerOption
from live.media.relay.forwarded_stream import ForwardedStream, send_time
from live.media.relay.track import Track
from live.media.rtp import rtcp
from live.media.rtp.descriptors import FramePosition
from live.media.rtp.frame_numbers import behind
from live.media.rtp.packets import Packet, nearest
from live.media.transport.srtp import MasterKey

BEFORE_MAX = 4  # forwarded streams a subscriber may still ask for packets of, having left them
JOIN_S_MAX = 1.0  # how old the cached pictures may be that a subscriber begins with
PATIENCE_S = 3.0  # how long it waits for a keyframe to begin with: not every encoder makes any
REPEATS_MAX = 64  # packets at once
PICTURE_MASK, TL0_MASK = 0x7FFF, 0xFF


class Watched(NamedTuple):
    """What a subscriber got from one SRTP index on."""

    since: int  # index of its first packet
    stream: ForwardedStream
    offsets: RewriteOffsets


class Held(NamedTuple):
    """Where a subscriber's numbers stopped."""

    following: int  # the SRTP index of the next packet it gets
    picture: Packet | None  # of the last picture it got, where pictures are counted


class DownTrack:
    def __init__(self, track: Track, route: Route) -> None:
        self.track = track
        self.route = route
        self.option: LayerOption | None = None  # what it gets; None for sound
        self.wanted: LayerOption | None = None  # what it waits for
        self.sender: RtpSender | None = None
        self._encoding: Encoding | None = None
        self._awaited: ForwardedStream | None = None  # that of `wanted`
        self.afresh = 0  # SRTP index of the keyframe with which it last began or changed
        self._held: Held | None = None  # while it gets nothing until it may enter what it waits for
        self._joined_at = 0.0
        self.entered_at = 0.0  # when it last changed
        self._now: Watched | None = None
        self._before: list[Watched] = []  # newest first

    def possible(self, options: Sequence[LayerOption]) -> Sequence[LayerOption]:
        """Those of a track's that it can be given: of AV1, only who is sent descriptors can put upper spatial layers
        together with the lower ones."""
        if self.track.codec.name != "AV1" or self.route.dependency:
            return options
        return [option for option in options if option.spatial == 0]

    @property
    def options(self) -> Sequence[LayerOption]:
        """What it can be given now, best first."""
        return self.possible(self.track.options)

    @property
    def least(self) -> bool:
        """Whether there is nothing smaller to change to."""
        options, now = self.options, self.option
        return now is None or all(option.bitrate_bps >= now.bitrate_bps for option in options if option.key != now.key)

    # -- joining, changing, leaving --------------------------------------------------------------

    def join(
        self,
        key: MasterKey,
        address: Address,
        encoding: Encoding,
        stream: ForwardedStream,
        option: LayerOption | None = None,
    ) -> None:
        """It gets what everybody gets, from now on if it can begin now. Who joins a picture late gets what there is
        since the last keyframe first, or begins with the next one. `option`: what of a picture it is to get."""
        self._joined_at = time.monotonic()
        self.sender = self.track.engine.sender(key, self.route, address)
        pictures = self._pictures(encoding, stream)
        if option is not None and not pictures and not stream.begun:
            self.want(option)
            return
        self.option = option
        self._begin(pictures[0].sequence if pictures else stream.following, encoding, stream)
        if pictures:
            stream.fanout.send_to(self.sender, pictures)

    def _pictures(self, encoding: Encoding, stream: ForwardedStream) -> list[Packet]:
        if not self.track.video or stream.begun:
            return []
        pictures = stream.pictures()
        if not pictures:
            return []
        age = encoding.rewriter.timestamp_at(self._joined_at) - pictures[0].timestamp & 0xFFFFFFFF
        return pictures if age <= JOIN_S_MAX * self.track.codec.clock_rate else []

    def _begin(self, first: int, encoding: Encoding, stream: ForwardedStream) -> None:
        """With the packet of this number."""
        assert self.sender is not None
        offsets = joining(first)
        self.sender.set_offsets(offsets, first)
        self.afresh = first - offsets.origin
        self._sit(encoding, stream, first - offsets.origin, offsets)

    def _sit(self, encoding: Encoding, stream: ForwardedStream, since: int, offsets: RewriteOffsets) -> None:
        self._encoding = encoding
        self._now = Watched(since, stream, offsets)
        stream.fanout.add(self.sender)
        stream.subscribers += 1

    def _rise(self) -> None:
        if self._now is not None and self._held is None:
            self._now.stream.fanout.remove(self.sender)
            self._now.stream.subscribers -= 1
        self._held = None

    @property
    def following(self) -> int:
        """The SRTP index of the next packet it gets."""
        if self._held is not None:
            return self._held.following
        return self._now.stream.following - self._now.offsets.origin if self._now is not None else 0

    def hold(self) -> None:
        """What it gets does not come through: no more of that, so that the line is free for the keyframe."""
        if self.wanted is not None and self._now is not None and self._needs_keyframe(self.wanted):
            held = self._held or Held(self.following, self._now.stream.last_picture)
            self._rise()
            self._held = held

    def leave(self) -> None:
        self.want(None)
        self._rise()
        self.sender = self._now = None
        self._before.clear()

    def want(self, option: LayerOption | None) -> None:
        """Change to these layers as soon as they can be entered; None or what it gets already: stay."""
        if option is not None and self._is_now(option):
            self.option, option = option, None
        if self.wanted is not None:
            if option is not None and self.track.stream(option) is self._awaited:
                self.wanted = option
                return
            assert self._awaited is not None
            self._awaited.entering.remove(self)
        self.wanted, self._awaited = option, self.track.stream(option) if option is not None else None
        if option is not None and self._awaited is not None:
            self._awaited.entering.append(self)
            if self._needs_keyframe(option):
                self.track.encodings[option.rid].request_keyframe()

    def _is_now(self, option: LayerOption) -> bool:
        if self._now is None or self._held is not None:
            return False
        return self.track.stream(option) is self._now.stream

    def _needs_keyframe(self, option: LayerOption) -> bool:
        """Lower layers of what it gets can be had at any frame, higher temporal ones at the next that allows it."""
        now = self.option
        if now is None or self._held is not None or option.rid != now.rid:
            return True
        apart = self.track.encodings[option.rid].apart
        return option.spatial > now.spatial or (apart and option.spatial < now.spatial)

    def may_enter(self, position: FramePosition, late: bool) -> bool:
        wanted, now = self.wanted, self.option
        if wanted is None:
            return False
        if now is None:
            return position.keyframe or time.monotonic() - self._joined_at > PATIENCE_S
        if late and wanted.rid == now.rid and self._held is None:  # of the same encoding it has that frame
            return False
        if position.keyframe or self._needs_keyframe(wanted):
            return position.keyframe
        higher = wanted.temporal > now.temporal
        lowest = self.track.encodings[wanted.rid].lowest(wanted.spatial)
        return position.spatial == lowest and (not higher or (position.switch and position.temporal > now.temporal))

    def step(self, option: LayerOption) -> LayerOption:
        """Temporal layers are climbed one at a time: a frame where one may be entered promises nothing of the next."""
        now = self.option
        if now is None or (option.rid, option.spatial) != (now.rid, now.spatial) or option.temporal <= now.temporal + 1:
            return option
        return next(o for o in self.options if o.key == (now.rid, now.spatial, now.temporal + 1))

    def enter(self, packet: Packet) -> None:
        """It goes on, or begins, with this packet."""
        wanted, stream = self.wanted, self._awaited
        assert wanted is not None
        assert stream is not None
        encoding = self.track.encodings[wanted.rid]
        self.option, self.wanted, self._awaited = wanted, None, None
        self.entered_at = time.monotonic()
        if self._now is None:
            self._begin(packet.sequence, encoding, stream)
        else:
            self._change(packet, encoding, stream, self._now)

    def _change(self, packet: Packet, encoding: Encoding, stream: ForwardedStream, now: Watched) -> None:
        """Its numbers go on: this packet follows the last it got."""
        assert self.sender is not None
        following = self.following
        offsets = RewriteOffsets(
            packet.sequence - following, self._timestamp_shift(encoding, packet),
            *self._picture_shifts(encoding, packet), self._frame_shift(encoding, packet),
        )  # fmt: skip
        self._rise()
        self.sender.set_offsets(offsets, packet.sequence)
        if packet.keyframe:  # what came before is needed no more; on a line that was too narrow it would be in the way
            self.afresh = following
            self._before.clear()
        else:
            self._before[:] = [now, *self._before[: BEFORE_MAX - 1]]
        self._sit(encoding, stream, following, offsets)

    def _timestamp_shift(self, encoding: Encoding, packet: Packet) -> int:
        """Pictures of both encodings taken at one moment have the same timestamp, and time never goes back."""
        assert self._now is not None
        assert self._encoding is not None
        shift = self._now.offsets.timestamp
        if encoding is not self._encoding:
            now = time.monotonic()
            shift += self._encoding.clock(now) - encoding.clock(now)
        last = self._now.stream.timestamp + self._now.offsets.timestamp
        ahead = packet.timestamp + shift - last & 0xFFFFFFFF
        if not 0 < ahead < 1 << 31:
            shift = last + 1 - packet.timestamp
        return shift & 0xFFFFFFFF

    def _picture_shifts(self, encoding: Encoding, packet: Packet) -> tuple[int, int]:
        """VP8 counts pictures, and decoders watch it."""
        assert self._now is not None
        last, offsets = self._held.picture if self._held else self._now.stream.last_picture, self._now.offsets
        if last is None or not packet.picture_at:
            return offsets.picture, offsets.tl0
        picture = _picture(last) + offsets.picture + 1 - _picture(packet) & PICTURE_MASK
        if encoding is self._encoding or not last.tl0_at or not packet.tl0_at:
            return picture, offsets.tl0
        return picture, last.payload[last.tl0_at] + offsets.tl0 + 1 - packet.payload[packet.tl0_at] & TL0_MASK

    def _frame_shift(self, encoding: Encoding, packet: Packet) -> int:
        """Frames with dependency descriptors: within one encoding their numbers may have gaps, but never go back."""
        assert self._now is not None
        last, shift = self._now.stream.frame, self._now.offsets.frame
        if encoding is self._encoding or last is None or not packet.descriptor:
            return shift
        return behind(last, shift, packet.descriptor)

    # -- what the subscriber says --------------------------------------------------------------------

    def lost(self, numbers: list[int], most: int, copies: int = 1) -> int:
        """Send again what it asks for, by 16-bit sequence number, at most so many packets. Gives how many."""
        now, sender = self._now, self.sender
        if now is None or sender is None or self._held is not None:
            return 0
        following = self.following
        sent = 0
        packets: dict[Watched, list[Packet]] = {}
        for number in numbers:
            index = nearest(number, following)
            watched = next((w for w in (now, *self._before) if index >= w.since), None)
            if watched is None or index >= following or sent >= most:
                continue
            packet = watched.stream.cache.get(index + watched.offsets.origin)
            if packet is not None:
                sent += 1
                packets.setdefault(watched, []).append(packet)
        for watched, found in packets.items():
            sender.repeat(found * copies, watched.offsets, send_time())
        return sent

    def repeat_last(self, size: float) -> None:
        """Send the last packets again, about so many bytes, though nobody asked: to see whether the line carries more.
        Only where repeats have numbers of their own (RTX)."""
        now, sender = self._now, self.sender
        if now is None or sender is None or self._held is not None:
            return
        last: list[Packet] = []
        sequence, first = now.stream.following - 1, now.since + now.offsets.origin
        while size > 0 and sequence >= first and len(last) < REPEATS_MAX:
            packet = now.stream.cache.get(sequence)
            if packet is not None:
                last.append(packet)
                size -= len(packet.payload)
            sequence -= 1
        sender.repeat(last, now.offsets, send_time())

    def request_keyframe(self) -> None:
        if self.track.video and self._encoding is not None and self._held is None:  # who is held waits for another's
            self._encoding.request_keyframe()

    def sender_report(self, ntp_time: int, now: float) -> bytes:
        """Tells the player which moment our timestamps mean; empty as long as nobody knows."""
        encoding, shift = self._encoding, self._now.offsets.timestamp if self._now is not None else 0
        if encoding is None and self.wanted is not None:
            encoding = self.track.encodings[self.wanted.rid]
        if encoding is None or encoding.rewriter.ssrc is None or self.sender is None:
            return b""
        timestamp = encoding.clock(now) + shift & 0xFFFFFFFF
        return rtcp.sender_report(self.track.ssrc, ntp_time, timestamp, self.sender.packets, self.sender.bytes)


def _picture(packet: Packet) -> int:
    at = packet.picture_at
    return (packet.payload[at] << 8 | packet.payload[at + 1]) & PICTURE_MASK
