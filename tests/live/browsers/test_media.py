"""Chromium publishes, and another Chromium watches."""

from __future__ import annotations

import asyncio
import itertools
import socket
import time
from typing import cast

import pytest
from playwright.async_api import Browser, Page

from live.media.fanout.python_engine import PythonEngine
from tests.live.browser import SCRIPT, frames_decoded, open_page, stats
from tests.live.media.relay.stage import Stage, until

PUBLISH = "([url, key, codec]) => window.publish(url, key, codec, 640, 480)"
WATCH = "([url, kinds]) => window.watch(url, kinds)"


@pytest.mark.parametrize("codec", ["VP8", "H264", "VP9", "AV1"])
async def test_chromium_decodes_what_chromium_sends(stage: Stage, browser: Browser, codec: str) -> None:
    room, key = await stage.open_room()
    publisher = await open_page(browser, stage.url)
    assert await publisher.evaluate(PUBLISH, [stage.whip(room), key, codec]) == ""
    await until(lambda: (room, "live") in stage.states)
    viewer = await open_page(browser, stage.url)
    assert await viewer.evaluate(WATCH, [stage.whep(room), ["audio", "video"]]) == ""
    await decoded(viewer, 40)
    seen = await stats(viewer)
    assert seen["width"] == 640
    assert seen["audio"]["packetsReceived"] > 20
    assert seen["video"]["packetsLost"] <= 0
    assert seen["transport"]["srtpCipher"] == "SRTP_AEAD_AES_128_GCM"


async def test_viewers_keep_watching_when_the_publisher_reloads(stage: Stage, browser: Browser) -> None:
    room, key = await stage.open_room()
    publisher = await open_page(browser, stage.url)
    assert await publisher.evaluate(PUBLISH, [stage.whip(room), key, "VP8"]) == ""
    await until(lambda: (room, "live") in stage.states)
    viewer = await open_page(browser, stage.url)
    assert await viewer.evaluate(WATCH, [stage.whep(room), ["video", "audio"]]) == ""
    await decoded(viewer, 20)

    await publisher.reload()
    await publisher.add_script_tag(content=SCRIPT)
    deadline = time.monotonic() + 60
    while (refused := await publisher.evaluate(PUBLISH, [stage.whip(room), key, "VP8"])) != "":
        assert refused.startswith("409")
        assert time.monotonic() < deadline
        await asyncio.sleep(0.3)
    await decoded(viewer, await frames_decoded(viewer) + 40)
    seen = await stats(viewer)
    assert seen["state"] == "connected"
    assert seen["video"]["packetsLost"] <= 0
    assert [state for _, state in stage.states] == ["live"]


async def test_a_viewer_is_disconnected_at_once_when_the_room_ends(stage: Stage, browser: Browser) -> None:
    room, key = await stage.open_room()
    publisher = await open_page(browser, stage.url)
    assert await publisher.evaluate(PUBLISH, [stage.whip(room), key, "VP8"]) == ""
    await until(lambda: (room, "live") in stage.states)
    viewer = await open_page(browser, stage.url)
    assert await viewer.evaluate(WATCH, [stage.whep(room), ["video", "audio"]]) == ""
    await decoded(viewer, 5)
    await stage.rooms.end(room, stage.host)
    # `connectionState` stays "connected" until ICE gives up some seconds later; the DTLS transport closes at once.
    deadline = time.monotonic() + 30
    while await viewer.evaluate("() => window.peer.getReceivers()[0].transport.state") != "closed":
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def test_chromium_proves_its_new_address_after_it_moved(stage: Stage, browser: Browser) -> None:
    room, key = await stage.open_room()
    publisher = await open_page(browser, stage.url)
    assert await publisher.evaluate(PUBLISH, [stage.whip(room), key, "VP8"]) == ""
    await until(lambda: (room, "live") in stage.states)
    viewer = await open_page(browser, stage.url)
    assert await viewer.evaluate(WATCH, [stage.whep(room), ["video", "audio"]]) == ""
    await decoded(viewer, 10)
    (session,) = stage.sessions.relays[room].subscribers.values()
    here = session.peer.address
    session.peer.agent._move(("127.0.0.1", 9))  # its address before it changed networks
    stage.node.open().udp.update(session.peer.agent)
    await until(lambda: session.peer.address == here)
    await decoded(viewer, await frames_decoded(viewer) + 20)


class Lossy:
    """A socket that loses every `nth` packet."""

    def __init__(self, sock: socket.socket, nth: int) -> None:
        self._socket, self._nth, self._count = sock, nth, 0
        self.setsockopt = sock.setsockopt

    def sendto(self, data: bytes, address: tuple[str, int]) -> int:
        self._count += 1
        return len(data) if self._count % self._nth == 0 else self._socket.sendto(data, address)


async def test_packets_lost_on_the_way_to_chromium_are_retransmitted(stage: Stage, browser: Browser) -> None:
    room, key = await stage.open_room()
    publisher = await open_page(browser, stage.url)
    assert await publisher.evaluate(PUBLISH, [stage.whip(room), key, "VP8"]) == ""
    await until(lambda: (room, "live") in stage.states)
    lossy = cast(socket.socket, Lossy(stage.node.open().socket, 10))
    for track in stage.sessions.relays[room].host.tracks.values():
        track.engine = PythonEngine(lossy, gso=False)
        for encoding in track.encodings.values():
            encoding.full._fanout = track.engine.fanout()
    viewer = await open_page(browser, stage.url)
    assert await viewer.evaluate(WATCH, [stage.whep(room), ["video", "audio"]]) == ""
    await decoded(viewer, 20)
    before = await stats(viewer)
    await decoded(viewer, 120)
    seen = await stats(viewer)
    assert seen["video"]["nackCount"] > before["video"]["nackCount"], "packets were lost and asked for"
    assert seen["video"]["packetsReceived"] > 100
    assert seen["video"]["keyFramesDecoded"] - before["video"]["keyFramesDecoded"] <= 2, (
        "repeats mend it, not keyframes"
    )


async def test_packets_lost_on_the_way_from_chromium_are_retransmitted(stage: Stage, browser: Browser) -> None:
    room, key = await stage.open_room()
    publisher = await open_page(browser, stage.url)
    assert await publisher.evaluate(PUBLISH, [stage.whip(room), key, "VP8"]) == ""
    await until(lambda: (room, "live") in stage.states)
    session = stage.sessions.relays[room].host.publisher
    assert session is not None
    agent = session.peer.agent
    receive, count = agent._on_rtp, itertools.count()
    agent._on_rtp = lambda packets: receive([packet for packet in packets if next(count) % 10])
    viewer = await open_page(browser, stage.url)
    assert await viewer.evaluate(WATCH, [stage.whep(room), ["video", "audio"]]) == ""
    await decoded(viewer, 20)
    await decoded(viewer, 120)
    sent = await stats(publisher)
    assert sent["video"]["nackCount"] > 0
    assert sent["video"]["retransmittedPacketsSent"] > 0
    video = next(entry for entry in session.streams if entry.encoding.video)
    assert video.lost < video.received / 20, "of one in ten that were lost"


async def decoded(viewer: Page, frames: int) -> None:
    """Wait until this many frames are decoded."""
    deadline = time.monotonic() + 60
    while await frames_decoded(viewer) < frames:
        assert time.monotonic() < deadline, await stats(viewer)
        await asyncio.sleep(0.1)
