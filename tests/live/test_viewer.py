"""Which layers a viewer asks for, as there are more and fewer of them."""

from __future__ import annotations

import time
from typing import Any

from live.codec import Codec
from live.encoding import ACTIVE_S
from live.fanout import Address
from live.rtp import Parsed
from live.srtp import AEAD_AES_128_GCM, MasterKey
from live.track import Track
from live.viewer import Viewer
from tests.live.sink import SinkEngine

KEY = MasterKey(AEAD_AES_128_GCM, bytes(16), bytes(12))
CODEC = Codec("video", "H264", 90_000, 96)
IDR, LATER = b"\x65\x88", b"\x41\x9a"


class Peer:
    address: Address = ("127.0.0.1", 9)
    report_interval_s = 0.0

    def send_rtcp(self, packet: bytes) -> None: ...


class Room:
    """A track in two encodings of H264, which has no temporal layers to choose from, and one viewer."""

    def __init__(self) -> None:
        self.track = Track(CODEC, SinkEngine(lambda packet, numbers: packet.payload), lambda *_: None)
        self.encodings = self.track.prepare(("big", "small"))
        for encoding in self.encodings.values():
            encoding.request_keyframe_from = lambda: None
        self._number = 0
        self.play("big", "small")
        self.track.measure(time.monotonic())
        self.viewer = Viewer({"video": self.track}, {"video": CODEC})
        peer: Any = Peer()
        self.viewer.peer = peer
        self.viewer.start(KEY)

    def play(self, *rids: str) -> None:
        """A keyframe of each, then what follows."""
        now = time.monotonic()
        for head in (IDR, LATER, LATER):
            self._number += 1
            for rid in rids:
                size = 900 if rid == "big" else 90
                parsed = Parsed(96, True, self._number, self._number * 3000, len(rid), False, head + bytes(size))
                if self.encodings[rid].stream.ssrc is None:
                    self.encodings[rid].begin(parsed, now)
                self.encodings[rid].receive(parsed, None, now)

    def silence(self, rid: str) -> None:
        self.encodings[rid].heard_at -= 2 * ACTIVE_S
        self.track.measure(time.monotonic())


def test_who_watches_what_is_sent_no_more_is_given_the_one_that_is() -> None:
    room = Room()
    room.viewer.choose("small", None)
    room.play("big", "small")
    assert room.viewer.layer == "small"
    room.silence("small")
    room.viewer.select()
    room.play("big")
    assert room.viewer.layer == "big"
