"""One encoding of a track: it numbers the packets of one rid and makes forwarded streams of them."""

from __future__ import annotations

import time
from collections.abc import Iterator

from live.media.congestion.layer_option import LayerOption
from live.media.fanout.engine import Engine
from live.media.relay.keyframe_requests import KeyframeRequests
from live.media.relay.layer_meter import SPATIAL_LAYERS, TEMPORAL_LAYERS, LayerMeter
from live.media.relay.numbering import Numbering
from live.media.rtp.codec import Codec
from live.media.rtp.dependency import ParsedDescriptor
from live.media.rtp.descriptors import FramePosition, reader
from live.media.rtp.header import frame_number, numbered
from live.media.rtp.packets import Packet, ReceivedPacket
from live.media.rtp.picture_size import picture_size
from live.media.rtp.redundancy import primary
from live.media.streams.forwarded_stream import ForwardedStream, Schedule
from live.media.streams.layer_filter import PADDING_ONLY, LayerFilter

_PADDING = FramePosition(False, False, False, 0, 0, False, 0, 0)


class Encoding:
    def __init__(self, rid: str, codec: Codec, engine: Engine, schedule: Schedule, first: int, timestamp: int) -> None:
        self.rid = rid
        self.codec = codec
        self.video = codec.kind == "video"
        self.numbering = Numbering(codec, first, timestamp)
        self.meter = LayerMeter()
        self.keyframes = KeyframeRequests()
        self.full = ForwardedStream(engine.fanout(), schedule, first, video=self.video)
        self._plain: ForwardedStream | None = None  # audio without RED
        self._reduced: dict[tuple[int, int], tuple[LayerFilter, ForwardedStream]] = {}  # by spatial, temporal layer
        self._engine = engine
        self._schedule = schedule
        self._read_position = reader(codec.name)

    # -- from the publisher ----------------------------------------------------------------------

    def start_source(self, first: ReceivedPacket, now: float) -> None:
        """Another SSRC takes over. Pass this packet, its first, to `on_packet` afterwards."""
        for stream in self.streams():
            stream.flush()
        self.numbering.start_source(first, now)
        self._read_position = reader(self.codec.name)

    def on_packet(self, received: ReceivedPacket, descriptor: bytes | None, now: float) -> None:
        """A packet of the current source. `descriptor`: its dependency descriptor, if it has one."""
        rewriter = self.numbering.rewriter
        sequence = rewriter.sequence(received.sequence)
        if sequence < rewriter.first:
            return
        position = self._read_position(received.payload, received.marker, descriptor)
        packet = Packet(
            sequence, rewriter.timestamp(received.timestamp), received.marker, received.padded, received.payload,
            position.keyframe, position.picture_at, position.tl0_at,
        )  # fmt: skip
        if position.descriptor is not None:
            self._set_descriptor(packet, position.descriptor)
        for layer_filter, stream in self._reduced.values():
            if layer_filter.ends_picture(packet, position):
                stream.end_picture()
        if sequence > rewriter.highest:
            rewriter.advance(sequence, packet.timestamp, now)
        if not self.full.push(packet, position):
            return
        size = len(received.payload)
        self.meter.count(size, now)
        if self.video:
            self.meter.count_layer(size, position, received.marker)
            if position.keyframe:
                self.keyframes.on_keyframe()
                self.meter.count_keyframe(picture_size(self.codec.name, received.payload))
            if self._reduced:
                self._push_reduced(packet, position)
            if self.full.frame_complete:
                self.full.flush()
        elif self._plain is not None:
            payload = primary(received.payload)
            if payload is not None:
                self._plain.push(Packet(sequence, packet.timestamp, received.marker, False, payload), position)

    def schedule_flush(self) -> None:
        """All packets that have arrived are processed: send incomplete frames soon."""
        self.full.schedule_flush()
        for _, stream in self._reduced.values():
            stream.schedule_flush()

    def _set_descriptor(self, packet: Packet, descriptor: ParsedDescriptor) -> None:
        number = self.numbering.frames.rewrite(descriptor.value)
        # A receiver may just have switched back from fewer layers: announce which ones are active again.
        value = descriptor.limited(SPATIAL_LAYERS, TEMPORAL_LAYERS) if self._reduced else descriptor.value
        packet.descriptor = numbered(value, number)

    def _push_reduced(self, packet: Packet, position: FramePosition) -> None:
        descriptor = position.descriptor
        for layer_filter, stream in self._reduced.values():
            kept = layer_filter.filter(packet, position)
            if kept is None:
                continue
            if descriptor is not None and kept.descriptor:
                value = descriptor.limited(layer_filter.spatial, layer_filter.temporal)
                kept.descriptor = numbered(value, frame_number(packet.descriptor))
            stream.push(kept, _PADDING if kept.payload is PADDING_ONLY else position)
            stream.picture_open = layer_filter.open is not None
        for _, stream in self._reduced.values():
            if stream.frame_complete:
                stream.flush()

    # -- for down tracks -------------------------------------------------------------------------

    def request_keyframe(self) -> None:
        """A subscriber needs a keyframe. All of them together cause at most one request every KEYFRAME_REQUEST_S."""
        self.keyframes.want()
        self.retry_keyframe_request(time.monotonic())

    def retry_keyframe_request(self, now: float) -> None:
        if self.numbering.ssrc is not None:
            self.keyframes.send_if_due(now)

    def streams(self) -> Iterator[ForwardedStream]:
        yield self.full
        if self._plain is not None:
            yield self._plain
        for _, stream in self._reduced.values():
            yield stream

    def stream(self, option: LayerOption) -> ForwardedStream:
        """The stream with these layers. It is created when somebody first asks for it."""
        complete = option.whole and option.spatial >= self.meter.highest_spatial
        if complete and self.meter.lowest_spatial(option.spatial) == 0:
            return self.full
        key = option.spatial, option.temporal
        if key not in self._reduced:
            made = ForwardedStream(self._engine.fanout(), self._schedule, self.numbering.next_sequence, video=True)
            self._reduced[key] = LayerFilter(*key), made
        return self._reduced[key][1]

    def without_redundancy(self) -> ForwardedStream:
        """Plain audio, for subscribers that did not negotiate redundant audio (RED, RFC 2198)."""
        if self._plain is None:
            first = self.numbering.next_sequence
            self._plain = ForwardedStream(self._engine.fanout(), self._schedule, first, video=False)
        return self._plain

    @property
    def in_use(self) -> bool:
        return any(stream.in_use for stream in self.streams())

    def measure(self, now: float) -> None:
        """Call once a second. Drops the filtered streams that nobody receives."""
        self.meter.measure(now)
        for key, (_, stream) in list(self._reduced.items()):
            if not stream.in_use:
                del self._reduced[key]
