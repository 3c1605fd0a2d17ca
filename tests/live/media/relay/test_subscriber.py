"""Which layers a subscriber asks for, as there are more and fewer of them."""

from __future__ import annotations

import struct
import time
from typing import Any

import pytest

from live.media.congestion.bandwidth import FLOOR_BPS
from live.media.fanout.engine import Address
from live.media.relay.layer_meter import ACTIVE_S
from live.media.relay.subscriber import Subscriber
from live.media.relay.track import Track
from live.media.rtp import rtcp
from live.media.rtp.codec import Codec
from live.media.rtp.packets import ReceivedPacket
from live.media.transport.srtp import AEAD_AES_128_GCM, MasterKey
from tests.live.media.relay.sink import SinkEngine

KEY = MasterKey(AEAD_AES_128_GCM, bytes(16), bytes(12))
CODEC = Codec("video", "H264", 90_000, 96)
IDR, LATER = b"\x65\x88", b"\x41\x9a"


class Peer:
    address: Address = ("127.0.0.1", 9)
    report_interval_s = 0.0

    def send_rtcp(self, packet: bytes) -> None: ...


class Room:
    """A track in two encodings of H264, which has no temporal layers to choose from, and one subscriber."""

    def __init__(self) -> None:
        self.track = Track(CODEC, SinkEngine(lambda packet, numbers: packet.payload), lambda *_: None)
        self.encodings = self.track.prepare(("big", "small"))
        for encoding in self.encodings.values():
            encoding.keyframes.send = lambda: None
        self._number = 0
        self.play("big", "small")
        self.track.measure(time.monotonic())
        self.subscriber = Subscriber([(self.track, CODEC)])
        peer: Any = Peer()
        self.subscriber.peer = peer
        self.subscriber.start(KEY)

    def play(self, *rids: str) -> None:
        """A keyframe of each, then what follows."""
        now = time.monotonic()
        for head in (IDR, LATER, LATER):
            self._number += 1
            for rid in rids:
                size = 60_000 if rid == "big" else 4_000
                parsed = ReceivedPacket(
                    96, True, self._number, self._number * 3000, len(rid), False, head + bytes(size)
                )
                if self.encodings[rid].numbering.ssrc is None:
                    self.encodings[rid].start_source(parsed, now)
                self.encodings[rid].on_packet(parsed, None, now)

    def silence(self, rid: str) -> None:
        self.encodings[rid].meter.received_at -= 2 * ACTIVE_S
        self.track.measure(time.monotonic())


def test_who_watches_what_is_sent_no_more_is_given_the_one_that_is() -> None:
    room = Room()
    room.subscriber.choose("small", None)
    room.play("big", "small")
    assert room.subscriber.layer == "small"
    room.silence("small")
    room.subscriber.update(time.monotonic(), select=True)
    room.play("big")
    assert room.subscriber.layer == "big"


class LossyLine:
    """Loses what its subscriber is sent, and reports it, as a receiver does that asks again."""

    def __init__(self, room: Room) -> None:
        self.room, self.now = room, time.monotonic()
        self.highest, self.lost = room.subscriber._down_tracks[0].next_index, 0
        self.say(0)

    def say(self, missing: int) -> None:
        """Of five packets, so many."""
        self.now += 0.03
        self.highest += 5
        self.lost += missing
        subscriber = self.room.subscriber
        report = rtcp.ReportBlock(self.room.track.ssrc, missing * 51, self.lost, self.highest, 0, 0, 0)
        subscriber.on_rtcp(rtcp.receiver_report(1, [report]), self.now)


def test_on_a_line_that_is_full_the_large_one_is_sent_no_more_and_the_small_one_from_its_keyframe_on() -> None:
    room = Room()
    sink: Any = room.subscriber._down_tracks[0].sender
    line = LossyLine(room)
    for _ in range(9):
        line.say(4)
    got = len(sink.got)
    room.play("big")
    assert len(sink.got) == got, "the line is kept free"
    room.play("big", "small")
    assert room.subscriber.layer == "small"
    assert len(sink.got) == got + 3
    for _ in range(3):
        line.say(4)
    assert room.subscriber.layer == "small"
    assert room.subscriber.bandwidth.budget_bps > FLOOR_BPS, "what was sent before says nothing of the small one"


def remb(bits_per_second: int) -> bytes:
    """What a subscriber estimates, as browsers write it."""
    exponent = max(0, bits_per_second.bit_length() - 18)
    rate = (exponent << 18 | bits_per_second >> exponent).to_bytes(3, "big")
    return struct.pack("!BBHLL4sB3sL", 0x8F, 206, 5, 1, 0, b"REMB", 1, rate, 1)


def test_a_queue_that_grows_is_noticed_before_anything_is_lost() -> None:
    room = Room()
    sink: Any = room.subscriber._down_tracks[0].sender
    now = time.monotonic()
    for n in range(12):
        now += 0.25
        sink.bytes += 60_000
        room.subscriber.on_rtcp(remb(2_400_000 if n < 10 else 1_100_000), now)
        if n == 9:
            assert room.subscriber.layer == "big"
    got = len(sink.got)
    room.play("big")
    assert len(sink.got) == got, "what would wait is not sent"
    room.play("big", "small")
    assert room.subscriber.layer == "small"


def test_a_few_packets_lost_change_nothing() -> None:
    room = Room()
    line = LossyLine(room)
    for n in range(200):
        line.say(n % 2)
        if n % 50 == 0:
            room.play("big", "small")
    assert room.subscriber.layer == "big"
    assert room.subscriber.loss == pytest.approx(0.1, abs=0.02)


def test_where_there_is_nothing_smaller_nothing_is_held_back() -> None:
    room = Room()
    room.silence("small")
    line = LossyLine(room)
    sink: Any = room.subscriber._down_tracks[0].sender
    for _ in range(20):
        line.say(4)
    got = len(sink.got)
    room.play("big")
    assert len(sink.got) == got + 3


@pytest.mark.parametrize(("missing", "copies"), [(0, 1), (2, 3)])
def test_on_a_line_that_loses_by_chance_repeats_are_sent_more_than_once(missing: int, copies: int) -> None:
    room = Room()
    room.silence("small")
    sink: Any = room.subscriber._down_tracks[0].sender
    line = LossyLine(room)
    for n in range(60):
        line.say(missing if n % 2 else 0)
    asked = sorted(sink.got)[0]
    sink.repeated.clear()
    room.subscriber.on_rtcp(rtcp.nack(1, room.track.ssrc, [asked & 0xFFFF]), line.now)
    assert sink.repeated == [asked] * copies


def test_small_packets_of_sound_do_not_make_the_line_seem_narrower() -> None:
    room = Room()
    sound = Codec("audio", "opus", 48_000, 111)
    track = Track(sound, SinkEngine(lambda packet, numbers: packet.payload), lambda *_: None)
    track.prepare(("",))
    room.subscriber = Subscriber([(room.track, CODEC), (track, sound)])
    peer: Any = Peer()
    room.subscriber.peer = peer
    room.subscriber.start(KEY)
    picture, speech = (down_track.sender for down_track in room.subscriber._down_tracks)
    line = LossyLine(room)
    picture.packets, picture.bytes = 100, 100 * 1000  # type: ignore[union-attr, misc]
    speech.packets, speech.bytes = 300, 300 * 100  # type: ignore[union-attr, misc]
    line.now += 1.0
    line.say(0)
    assert room.subscriber._connection._packet_bytes == 1000
