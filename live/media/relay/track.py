"""A track of a live room: what its publishers send in turn, in one encoding or several, under one SSRC for
subscribers."""

from __future__ import annotations

import secrets
from collections.abc import Iterable

from live.media.fanout.engine import Engine
from live.media.relay.encoding import Encoding, LayerOption
from live.media.relay.forwarded_stream import ForwardedStream, Schedule
from live.media.rtp.codec import Codec

FLUENT_FPS = 10.0  # who leaves out so many that fewer are left sees them one by one: better a smaller picture


class Track:
    def __init__(self, codec: Codec, engine: Engine, schedule: Schedule) -> None:
        """`schedule(seconds, callback)` is the event loop's call_later."""
        self.codec = codec
        self.video = codec.kind == "video"
        self.ssrc = secrets.randbits(31) | 1
        self.repair_ssrc = self.ssrc ^ (secrets.randbits(30) << 1 | 2)
        self.engine = engine
        self.encodings: dict[str, Encoding] = {}
        self.options: list[LayerOption] = []  # best first, as last measured
        self._schedule = schedule
        self._timestamp = secrets.randbits(31)
        self._frames: dict[str, int] = {}  # by rid, at the last tick

    def prepare(self, rids: Iterable[str]) -> dict[str, Encoding]:
        """The encodings a publisher feeds, made or taken over. Those nobody feeds stay while they are watched."""
        for rid in rids:
            if rid not in self.encodings:
                first = (1 << 16) + secrets.randbits(15)
                self.encodings[rid] = Encoding(rid, self.codec, self.engine, self._schedule, first, self._timestamp)
        return {rid: self.encodings[rid] for rid in rids}

    def tick(self, now: float) -> bool:
        """Ten times a second: whether an encoding has fallen silent. A browser whose line or processor has become too
        slow leaves one out from one frame to the next, and the others go on: who watches it need not wait."""
        frames = {rid: encoding.frames for rid, encoding in self.encodings.items()}
        most = max((count - self._frames.get(rid, count) for rid, count in frames.items()), default=0)
        silenced = False
        for rid, encoding in self.encodings.items():
            if frames[rid] != self._frames.get(rid):
                encoding.missed, encoding.silent = 0, False
                continue
            encoding.missed += most
            if not encoding.silent and encoding.left_out(now):
                silenced = encoding.silent = True
        self._frames = frames
        if silenced:
            self.options = self.available(now)
        return silenced

    def measure(self, now: float) -> None:
        """Once a second: what can be had. Encodings that are neither fed nor watched are forgotten."""
        for rid, encoding in list(self.encodings.items()):
            encoding.measure(now)
            watched = any(r.subscribers or r.entering for r in encoding.streams())
            if encoding.request_keyframe_from is None and not watched and len(self.encodings) > 1:
                del self.encodings[rid]
        self.options = self.available(now)

    def available(self, now: float) -> list[LayerOption]:
        """What can be had now, best first; of a publisher that is away, what there was."""
        active = [e for e in self.encodings.values() if e.active(now)] or list(self.encodings.values())
        options = [option for encoding in active for option in encoding.options()]
        return sorted(options, key=_worth, reverse=True)

    def stream(self, option: LayerOption) -> ForwardedStream:
        return self.encodings[option.rid].stream(option)

    @property
    def packets(self) -> int:
        return sum(e.packets for e in self.encodings.values())

    @property
    def frames(self) -> int:
        """Of the encoding that has the most."""
        return max((e.frames for e in self.encodings.values()), default=0)

    @property
    def payload_bytes(self) -> int:
        return sum(e.payload_bytes for e in self.encodings.values())


def _worth(option: LayerOption) -> tuple[bool, int, int]:
    """For the order of options, best last."""
    fluent = option.whole or option.frames_per_second >= FLUENT_FPS
    return fluent, option.height * option.width, option.bitrate_bps
