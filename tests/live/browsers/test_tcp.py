"""Chromium publishes and watches over TCP where a network blocks UDP."""

from __future__ import annotations

import ctypes
import socket
import struct

from playwright.async_api import Browser

from tests.live.browser import open_page, stats
from tests.live.browsers.test_media import PUBLISH, WATCH, decoded
from tests.live.media.relay.stage import Stage, until

SO_ATTACH_FILTER = 26  # Linux; the socket module does not name it
DROP_ALL = struct.pack("=HBBL", 0x06, 0, 0, 0)  # a packet filter of one instruction: drop everything


def block(sock: socket.socket) -> None:
    """Drop everything that arrives at a socket, as a firewall does."""
    program = ctypes.create_string_buffer(DROP_ALL)
    sock.setsockopt(socket.SOL_SOCKET, SO_ATTACH_FILTER, struct.pack("@HP", 1, ctypes.addressof(program)))


async def test_chromium_publishes_and_watches_where_udp_is_blocked(stage: Stage, browser: Browser) -> None:
    block(stage.node.open().socket)
    room, key = await stage.open_room()
    publisher = await open_page(browser, stage.url)
    assert await publisher.evaluate(PUBLISH, [stage.whip(room), key, "VP8"]) == ""
    await until(lambda: (room, "live") in stage.states)
    viewer = await open_page(browser, stage.url)
    assert await viewer.evaluate(WATCH, [stage.whep(room), ["audio", "video"]]) == ""
    await decoded(viewer, 60)
    relay = stage.sessions.relays[room]
    assert relay.host.publisher is not None
    assert not isinstance(relay.host.publisher.peer.address, tuple)
    assert not any(isinstance(session.peer.address, tuple) for session in relay.subscribers.values())
    seen = await stats(viewer)
    assert seen["audio"]["packetsReceived"] > 20
    assert seen["video"]["packetsLost"] <= 0
