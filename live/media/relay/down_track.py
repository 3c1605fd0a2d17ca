"""A viewer's place in one track: which rendition it gets now, which it waits for, and how its numbers go on."""

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

BEFORE_MAX = 4  # renditions a viewer may still ask for packets of, having left them
JOIN_S_MAX = 1.0  # how old the cached pictures may be that a viewer begins with
PATIENCE_S = 3.0  # how long it waits for a keyframe to begin with: not every encoder makes any
REPEATS_MAX = 64  # packets at once
PICTURE_MASK, TL0_MASK = 0x7FFF, 0xFF


class Watched(NamedTuple):
    """What a viewer got from one SRTP index on."""

    since: int  # index of its first packet
    rendition: ForwardedStream
    numbers: RewriteOffsets


class Held(NamedTuple):
    """Where a viewer's numbers stopped."""

    following: int  # the SRTP index of the next packet it gets
    picture: Packet | None  # of the last picture it got, where pictures are counted


class DownTrack:
    def __init__(self, track: Track, route: Route) -> None:
        self.track = track
        self.route = route
        self.option: LayerOption | None = None  # what it gets; None for sound
        self.wanted: LayerOption | None = None  # what it waits for
        self.outlet: RtpSender | None = None
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
        rendition: ForwardedStream,
        option: LayerOption | None = None,
    ) -> None:
        """It gets what everybody gets, from now on if it can begin now. Who joins a picture late gets what there is
        since the last keyframe first, or begins with the next one. `option`: what of a picture it is to get."""
        self._joined_at = time.monotonic()
        self.outlet = self.track.engine.outlet(key, self.route, address)
        pictures = self._pictures(encoding, rendition)
        if option is not None and not pictures and not rendition.begun:
            self.want(option)
            return
        self.option = option
        self._begin(pictures[0].sequence if pictures else rendition.following, encoding, rendition)
        if pictures:
            rendition.fanout.send_to(self.outlet, pictures)

    def _pictures(self, encoding: Encoding, rendition: ForwardedStream) -> list[Packet]:
        if not self.track.video or rendition.begun:
            return []
        pictures = rendition.pictures()
        if not pictures:
            return []
        age = encoding.stream.timestamp_at(self._joined_at) - pictures[0].timestamp & 0xFFFFFFFF
        return pictures if age <= JOIN_S_MAX * self.track.codec.clock_rate else []

    def _begin(self, first: int, encoding: Encoding, rendition: ForwardedStream) -> None:
        """With the packet of this number."""
        assert self.outlet is not None
        numbers = joining(first)
        self.outlet.renumber(numbers, first)
        self.afresh = first - numbers.origin
        self._sit(encoding, rendition, first - numbers.origin, numbers)

    def _sit(self, encoding: Encoding, rendition: ForwardedStream, since: int, numbers: RewriteOffsets) -> None:
        self._encoding = encoding
        self._now = Watched(since, rendition, numbers)
        rendition.fanout.add(self.outlet)
        rendition.viewers += 1

    def _rise(self) -> None:
        if self._now is not None and self._held is None:
            self._now.rendition.fanout.remove(self.outlet)
            self._now.rendition.viewers -= 1
        self._held = None

    @property
    def following(self) -> int:
        """The SRTP index of the next packet it gets."""
        if self._held is not None:
            return self._held.following
        return self._now.rendition.following - self._now.numbers.origin if self._now is not None else 0

    def hold(self) -> None:
        """What it gets does not come through: no more of that, so that the line is free for the keyframe."""
        if self.wanted is not None and self._now is not None and self._needs_keyframe(self.wanted):
            held = self._held or Held(self.following, self._now.rendition.last_picture)
            self._rise()
            self._held = held

    def leave(self) -> None:
        self.want(None)
        self._rise()
        self.outlet = self._now = None
        self._before.clear()

    def want(self, option: LayerOption | None) -> None:
        """Change to these layers as soon as they can be entered; None or what it gets already: stay."""
        if option is not None and self._is_now(option):
            self.option, option = option, None
        if self.wanted is not None:
            if option is not None and self.track.rendition(option) is self._awaited:
                self.wanted = option
                return
            assert self._awaited is not None
            self._awaited.entering.remove(self)
        self.wanted, self._awaited = option, self.track.rendition(option) if option is not None else None
        if option is not None and self._awaited is not None:
            self._awaited.entering.append(self)
            if self._needs_keyframe(option):
                self.track.encodings[option.rid].request_keyframe()

    def _is_now(self, option: LayerOption) -> bool:
        if self._now is None or self._held is not None:
            return False
        return self.track.rendition(option) is self._now.rendition

    def _needs_keyframe(self, option: LayerOption) -> bool:
        """Lower layers of what it gets can be had at any frame, higher temporal ones at the next that allows it."""
        now = self.option
        if now is None or self._held is not None or option.rid != now.rid:
            return True
        apart = self.track.encodings[option.rid].apart
        return option.spatial > now.spatial or (apart and option.spatial < now.spatial)

    def may_enter(self, place: FramePosition, late: bool) -> bool:
        wanted, now = self.wanted, self.option
        if wanted is None:
            return False
        if now is None:
            return place.keyframe or time.monotonic() - self._joined_at > PATIENCE_S
        if late and wanted.rid == now.rid and self._held is None:  # of the same encoding it has that frame
            return False
        if place.keyframe or self._needs_keyframe(wanted):
            return place.keyframe
        higher = wanted.temporal > now.temporal
        lowest = self.track.encodings[wanted.rid].lowest(wanted.spatial)
        return place.spatial == lowest and (not higher or (place.switch and place.temporal > now.temporal))

    def step(self, option: LayerOption) -> LayerOption:
        """Temporal layers are climbed one at a time: a frame where one may be entered promises nothing of the next."""
        now = self.option
        if now is None or (option.rid, option.spatial) != (now.rid, now.spatial) or option.temporal <= now.temporal + 1:
            return option
        return next(o for o in self.options if o.key == (now.rid, now.spatial, now.temporal + 1))

    def enter(self, packet: Packet) -> None:
        """It goes on, or begins, with this packet."""
        wanted, rendition = self.wanted, self._awaited
        assert wanted is not None
        assert rendition is not None
        encoding = self.track.encodings[wanted.rid]
        self.option, self.wanted, self._awaited = wanted, None, None
        self.entered_at = time.monotonic()
        if self._now is None:
            self._begin(packet.sequence, encoding, rendition)
        else:
            self._change(packet, encoding, rendition, self._now)

    def _change(self, packet: Packet, encoding: Encoding, rendition: ForwardedStream, now: Watched) -> None:
        """Its numbers go on: this packet follows the last it got."""
        assert self.outlet is not None
        following = self.following
        numbers = RewriteOffsets(
            packet.sequence - following, self._timestamp_shift(encoding, packet),
            *self._picture_shifts(encoding, packet), self._frame_shift(encoding, packet),
        )  # fmt: skip
        self._rise()
        self.outlet.renumber(numbers, packet.sequence)
        if packet.keyframe:  # what came before is needed no more; on a line that was too narrow it would be in the way
            self.afresh = following
            self._before.clear()
        else:
            self._before[:] = [now, *self._before[: BEFORE_MAX - 1]]
        self._sit(encoding, rendition, following, numbers)

    def _timestamp_shift(self, encoding: Encoding, packet: Packet) -> int:
        """Pictures of both encodings taken at one moment have the same timestamp, and time never goes back."""
        assert self._now is not None
        assert self._encoding is not None
        shift = self._now.numbers.timestamp
        if encoding is not self._encoding:
            now = time.monotonic()
            shift += self._encoding.clock(now) - encoding.clock(now)
        last = self._now.rendition.timestamp + self._now.numbers.timestamp
        ahead = packet.timestamp + shift - last & 0xFFFFFFFF
        if not 0 < ahead < 1 << 31:
            shift = last + 1 - packet.timestamp
        return shift & 0xFFFFFFFF

    def _picture_shifts(self, encoding: Encoding, packet: Packet) -> tuple[int, int]:
        """VP8 counts pictures, and decoders watch it."""
        assert self._now is not None
        last, numbers = self._held.picture if self._held else self._now.rendition.last_picture, self._now.numbers
        if last is None or not packet.picture_at:
            return numbers.picture, numbers.tl0
        picture = _picture(last) + numbers.picture + 1 - _picture(packet) & PICTURE_MASK
        if encoding is self._encoding or not last.tl0_at or not packet.tl0_at:
            return picture, numbers.tl0
        return picture, last.payload[last.tl0_at] + numbers.tl0 + 1 - packet.payload[packet.tl0_at] & TL0_MASK

    def _frame_shift(self, encoding: Encoding, packet: Packet) -> int:
        """Frames with dependency descriptors: within one encoding their numbers may have gaps, but never go back."""
        assert self._now is not None
        last, shift = self._now.rendition.frame, self._now.numbers.frame
        if encoding is self._encoding or last is None or not packet.descriptor:
            return shift
        return behind(last, shift, packet.descriptor)

    # -- what the viewer says --------------------------------------------------------------------

    def lost(self, numbers: list[int], most: int, copies: int = 1) -> int:
        """Send again what it asks for, by 16-bit sequence number, at most so many packets. Gives how many."""
        now, outlet = self._now, self.outlet
        if now is None or outlet is None or self._held is not None:
            return 0
        following = self.following
        sent = 0
        packets: dict[Watched, list[Packet]] = {}
        for number in numbers:
            index = nearest(number, following)
            watched = next((w for w in (now, *self._before) if index >= w.since), None)
            if watched is None or index >= following or sent >= most:
                continue
            packet = watched.rendition.cache.get(index + watched.numbers.origin)
            if packet is not None:
                sent += 1
                packets.setdefault(watched, []).append(packet)
        for watched, found in packets.items():
            outlet.repeat(found * copies, watched.numbers, send_time())
        return sent

    def repeat_last(self, size: float) -> None:
        """Send the last packets again, about so many bytes, though nobody asked: to see whether the line carries more.
        Only where repeats have numbers of their own (RTX)."""
        now, outlet = self._now, self.outlet
        if now is None or outlet is None or self._held is not None:
            return
        last: list[Packet] = []
        sequence, first = now.rendition.following - 1, now.since + now.numbers.origin
        while size > 0 and sequence >= first and len(last) < REPEATS_MAX:
            packet = now.rendition.cache.get(sequence)
            if packet is not None:
                last.append(packet)
                size -= len(packet.payload)
            sequence -= 1
        outlet.repeat(last, now.numbers, send_time())

    def request_keyframe(self) -> None:
        if self.track.video and self._encoding is not None and self._held is None:  # who is held waits for another's
            self._encoding.request_keyframe()

    def sender_report(self, ntp_time: int, now: float) -> bytes:
        """Tells the player which moment our timestamps mean; empty as long as nobody knows."""
        encoding, shift = self._encoding, self._now.numbers.timestamp if self._now is not None else 0
        if encoding is None and self.wanted is not None:
            encoding = self.track.encodings[self.wanted.rid]
        if encoding is None or encoding.stream.ssrc is None or self.outlet is None:
            return b""
        timestamp = encoding.clock(now) + shift & 0xFFFFFFFF
        return rtcp.sender_report(self.track.ssrc, ntp_time, timestamp, self.outlet.packets, self.outlet.bytes)


def _picture(packet: Packet) -> int:
    at = packet.picture_at
    return (packet.payload[at] << 8 | packet.payload[at + 1]) & PICTURE_MASK
