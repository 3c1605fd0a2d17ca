"""A subscriber's down track: the stream it receives, the one it waits for, and retransmissions of what it got."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from live.media.congestion.layer_option import LayerOption
from live.media.fanout.engine import RewriteOffsets, Route, RtpSender, joining
from live.media.relay.encoding import Encoding
from live.media.relay.stream_switch import LastSent, switch_offsets
from live.media.relay.track import Track
from live.media.rtp import rtcp
from live.media.rtp.descriptors import FramePosition
from live.media.rtp.packets import Packet, nearest
from live.media.streams.forwarded_stream import ForwardedStream, Subscription, send_time
from live.media.transport.addresses import Address
from live.media.transport.srtp import MasterKey

EARLIER_MAX = 4  # former streams whose packets can still be retransmitted
JOIN_S_MAX = 1.0  # age of the cached pictures that it may start with
PATIENCE_S = 3.0  # how long it waits for a first keyframe: not every encoder makes one on request
RETRANSMITTED_MAX = 64  # packets in one call of a sender
NACKED_MAX = 512  # numbers of one NACK that are looked up


class Sent(NamedTuple):
    """The stream it gets from one SRTP index on."""

    since: int  # index of the first packet
    encoding: Encoding
    stream: ForwardedStream
    offsets: RewriteOffsets


class Paused(NamedTuple):
    """Where its numbers stopped when it was paused."""

    next_index: int  # SRTP index of the next packet it gets
    picture: Packet | None  # the last packet it got that carries a picture id (VP8)


class RtpDownTrack:
    """A `DownTrack` that sends SRTP."""

    def __init__(self, track: Track, route: Route) -> None:
        self.track = track
        self.route = route
        self.sender: RtpSender | None = None
        self.option: LayerOption | None = None  # what it gets; None for audio
        self.wanted: LayerOption | None = None  # what it waits for
        self.keyframe_index = 0  # SRTP index of the keyframe with which it last started or switched
        self.switched_at = 0.0  # monotonic seconds
        self._awaited: ForwardedStream | None = None  # the stream of `wanted`
        self._current: Sent | None = None
        self._subscription: Subscription | None = None  # to the stream of `_current`, unless paused
        self._paused: Paused | None = None  # set while it gets nothing until `wanted` can start
        self._earlier: list[Sent] = []  # newest first
        self._joined_at = 0.0

    # -- options ---------------------------------------------------------------------------------

    def playable(self, options: Sequence[LayerOption]) -> Sequence[LayerOption]:
        """The options it can decode. AV1's upper spatial layers need the dependency descriptor."""
        if self.track.codec.name != "AV1" or self.route.dependency:
            return options
        return [option for option in options if option.spatial == 0]

    @property
    def options(self) -> Sequence[LayerOption]:
        """What it can receive, as last measured, best first."""
        return self.playable(self.track.options)

    def available(self, now: float) -> Sequence[LayerOption]:
        """What it can receive at this moment, best first."""
        return self.playable(self.track.available(now))

    @property
    def has_layers(self) -> bool:
        """Whether the track offers more than one option."""
        return len(self.track.options) > 1

    @property
    def can_retransmit(self) -> bool:
        """Whether retransmissions have numbers of their own (RTX, RFC 4588)."""
        return self.route.repair_type != 0

    @property
    def has_smaller(self) -> bool:
        """Whether there is an option with a lower bitrate than what it gets."""
        now = self.option
        return now is not None and any(o.bitrate_bps < now.bitrate_bps for o in self.options if o.key != now.key)

    def step_towards(self, option: LayerOption) -> LayerOption:
        """The next option on the way to this one: each temporal layer waits for a frame that opens it."""
        now = self.option
        if now is None or (option.rid, option.spatial) != (now.rid, now.spatial) or option.temporal <= now.temporal + 1:
            return option
        return next(o for o in self.options if o.key == (now.rid, now.spatial, now.temporal + 1))

    # -- joining and leaving ---------------------------------------------------------------------

    def join_audio(self, key: MasterKey, address: Address, encoding: Encoding, stream: ForwardedStream) -> None:
        self._open(key, address)
        self._begin(stream.next_sequence, encoding, stream)

    def join_video(self, key: MasterKey, address: Address, option: LayerOption) -> None:
        """Start with the cached pictures since the last keyframe if they are recent, or else with the next keyframe.

        The receiver could show nothing in between.
        """
        self._open(key, address)
        encoding = self.track.encodings[option.rid]
        stream = encoding.stream(option)
        pictures = [] if stream.keyframe_waits else self._recent_pictures(encoding, stream)
        if not pictures and not stream.keyframe_waits:
            self.switch_to(option)
            return
        self.option = option
        subscription = self._begin(pictures[0].sequence if pictures else stream.next_sequence, encoding, stream)
        if pictures:
            subscription.send_cached(pictures)

    def leave(self) -> None:
        self.switch_to(None)
        self._unsubscribe()
        self.sender = self._current = self._paused = None
        self._earlier.clear()

    def _open(self, key: MasterKey, address: Address) -> None:
        self._joined_at = time.monotonic()
        self.sender = self.track.engine.sender(key, self.route, address)

    def _recent_pictures(self, encoding: Encoding, stream: ForwardedStream) -> list[Packet]:
        pictures = stream.cached_pictures()
        if not pictures:
            return []
        age = encoding.numbering.rewriter.timestamp_at(self._joined_at) - pictures[0].timestamp & 0xFFFFFFFF
        return pictures if age <= JOIN_S_MAX * self.track.codec.clock_rate else []

    def _begin(self, first: int, encoding: Encoding, stream: ForwardedStream) -> Subscription:
        """Start with the packet of this sequence number."""
        assert self.sender is not None
        offsets = joining(first)
        self.sender.set_offsets(offsets, first)
        self.keyframe_index = first - offsets.origin
        return self._subscribe(Sent(first - offsets.origin, encoding, stream, offsets))

    def _subscribe(self, sent: Sent) -> Subscription:
        assert self.sender is not None
        self._current, self._subscription = sent, sent.stream.subscribe(self.sender)
        return self._subscription

    def _unsubscribe(self) -> None:
        if self._subscription is not None:
            self._subscription.cancel()
            self._subscription = None

    # -- switching -------------------------------------------------------------------------------

    def switch_to(self, option: LayerOption | None) -> None:
        """Switch to these layers at the first frame that allows it. None, or what it gets already, cancels a switch."""
        if option is not None and self._gets(option):
            self.option, option = option, None
        if self._awaited is not None:
            if option is not None and self.track.stream(option) is self._awaited:
                self.wanted = option
                return
            self._awaited.cancel_start(self)
        self.wanted, self._awaited = option, None
        if option is not None:
            self._awaited = self.track.stream(option)
            self._awaited.start_when_possible(self)
            if self._needs_keyframe(option):
                self.track.encodings[option.rid].request_keyframe()

    def pause(self) -> None:
        """Send nothing until the switch it waits for: the connection is full and must be free for the keyframe."""
        if self.wanted is not None and self._current is not None and self._needs_keyframe(self.wanted):
            self._paused = self._paused or Paused(self.next_index, self._current.stream.last_picture)
            self._unsubscribe()

    def can_start(self, position: FramePosition, late: bool) -> bool:
        wanted, now = self.wanted, self.option
        if wanted is None:
            return False
        if now is None:
            return position.keyframe or time.monotonic() - self._joined_at > PATIENCE_S
        if late and wanted.rid == now.rid and self._paused is None:  # the receiver has that frame already
            return False
        if position.keyframe or self._needs_keyframe(wanted):
            return position.keyframe
        higher = wanted.temporal > now.temporal
        lowest = self.track.encodings[wanted.rid].meter.lowest_spatial(wanted.spatial)
        return position.spatial == lowest and (not higher or (position.switch and position.temporal > now.temporal))

    def start(self, stream: ForwardedStream, packet: Packet) -> None:
        wanted = self.wanted
        assert wanted is not None
        encoding = self.track.encodings[wanted.rid]
        self.option, self.wanted, self._awaited = wanted, None, None
        self.switched_at = time.monotonic()
        if self._current is None:
            self._begin(packet.sequence, encoding, stream)
        else:
            self._switch(packet, encoding, stream, self._current)

    def _switch(self, packet: Packet, encoding: Encoding, stream: ForwardedStream, before: Sent) -> None:
        """Continue with another stream: this packet gets the number after the last one sent."""
        assert self.sender is not None
        next_index = self.next_index
        picture = self._paused.picture if self._paused is not None else before.stream.last_picture
        last = LastSent(next_index, picture, before.encoding, before.stream, before.offsets)
        offsets = switch_offsets(last, encoding, packet)
        self._unsubscribe()
        self._paused = None
        self.sender.set_offsets(offsets, packet.sequence)
        if packet.keyframe:  # earlier packets are useless now, and retransmitting them would delay the keyframe
            self.keyframe_index = next_index
            self._earlier.clear()
        else:
            self._earlier[:] = [before, *self._earlier[: EARLIER_MAX - 1]]
        self._subscribe(Sent(next_index, encoding, stream, offsets))

    def _gets(self, option: LayerOption) -> bool:
        if self._current is None or self._paused is not None:
            return False
        return self.track.stream(option) is self._current.stream

    def _needs_keyframe(self, option: LayerOption) -> bool:
        """Whether this option starts only with a keyframe.

        Not so for higher temporal layers of the same encoding, nor for lower spatial layers that are sent anyway.
        """
        now = self.option
        if now is None or self._paused is not None or option.rid != now.rid:
            return True
        independent = self.track.encodings[option.rid].meter.independent
        return option.spatial > now.spatial or (independent and option.spatial < now.spatial)

    @property
    def next_index(self) -> int:
        """The SRTP index of the next packet it gets."""
        if self._paused is not None:
            return self._paused.next_index
        return self._current.stream.next_sequence - self._current.offsets.origin if self._current is not None else 0

    # -- feedback --------------------------------------------------------------------------------

    def retransmit(self, sequences: Iterable[int], packets_max: int, copies: int = 1) -> int:
        """Retransmit lost packets, each `copies` times. Returns how many different packets that were.

        `sequences`: 16-bit sequence numbers, as the receiver sees them.
        """
        current, sender = self._current, self.sender
        if current is None or sender is None or self._paused is not None:
            return 0
        next_index = self.next_index
        found = 0
        packets: dict[Sent, list[Packet]] = {}
        for sequence in itertools.islice(sequences, NACKED_MAX):
            if found >= packets_max:
                break
            index = nearest(sequence, next_index)
            sent = next((s for s in (current, *self._earlier) if index >= s.since), None)
            if sent is None or index >= next_index:
                continue
            packet = sent.stream.cache.get(index + sent.offsets.origin)
            if packet is not None:
                found += 1
                packets.setdefault(sent, []).append(packet)
        for sent, again in packets.items():
            again = again * copies
            for start in range(0, len(again), RETRANSMITTED_MAX):
                sender.repeat(again[start : start + RETRANSMITTED_MAX], sent.offsets, send_time())
        return found

    def send_probe(self, size: float) -> None:
        """Retransmit about `size` bytes of the latest packets to test whether the connection carries more.

        Only where `can_retransmit`.
        """
        current, sender = self._current, self.sender
        if current is None or sender is None or self._paused is not None:
            return
        last: list[Packet] = []
        sequence, first = current.stream.next_sequence - 1, current.since + current.offsets.origin
        while size > 0 and sequence >= first and len(last) < RETRANSMITTED_MAX:
            packet = current.stream.cache.get(sequence)
            if packet is not None:
                last.append(packet)
                size -= len(packet.payload)
            sequence -= 1
        sender.repeat(last, current.offsets, send_time())

    def request_keyframe(self) -> None:
        # While paused it waits for another keyframe, which has been requested already.
        if self.track.video and self._current is not None and self._paused is None:
            self._current.encoding.request_keyframe()

    def sender_report(self, ntp_time: int, now: float) -> bytes:
        """A sender report, which relates its timestamps to wall-clock time. Empty while nothing is known of that."""
        encoding, offset = None, 0
        if self._current is not None:
            encoding, offset = self._current.encoding, self._current.offsets.timestamp
        elif self.wanted is not None:
            encoding = self.track.encodings[self.wanted.rid]
        if encoding is None or encoding.numbering.ssrc is None or self.sender is None:
            return b""
        timestamp = encoding.numbering.timestamp_at(now) + offset & 0xFFFFFFFF
        return rtcp.sender_report(self.track.ssrc, ntp_time, timestamp, self.sender.packets, self.sender.bytes)
