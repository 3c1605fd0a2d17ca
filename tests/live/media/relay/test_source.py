"""A relay may have several sources: each its own tracks and publisher, all of them for the same subscribers."""

from __future__ import annotations

import time
from typing import Any

from live.media.relay.relay import HOST, Relay
from live.media.relay.source import Source
from live.media.relay.subscriber import Subscriber
from live.media.rtp.codec import Codec, Kind
from live.media.rtp.header_extensions import Extensions
from live.media.rtp.packets import ReceivedPacket
from live.media.transport.srtp import AEAD_AES_128_GCM, MasterKey
from tests.live.media.relay.sink import SinkEngine

KEY = MasterKey(AEAD_AES_128_GCM, bytes(16), bytes(12))
VIDEO = Codec("video", "VP8", 90_000, 96)
AUDIO = Codec("audio", "opus", 48_000, 111)
CODECS: dict[Kind, Codec] = {"video": VIDEO, "audio": AUDIO}
VP8_KEYFRAME = b"\x10\x00\x00\x00\x9d\x01\x2a\x40\x01\xb4\x00"


class Peer:
    address = ("127.0.0.1", 9)
    report_interval_s = 0.0

    def send_rtcp(self, packet: bytes) -> None: ...


def open_relay() -> Relay:
    engine: Any = SinkEngine(lambda packet, offsets: packet.payload)
    return Relay("room", engine)


def publish(source: Source, codecs: dict[Kind, Codec] = CODECS) -> Any:
    publisher, _ = source.prepare(codecs, Extensions(), ())
    peer: Any = Peer()
    publisher.peer = peer
    source.replace_publisher(publisher)
    return publisher


def send(publisher: Any, ssrc: int, payload: bytes, payload_type: int = 96) -> None:
    publisher.on_rtp([ReceivedPacket(payload_type, True, 1, 3000, ssrc, False, payload, b"", time.monotonic())])


async def test_a_subscriber_receives_the_tracks_of_two_sources() -> None:
    relay = open_relay()
    guest = relay.sources["guest"] = Source("guest", relay.host._engine)
    publishers = [publish(relay.host), publish(guest)]
    tracks = [(source.tracks[kind], CODECS[kind]) for source in (relay.host, guest) for kind in CODECS]
    subscriber = Subscriber(tracks)
    peer: Any = Peer()
    subscriber.peer = peer
    assert len({down_track.track.ssrc for down_track in subscriber._down_tracks}) == 4
    assert subscriber.ssrcs["video"].ssrc == relay.host.tracks["video"].ssrc
    subscriber.start(KEY)
    for ssrc, publisher in enumerate(publishers, 1):
        send(publisher, ssrc, VP8_KEYFRAME + b"%d" % ssrc)
        send(publisher, 10 + ssrc, b"sound %d" % ssrc, payload_type=111)
    got: list[Any] = [list(down_track.sender.got.values()) for down_track in subscriber._down_tracks]  # type: ignore[union-attr]
    assert got == [[VP8_KEYFRAME + b"1"], [b"sound 1"], [VP8_KEYFRAME + b"2"], [b"sound 2"]]


async def test_only_the_host_decides_whether_a_relay_is_abandoned() -> None:
    relay = open_relay()
    guest = relay.sources["guest"] = Source("guest", relay.host._engine)
    publishing = publish(guest)
    send(publishing, 1, VP8_KEYFRAME)
    now = time.monotonic()
    assert guest.is_sending(now)
    assert not relay.host.is_sending(now)
    relay.host.received_at -= 60
    assert relay.is_abandoned(now)
    assert list(relay.sources) == [HOST, "guest"]


async def test_a_publisher_that_was_replaced_removes_nobody() -> None:
    source = open_relay().host
    first: Any = publish(source)
    second: Any = publish(source)
    source.remove_publisher(first)
    assert source.publisher is second
    assert source.tracks["video"].encodings[""].keyframes.send is not None
    source.remove_publisher(second)
    assert source.publisher is None
    assert source.tracks["video"].encodings[""].keyframes.send is None


async def test_another_codec_replaces_the_track_and_its_packets_stay_counted() -> None:
    source = open_relay().host
    send(publish(source), 1, VP8_KEYFRAME)
    assert source.packets == 1
    old = source.tracks["video"]
    h264 = Codec("video", "H264", 90_000, 102)
    _, replaced = source.prepare({"video": h264, "audio": AUDIO}, Extensions(), ())
    assert replaced == [old]
    assert source.packets == 1
    assert source.prepare({"video": h264, "audio": AUDIO}, Extensions(), ())[1] == []
