"""A track of a source: its encodings, and the SSRC under which all subscribers receive it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from live.media.congestion.layer_option import LayerOption
from live.media.fanout.engine import Engine
from live.media.relay.encoding import Encoding
from live.media.rtp.codec import Codec
from live.media.streams.forwarded_stream import ForwardedStream, Schedule

FLUENT_FPS = 10.0  # below this, a smaller picture at full frame rate is better


class Track:
    def __init__(self, codec: Codec, engine: Engine, schedule: Schedule) -> None:
        """`schedule(seconds, callback)` is the event loop's call_later."""
        self.codec = codec
        self.video = codec.kind == "video"
        self.ssrc = secrets.randbits(31) | 1
        self.repair_ssrc = self.ssrc ^ (secrets.randbits(30) << 1 | 2)
        self.engine = engine
        self.encodings: dict[str, Encoding] = {}  # by rid
        self.options: list[LayerOption] = []  # best first, as last measured
        self._schedule = schedule
        self._timestamp = secrets.randbits(31)
        self._frames: dict[str, int] = {}  # by rid, at the last check

    def prepare(self, rids: Iterable[str]) -> dict[str, Encoding]:
        """The encodings that a new publisher will send: existing ones are continued, missing ones created.

        Others are kept until nobody receives them.
        """
        for rid in rids:
            if rid not in self.encodings:
                first = (1 << 16) + secrets.randbits(15)
                self.encodings[rid] = Encoding(rid, self.codec, self.engine, self._schedule, first, self._timestamp)
        return {rid: self.encodings[rid] for rid in rids}

    def check_silence(self, now: float) -> bool:
        """Call ten times a second. True when an encoding has become silent while others continue.

        A browser drops its largest encoding when its network or processor is too slow. The other encodings show that
        sooner than a time-out would.
        """
        frames = {rid: encoding.meter.frames for rid, encoding in self.encodings.items()}
        most = max((count - self._frames.get(rid, count) for rid, count in frames.items()), default=0)
        fallen_silent = False
        for rid, encoding in self.encodings.items():
            if frames[rid] != self._frames.get(rid):
                encoding.meter.on_frame()
            elif encoding.meter.on_missed_frames(most, now):
                fallen_silent = True
        self._frames = frames
        if fallen_silent:
            self.options = self.available(now)
        return fallen_silent

    def measure(self, now: float) -> None:
        """Call once a second. Updates `options` and drops encodings that are neither sent nor received."""
        for rid, encoding in list(self.encodings.items()):
            encoding.measure(now)
            if encoding.keyframes.send is None and not encoding.in_use and len(self.encodings) > 1:
                del self.encodings[rid]
        self.options = self.available(now)

    def available(self, now: float) -> list[LayerOption]:
        """What subscribers can receive now, best first. While the publisher is away: what it sent before."""
        active = [e for e in self.encodings.values() if e.meter.active(now)] or list(self.encodings.values())
        options = [option for encoding in active for option in encoding.meter.options(encoding.rid)]
        return sorted(options, key=_quality, reverse=True)

    def stream(self, option: LayerOption) -> ForwardedStream:
        return self.encodings[option.rid].stream(option)

    @property
    def packets(self) -> int:
        return sum(e.meter.packets for e in self.encodings.values())

    @property
    def payload_bytes(self) -> int:
        return sum(e.meter.payload_bytes for e in self.encodings.values())


def _quality(option: LayerOption) -> tuple[bool, int, int]:
    fluent = option.whole or option.frames_per_second >= FLUENT_FPS
    return fluent, option.height * option.width, option.bitrate_bps
