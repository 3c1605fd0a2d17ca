"""A made-up VP8 publisher with temporal layers, and a subscriber that knows which frames it could decode."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field

from live.media.rtp.packets import ReceivedPacket

FRAME_TICKS = 3000
PATTERN = (0, 2, 1, 2)  # temporal layers, frame by frame
SIZES = {"q": (320, 180), "h": (640, 360), "f": (1280, 720)}


@dataclass
class Source:
    """One encoding: makes frames whose payload says what they are and what they need."""

    rid: str
    sequence: int = 1000
    timestamp: int = 5000
    picture: int = 0x7FF0
    tl0: int = 250
    frame: int = 0
    sync: bool = True  # whether T1 frames may be entered
    sent: list[list[ReceivedPacket]] = field(default_factory=list)

    def make(self, *, keyframe: bool = False, packets: int = 2) -> list[ReceivedPacket]:
        """The next frame."""
        if keyframe:
            self.frame += -self.frame % len(PATTERN)
        temporal = PATTERN[self.frame % len(PATTERN)]
        self.tl0 = self.tl0 + (temporal == 0) & 0xFF
        switch = temporal == 2 or (temporal == 1 and self.sync)
        width, height = SIZES[self.rid]
        made = []
        for i in range(packets):
            descriptor = bytes((0x90 if i == 0 else 0x80, 0xE0)) + (self.picture | 0x8000).to_bytes(2, "big")
            descriptor += bytes((self.tl0, temporal << 6 | switch << 5))
            head = b"\x00\x00\x00\x9d\x01\x2a" if keyframe else b"\x01\x00\x00\x00\x00\x00"
            body = head + width.to_bytes(2, "little") + height.to_bytes(2, "little")
            body += f"|{self.rid},{self.frame},{temporal},{int(keyframe)},{int(switch)},{i},".encode() + b"." * 40
            last = i == packets - 1
            made.append(
                ReceivedPacket(
                    96, last, self.sequence & 0xFFFF, self.timestamp & 0xFFFFFFFF, hash(self.rid) & 0xFFFF, False,
                    descriptor + body,
                )
            )  # fmt: skip
            self.sequence += 1
        self.timestamp += FRAME_TICKS
        self.picture = self.picture + 1 & 0x7FFF
        self.frame += 1
        self.sent.append(made)
        return made


@dataclass(frozen=True)
class Got:
    """A packet as its subscriber sees it."""

    sequence: int  # extended
    timestamp: int
    marker: bool
    payload: bytes

    @property
    def label(self) -> tuple[str, int, int, bool, bool, int]:
        rid, frame, temporal, keyframe, switch, part = self.payload.split(b"|")[1].split(b",")[:6]
        return rid.decode(), int(frame), int(temporal), keyframe == b"1", switch == b"1", int(part)

    @property
    def picture(self) -> int:
        return (self.payload[2] << 8 | self.payload[3]) & 0x7FFF

    @property
    def tl0(self) -> int:
        return self.payload[4]


def check_decodable(packets: list[Got]) -> None:
    """What a subscriber got in the order of its numbers: nothing missing, time and pictures go on, and every frame has
    what it needs."""
    have: set[tuple[str, int]] = set()
    since: dict[str, int] = {}  # the last keyframe
    shown: list[Got] = []
    for before, packet in itertools.pairwise(packets):
        afresh = b"|" in packet.payload and packet.label[3] and packet.label[5] == 0  # what was before is not needed
        assert packet.sequence == before.sequence + 1 or afresh, "a hole in the numbers"
    for packet in packets:
        if b"|" not in packet.payload:  # padding, for what turned out to be of a dropped layer
            continue
        rid, frame, temporal, keyframe, switch, part = packet.label
        if part:
            assert shown
            assert shown[-1].label[:2] == (rid, frame), "a frame without its beginning"
            assert packet.timestamp == shown[-1].timestamp
            continue
        needs = {(rid, frame - 4)} if temporal == 0 else {(rid, frame - 1)}
        if temporal == 1:
            needs = {(rid, frame - 2)} | ({(rid, frame - 4)} if not switch and frame - 4 > since[rid] else set())
        if keyframe:
            since[rid] = frame
        assert keyframe or needs <= have, f"{rid} {frame} (T{temporal}) lacks {needs - have}"
        if shown:
            last = shown[-1]
            assert 0 < (packet.timestamp - last.timestamp) & 0xFFFFFFFF < 1 << 31, "time goes back"
            assert packet.picture == last.picture + 1 & 0x7FFF, "pictures are counted without a gap"
            assert packet.tl0 == last.tl0 + (temporal == 0) & 0xFF, "as are those of the lowest layer"
        have.add((rid, frame))
        shown.append(packet)
