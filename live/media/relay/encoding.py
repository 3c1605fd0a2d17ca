"""What publishers send in turn under one rid: one stream, its numbers carried on, and the forwarded
streams made of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from live.media.fanout.engine import Engine
from live.media.relay.forwarded_stream import ForwardedStream, Schedule
from live.media.relay.layer_filter import PADDING_ONLY, LayerFilter
from live.media.rtp.codec import Codec
from live.media.rtp.dependency import Described
from live.media.rtp.descriptors import FramePosition, reader
from live.media.rtp.frame_numbers import FrameNumbers
from live.media.rtp.header import frame_number, numbered
from live.media.rtp.packets import Packet, ReceivedPacket, SequenceRewriter
from live.media.rtp.picture_size import picture_size
from live.media.rtp.redundancy import primary

KEYFRAME_REQUEST_S = 0.5  # the least time between two requests to the publisher
ACTIVE_S = 1.2  # a stream that has been silent for longer is not there
MISSED_FRAMES, MISSED_S = 8, 0.3  # nor is one that misses so many frames of another, for at least so long
MISSED_OWN_FRAMES = 4.0  # and, if it has few pictures a second, so many of its own
SMOOTHING = 0.35  # of a layer's rate, how much the last second counts: one with a keyframe is not like the others
LEVELS = 8  # temporal layers a codec may have
SPATIAL_MAX = 4

_PADDING = FramePosition(False, False, False, 0, 0, False, 0, 0)


@dataclass(frozen=True, slots=True)
class LayerOption:
    """A forwarded stream that can be had, and what it takes."""

    layer: str  # as subscribers and hosts see it named
    rid: str
    spatial: int
    temporal: int
    bitrate_bps: int
    width: int  # pixels; 0 where the codec does not say
    height: int
    frames_per_second: float
    whole: bool  # no temporal layer is left out

    @property
    def key(self) -> tuple[str, int, int]:
        """What it is, whatever it takes at the moment."""
        return self.rid, self.spatial, self.temporal


class Encoding:
    def __init__(self, rid: str, codec: Codec, engine: Engine, schedule: Schedule, first: int, timestamp: int) -> None:
        self.rid = rid
        self.codec = codec
        self.video = codec.kind == "video"
        self.request_keyframe_from: Callable[[], None] | None = None  # the publisher, while there is one
        self.rewriter = SequenceRewriter(codec.clock_rate, first, timestamp)
        self.full = ForwardedStream(engine.fanout(), schedule, first, video=self.video)
        self.plain: ForwardedStream | None = None  # of audio with redundancy: without it
        self.packets = self.frames = self.payload_bytes = self.keyframes = 0
        self.size: tuple[int, int] | None = None  # of the last keyframe
        self.heard_at = 0.0
        self.frames_per_second = 0.0
        self.missed = 0  # frames of another encoding since its own last
        self.silent = False  # the publisher goes on without it
        self.apart = False  # between keyframes, its spatial layers need nothing of each other
        self._engine = engine
        self._schedule = schedule
        self._read = reader(codec.name)
        self._frame_numbers = FrameNumbers()
        self._reduced: dict[tuple[int, int], tuple[LayerFilter, ForwardedStream]] = {}
        self._layer_bytes = [0] * (SPATIAL_MAX * LEVELS)
        self._layer_frames = [0] * LEVELS  # by temporal layer
        self._rates = [0.0] * (SPATIAL_MAX * LEVELS)  # bit/s
        self._frame_rates = [0.0] * LEVELS
        self._counted = (0.0, self._layer_bytes.copy(), self._layer_frames.copy())
        self._requested_at = -KEYFRAME_REQUEST_S
        self._keyframe_wanted = False
        self._report: tuple[float, int] | None = None  # Unix seconds by our clock, and the timestamp of that moment

    # -- from the publisher ----------------------------------------------------------------------

    def begin(self, parsed: ReceivedPacket, now: float) -> None:
        """A source's first packet is about to come: what follows continues what was."""
        for stream in self.streams():
            stream.flush()
        self.rewriter.begin(parsed.ssrc, parsed.sequence, parsed.timestamp, now)
        self._read = reader(self.codec.name)
        self._frame_numbers.begin()
        self._report = None

    def receive(self, parsed: ReceivedPacket, descriptor: bytes | None, now: float) -> None:
        """One packet of the source that `begin` announced. `descriptor`: its dependency descriptor, if it has one."""
        rewriter = self.rewriter
        sequence = rewriter.sequence(parsed.sequence)
        if sequence < rewriter.first:
            return
        position = self._read(parsed.payload, parsed.marker, descriptor)
        packet = Packet(
            sequence, rewriter.timestamp(parsed.timestamp), parsed.marker, parsed.padded, parsed.payload,
            position.keyframe, position.picture_at, position.tl0_at,
        )  # fmt: skip
        if position.described is not None:
            self._describe(packet, position.described)
        for reduction, stream in self._reduced.values():
            if reduction.closes(packet, position):
                stream.close()
        if sequence > rewriter.highest:
            rewriter.advance(sequence, packet.timestamp, now)
        if not self.full.take(packet, position):
            return
        self.heard_at = now
        self.packets += 1
        size = len(parsed.payload)
        self.payload_bytes += size
        if self.video:
            self._layer_bytes[position.spatial % SPATIAL_MAX * LEVELS + position.temporal % LEVELS] += size
            if parsed.marker:
                self.frames += 1
                self._layer_frames[position.temporal % LEVELS] += 1
            if position.keyframe:
                self._note_keyframe(parsed.payload)
            elif position.begins and position.spatial == 0:
                self.apart = position.apart
            if self._reduced:
                self._reduce(packet, position)
            if self.full.ended:
                self.full.flush()
        elif self.plain is not None:
            payload = primary(parsed.payload)
            if payload is not None:
                self.plain.take(Packet(sequence, packet.timestamp, parsed.marker, False, payload), position)

    def wait(self) -> None:
        """No more has come for now."""
        self.full.wait()
        for _, stream in self._reduced.values():
            stream.wait()

    def _describe(self, packet: Packet, described: Described) -> None:
        number = self._frame_numbers.carried(described.value)
        # Who was not sent some of the layers may be about to have them again.
        value = described.limited(SPATIAL_MAX, LEVELS) if self._reduced else described.value
        packet.descriptor = numbered(value, number)

    def _reduce(self, packet: Packet, position: FramePosition) -> None:
        """The same packet to those who do not get all layers, and are told so."""
        described = position.described
        for reduction, stream in self._reduced.values():
            reduced = reduction.take(packet, position)
            if reduced is None:
                continue
            if described is not None and reduced.descriptor:
                value = described.limited(reduction.spatial, reduction.temporal)
                reduced.descriptor = numbered(value, frame_number(packet.descriptor))
            stream.take(reduced, _PADDING if reduced.payload is PADDING_ONLY else position)
            stream.open = reduction.open is not None
        for _, stream in self._reduced.values():
            if stream.ended:
                stream.flush()

    def _note_keyframe(self, payload: bytes) -> None:
        self.keyframes += 1
        self._keyframe_wanted = False
        self.size = picture_size(self.codec.name, payload) or self.size

    def synchronize(self, unix_seconds: float, timestamp: int) -> None:
        """The publisher says which of its timestamps belongs to which moment, here by our clock."""
        self._report = unix_seconds, timestamp

    def request_keyframe(self) -> None:
        """Ask the publisher for a keyframe, for however many subscribers together, at most twice a second."""
        self._keyframe_wanted = True
        self.tick(time.monotonic())

    def tick(self, now: float) -> None:
        """Ask again while a wanted keyframe does not come."""
        if not self._keyframe_wanted or now - self._requested_at < KEYFRAME_REQUEST_S:
            return
        if self.request_keyframe_from is not None and self.rewriter.ssrc is not None:
            self._requested_at = now
            self.request_keyframe_from()

    # -- for subscribers -----------------------------------------------------------------------------

    def streams(self) -> Iterator[ForwardedStream]:
        yield self.full
        if self.plain is not None:
            yield self.plain
        for _, stream in self._reduced.values():
            yield stream

    def stream(self, option: LayerOption) -> ForwardedStream:
        """The stream of these layers, made when it is first asked for."""
        if option.whole and option.spatial >= self._spatial and self.lowest(option.spatial) == 0:
            return self.full
        key = option.spatial, option.temporal
        if key not in self._reduced:
            first = self.rewriter.highest + 1
            made = ForwardedStream(self._engine.fanout(), self._schedule, first, video=True)
            self._reduced[key] = LayerFilter(*key), made
        return self._reduced[key][1]

    def without_redundancy(self) -> ForwardedStream:
        if self.plain is None:
            self.plain = ForwardedStream(self._engine.fanout(), self._schedule, self.rewriter.highest + 1, video=False)
        return self.plain

    def active(self, now: float) -> bool:
        return now - self.heard_at < ACTIVE_S and not self.silent

    def left_out(self, now: float) -> bool:
        """Whether too many frames of others have come since its last."""
        silence_s = max(MISSED_S, MISSED_OWN_FRAMES / max(1.0, self.frames_per_second))
        return self.missed >= MISSED_FRAMES and now - self.heard_at > silence_s

    def clock(self, now: float) -> int:
        """The outgoing timestamp of this moment: by the publisher's reports, or else by its last packet."""
        if self._report is None:
            return self.rewriter.timestamp_at(now)
        at, timestamp = self._report
        elapsed = round((time.time() - at) * self.codec.clock_rate)
        return self.rewriter.timestamp(timestamp) + elapsed & 0xFFFFFFFF

    # -- numbers ---------------------------------------------------------------------------------

    def measure(self, now: float) -> None:
        """Once a second: what each layer takes; and streams nobody watches any more are no longer made."""
        at, sizes, frames = self._counted
        seconds = max(0.1, now - at) if at else 1.0
        self._counted = now, self._layer_bytes.copy(), self._layer_frames.copy()
        rates = [(b - a) * 8 / seconds for a, b in zip(sizes, self._layer_bytes, strict=True)]
        self._rates = [_smooth(a, b) for a, b in zip(self._rates, rates, strict=True)]
        self._frame_rates = [(b - a) / seconds for a, b in zip(frames, self._layer_frames, strict=True)]
        self.frames_per_second = sum(self._frame_rates)
        for key, (_, stream) in list(self._reduced.items()):
            if not stream.subscribers and not stream.entering:
                del self._reduced[key]

    @property
    def bitrate_bps(self) -> int:
        return int(sum(self._rates))

    @property
    def _spatial(self) -> int:
        """The highest spatial layer that has come. Of those that are got alone it has to come still, while others do:
        encoders leave it out when their line or processor is too slow."""
        counts = self._rates if self.apart and any(self._rates) else self._layer_bytes
        return max((i // LEVELS for i, count in enumerate(counts) if count), default=0)

    def lowest(self, spatial: int) -> int:
        """The lowest spatial layer, between keyframes, of what goes up to this one."""
        return spatial if self.apart else 0

    def options(self) -> list[LayerOption]:
        """What can be had of this encoding, best first."""
        top = self._spatial
        levels = max((i % LEVELS for i, count in enumerate(self._layer_bytes) if count), default=0)
        width, height = self.size or (0, 0)
        found = []
        for spatial in range(top, -1, -1):
            layer = (self.rid or "main") if not top else f"{self.rid}s{spatial}"
            size = width >> top - spatial, height >> top - spatial
            for temporal in range(levels, -1, -1):
                layers = range(self.lowest(spatial), spatial + 1)
                rate = sum(self._rates[s * LEVELS + t] for s in layers for t in range(temporal + 1))
                frames = round(sum(self._frame_rates[: temporal + 1]), 1)
                found.append(
                    LayerOption(layer, self.rid, spatial, temporal, int(rate), *size, frames, temporal == levels)
                )
        return found


def _smooth(before: float, now: float) -> float:
    return before + (now - before) * SMOOTHING if before and now else now
