"""A simulated AV1 publisher with spatial layers, and a check that a subscriber could decode what it got."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from live.media.congestion.layer_selector import choose_layer
from live.media.fanout.engine import RewriteOffsets, Route
from live.media.relay.encoding import Encoding
from live.media.relay.rtp_down_track import RtpDownTrack
from live.media.relay.track import Track
from live.media.rtp.codec import Codec
from live.media.rtp.dependency import DependencyReader
from live.media.rtp.header import frame_number, numbered
from live.media.rtp.packets import Packet, ReceivedPacket, nearest
from live.media.transport.srtp import AEAD_AES_128_GCM, MasterKey
from tests.live.media.relay.sink import SinkEngine
from tests.live.media.rtp.dependency_writer import L3T3, Stream, descriptor

KEY = MasterKey(AEAD_AES_128_GCM, bytes(16), bytes(12))
TARGETS, LAYERS = 9, 3
CYCLE = ((1, 0), (3, 2), (2, 1), (4, 2))  # per picture: the template of its layers, and its temporal layer
KEYFRAME, LATER = b"\x18", b"\x10"


class Source:
    """A publisher of three spatial and three temporal layers, with inter-layer prediction."""

    def __init__(self, ssrc: int, number: int) -> None:
        self.ssrc = ssrc
        self.stream = Stream(L3T3, number)
        self.sequence, self.timestamp, self.picture = number, 5000, 0
        self._last: dict[tuple[int, int], int] = {}  # number of the last frame of each spatial and temporal layer

    def make(
        self, *, keyframe: bool = False, without: Sequence[int] = (), packets: int = 2
    ) -> list[tuple[ReceivedPacket, bytes]]:
        """The next picture, as packets with descriptors. `without`: spatial layers that the encoder drops."""
        if keyframe:
            self.picture, self._last = 0, {}
        template, temporal = CYCLE[self.picture % len(CYCLE)]
        made: list[tuple[ReceivedPacket, bytes]] = []
        layers = [s for s in range(LAYERS) if s not in without]
        below: int | None = None
        for spatial in layers:
            number = self.stream.number
            needs = [] if below is None else [below]
            if not keyframe:
                needs += [self._last[key] for key in self._needed(spatial, temporal) if key in self._last]
            if keyframe and spatial == 0:
                value = self.stream.keyframe()
            else:
                value = self._frame(5 * spatial + (0 if keyframe else template), [number - n for n in needs])
            for i in range(packets):
                begins, ends = i == 0, i == packets - 1
                own = bytes((value[0] & 0x3F | begins << 7 | ends << 6,)) + value[1:3]
                own += value[3:] if begins or not keyframe or spatial else b""
                head = KEYFRAME if keyframe and begins and spatial == 0 else LATER
                last = ends and spatial == layers[-1]
                parsed = ReceivedPacket(
                    45, last, self.sequence & 0xFFFF, self.timestamp, self.ssrc, False, head + b"%d.%d" % (number, i)
                )
                made.append((parsed, own))
                self.sequence += 1
            self._last[spatial, temporal] = below = number
        self.timestamp += 3000
        self.picture += 1
        return made

    def _needed(self, spatial: int, temporal: int) -> list[tuple[int, int]]:
        """The spatial and temporal layer whose last frame this one depends on."""
        if temporal == 2 and self.picture % len(CYCLE) == 3:
            return [(spatial, 1)]
        return [(spatial, 0)]

    def _frame(self, template: int, distances: list[int]) -> bytes:
        if distances == L3T3.distances[template]:
            return self.stream.frame(template)
        text = "00010" + "".join(f"11{d - 1:012b}" for d in distances) + "00"
        number, self.stream.number = self.stream.number, self.stream.number + 1
        return descriptor(self.stream.template_id(template), number, text)


def needs_of(value: bytes) -> list[int]:
    """The distances to the frames that a frame depends on, parsed independently of the server's reader."""
    template = (value[0] & 0x3F) - L3T3.offset & 0x3F
    text = "".join(f"{byte:08b}" for byte in value[3:])
    if not text:
        return L3T3.distances[template]
    if text[0] == "1":
        return []
    at = 5 + (TARGETS if text[1] == "1" else 0)
    assert text[2] == "0"
    if text[3] == "0":
        return L3T3.distances[template]
    found = []
    while size := 4 * int(text[at : at + 2], 2):
        found.append(int(text[at + 2 : at + 2 + size], 2) + 1)
        at += 2 + size
    return found


@dataclass(frozen=True)
class Got:
    timestamp: int
    marker: bool
    payload: bytes
    descriptor: bytes


def seen(packet: Packet, offsets: RewriteOffsets) -> Got:
    value = packet.descriptor
    value = numbered(value, frame_number(value) + offsets.frame) if value else value
    return Got(packet.timestamp + offsets.timestamp & 0xFFFFFFFF, packet.marker, packet.payload, value)


class Stage:
    """A published AV1 track, and down tracks."""

    def __init__(self, rids: Sequence[str] = ("",)) -> None:
        self.now = time.monotonic() - 1.0
        self.late: list[Any] = []  # callbacks given to the event loop's call_later
        self.track = Track(
            Codec("video", "AV1", 90_000, 45), SinkEngine(seen), lambda _, callback: self.late.append(callback)
        )
        self.wanted: set[str] = set()
        self._ssrcs = itertools.count(1)
        self.sources: dict[str, Source] = {}
        for rid, encoding in self.track.prepare(rids).items():
            encoding.keyframes.send = lambda rid=rid: self.wanted.add(rid)
            self.publish(rid, 65_000 if rid != "b" else 7)
        self.measure()

    def publish(self, rid: str, number: int) -> None:
        """A publisher appears or returns."""
        self.sources[rid] = Source(next(self._ssrcs), number)
        self.picture(rid, keyframe=True)
        for _ in range(4):
            self.picture(rid)

    def measure(self) -> None:
        self.now += 1.0
        self.track.measure(self.now)
        for encoding in self.track.encodings.values():
            encoding.meter.received_at = self.now

    def picture(self, rid: str = "", *, lose: int = -1, run_timers: bool = False, **how: Any) -> None:
        """Send a picture. `lose`: the packet that arrives last; `run_timers`: timers run out after every packet."""
        self.now += 0.005
        made = self.sources[rid].make(**how)
        encoding = self.track.encodings[rid]
        if encoding.numbering.ssrc != made[0][0].ssrc:
            encoding.start_source(made[0][0], self.now)
        late = made.pop(lose % len(made)) if lose >= 0 else None
        for parsed, value in [*made, *([late] if late is not None else [])]:
            encoding.on_packet(parsed, value, self.now)
            if run_timers:
                self.expire_timers()

    def play(self, pictures: int, **how: Any) -> None:
        for _ in range(pictures):
            for rid, encoding in self.track.encodings.items():
                encoding.keyframes._requested_at = 0.0  # as if the last request were long ago
                encoding.retry_keyframe_request(self.now)
                wanted = rid in self.wanted
                self.wanted.discard(rid)
                self.picture(rid, **how | ({"keyframe": True, "without": ()} if wanted else {}))

    def expire_timers(self) -> None:
        late, self.late = self.late, []
        for callback in late:
            callback()

    def watch(self, dependency: int = 3) -> RtpDownTrack:
        down_track = RtpDownTrack(self.track, Route(self.track.ssrc, 45, dependency=dependency))
        option = choose_layer(down_track.options, 1e9, 0, "auto", None)
        assert option is not None
        down_track.join_video(KEY, ("127.0.0.1", 9), option)
        return down_track

    @property
    def encoding(self) -> Encoding:
        return self.track.encodings[""]


def want(down_track: RtpDownTrack, spatial: int, temporal: int, rid: str = "") -> None:
    option = next(o for o in down_track.options if (o.rid, o.spatial, o.temporal) == (rid, spatial, temporal))
    down_track.switch_to(down_track.step_towards(option))


def got(down_track: RtpDownTrack) -> list[Got]:
    sink: Any = down_track.sender
    return [sink.got[index] for index in sorted(sink.got) if sink.got[index].payload != b"\1"]


def layers(packets: list[Got]) -> list[tuple[int, int]]:
    """The highest spatial layer and the temporal layer of each picture."""
    found: dict[int, tuple[int, int]] = {}
    for packet in packets:
        found[packet.timestamp] = L3T3.layers[(packet.descriptor[0] & 0x3F) - L3T3.offset & 0x3F]
    return list(found.values())


def check_decodable(packets: list[Got]) -> None:
    """Check that a receiver that relies on descriptors can decode these packets.

    Chromium drops a structure whose frame number is lower than the previous one's, and waits for the marker at the end
    of a picture.
    """
    newest: int | None = None
    since: int | None = None
    have: set[int] = set()
    for before, packet in itertools.pairwise([None, *packets]):
        assert packet is not None
        value = packet.descriptor
        raw = frame_number(value)
        number = raw if newest is None else nearest(raw, newest)
        if len(value) > 20:
            assert since is None or number > since, "an outdated structure"
            since = number
        assert since is not None, "no structure at the start"
        if value[0] & 0x80:
            assert newest is None or number > newest, "frame numbers go back"
            assert {number - distance for distance in needs_of(value)} <= have, f"frame {number} lacks a dependency"
        else:
            assert before is not None
            assert frame_number(before.descriptor) == raw, "a frame without its first packet"
        if value[0] & 0x40:
            have.add(number)
        newest = number
        if before is not None:
            assert before.marker == (before.timestamp != packet.timestamp), (
                "the marker is not on the last packet of a picture"
            )


def active(packets: list[Got]) -> list[int]:
    """The active decode targets, as announced after each packet."""
    reader = DependencyReader()
    found = []
    for packet in packets:
        assert reader.read(packet.descriptor) is not None
        found.append(reader.active)
    return found
