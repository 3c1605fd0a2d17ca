"""Chromium publishes three layers, and another Chromium watches the one that fits."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from playwright.async_api import Browser, Page

from live.media.relay.subscriber import Subscriber
from tests.live.browser import open_page, stats
from tests.live.media.relay.stage import Stage, until
from tests.live.proxy import Proxy, send_through

PUBLISH = """async ([url, key, codec, encodings, rate = 30]) => {
  const canvas = document.createElement('canvas')
  canvas.width = 960; canvas.height = 540  // of less than this, Chromium makes two layers
  const pen = canvas.getContext('2d')
  let n = 0
  setInterval(() => {
    n += 1
    for (let i = 0; i < 24; i++) {
      pen.fillStyle = `hsl(${(n * 7 + i * 15) % 360} 80% 50%)`
      pen.fillRect((n * 5 + i * 60) % 960, i * 22, 90, 22)
    }
  }, 33)
  const peer = window.peer = new RTCPeerConnection()
  const sending = peer.addTransceiver(canvas.captureStream(rate).getVideoTracks()[0],
    {direction: 'sendonly', sendEncodings: encodings})
  const wanted = ['video/' + codec, 'video/rtx']
  sending.setCodecPreferences(RTCRtpSender.getCapabilities('video').codecs.filter(c => wanted.includes(c.mimeType)))
  return agree(peer, url, key)
}"""
SIMULCAST = [
    {"rid": "q", "scaleResolutionDownBy": 4, "maxBitrate": 120_000},
    {"rid": "h", "scaleResolutionDownBy": 2, "maxBitrate": 350_000},
    {"rid": "f", "maxBitrate": 900_000},
]
WATCH = "([url, kinds]) => window.watch(url, kinds)"
WAIT_S = 60.0


async def layer(stage: Stage, page: Page, **body: Any) -> dict[str, Any]:
    """Read the session's layer resource, or change it if `body` is given."""
    url = f"{await page.evaluate('() => window.peer.location')}/layer"
    answer = await (stage.http.put(url, json=body) if body else stage.http.get(url))
    assert answer.status_code == 200, answer.text
    view: dict[str, Any] = answer.json()
    return view


async def seen(page: Page, width: int) -> dict[str, Any]:
    """Wait until the video has this width."""
    deadline = time.monotonic() + WAIT_S
    while (found := await stats(page))["width"] != width:
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.1)
    return found


@pytest.mark.parametrize("codec", ["VP8", "H264"])
async def test_a_viewer_switches_layers_without_an_interruption(stage: Stage, browser: Browser, codec: str) -> None:
    room, key = await stage.open_room()
    publisher = await open_page(browser, stage.url)
    assert await publisher.evaluate(PUBLISH, [stage.whip(room), key, codec, SIMULCAST]) == ""
    await until(lambda: len(stage.sessions.health(room).layers) == 3)
    await until(lambda: all(entry.bitrate_bps for entry in stage.sessions.health(room).layers))
    viewer = await open_page(browser, stage.url)
    assert await viewer.evaluate(WATCH, [stage.whep(room), ["video"]]) == ""
    await seen(viewer, 960)
    view = await layer(stage, viewer)
    assert [(entry["layer"], entry["width"]) for entry in view["layers"]] == [("f", 960), ("h", 480), ("q", 240)]
    assert view["playing"] == "f"

    for name, width in (("q", 240), ("h", 480), ("f", 960), ("q", 240)):
        await layer(stage, viewer, choice=name)
        await seen(viewer, width)
        assert (await layer(stage, viewer))["playing"] == name
    await layer(stage, viewer, choice="auto", height=200)
    await seen(viewer, 480)
    assert stage.sessions.health(room).layers[1].viewers == 1
    end = await stats(viewer)
    assert end["state"] == "connected"
    assert end["video"]["pliCount"] <= 1, "it never lacked what a picture needs"
    frames = end["video"]["framesDecoded"]
    deadline = time.monotonic() + WAIT_S
    while (await stats(viewer))["video"]["framesDecoded"] <= frames + 20:
        assert time.monotonic() < deadline, "it goes on playing"
        await asyncio.sleep(0.1)


async def start(stage: Stage, browser: Browser, codec: str, mode: str) -> tuple[Page, Subscriber]:
    """Start a room with all layers in one stream (SVC). Returns a viewer's page and session."""
    room, key = await stage.open_room()
    publisher = await open_page(browser, stage.url)
    encodings = [{"scalabilityMode": mode, "maxBitrate": 600_000}]
    rate = (
        15 if codec == "AV1" else 30
    )  # encoding AV1 in three layers is slow, and a decoder that falls behind requests keyframes
    assert await publisher.evaluate(PUBLISH, [stage.whip(room), key, codec, encodings, rate]) == ""
    await until(lambda: (room, "live") in stage.states)
    await until(lambda: len(stage.sessions.relays[room].host.tracks["video"].options) >= 3)
    viewer = await open_page(browser, stage.url)
    assert await viewer.evaluate(WATCH, [stage.whep(room), ["video"]]) == ""
    (session,) = stage.sessions.relays[room].subscribers.values()
    return viewer, session


async def starve(page: Page, session: Subscriber) -> None:
    """With no bandwidth at all, the lowest layer goes on at a lower frame rate."""
    session.choose("auto", 0)
    video = next(down_track for down_track in session._down_tracks if down_track.track.video)

    def starved() -> bool:
        session.bandwidth.budget_bps = 1.0  # repeatedly, because the viewer's own reports raise it
        session.update(time.monotonic(), select=True)
        return video.option is not None and video.option.temporal == video.option.spatial == 0

    await until(starved)
    before = (await stats(page))["video"]
    deadline = time.monotonic() + WAIT_S
    while (after := (await stats(page))["video"])["framesDecoded"] < before["framesDecoded"] + 15:
        assert time.monotonic() < deadline, after
        await asyncio.sleep(0.1)
    assert after["pliCount"] <= before["pliCount"] + 1, "it never lacked what a picture needs"


async def test_vp9_spatial_layers_are_dropped_and_restored(stage: Stage, browser: Browser) -> None:
    viewer, session = await start(stage, browser, "VP9", "L2T3_KEY")
    await seen(viewer, 960)
    top, low = [entry["layer"] for entry in (await layer(stage, viewer))["layers"]]
    for name, width in ((low, 480), (top, 960), (low, 480)):
        await layer(stage, viewer, choice=name)
        await seen(viewer, width)
    await starve(viewer, session)


async def test_av1_temporal_layers_are_dropped(stage: Stage, browser: Browser) -> None:
    viewer, session = await start(stage, browser, "AV1", "L1T3")
    await seen(viewer, 960)
    await starve(viewer, session)


async def goes_on(page: Page, frames: int = 20) -> dict[str, Any]:
    """Wait until this many more frames are decoded, without a keyframe request."""
    before = (await stats(page))["video"]
    deadline = time.monotonic() + WAIT_S
    while (after := (await stats(page))["video"])["framesDecoded"] < before["framesDecoded"] + frames:
        assert time.monotonic() < deadline, after
        await asyncio.sleep(0.1)
    assert after["pliCount"] == before["pliCount"], "it never lacked what a picture needs"
    found: dict[str, Any] = after
    return found


async def begins(page: Page) -> None:
    """Wait until decoding is steady: a new viewer may request several keyframes before the first arrives."""
    asked = -1
    while (now := (await stats(page))["video"]["pliCount"]) != asked:
        asked = now
        await asyncio.sleep(1)


@pytest.mark.parametrize("mode", ["L3T3", "L2T3_KEY"])
async def test_av1_spatial_layers_are_dropped_and_restored(stage: Stage, browser: Browser, mode: str) -> None:
    viewer, session = await start(stage, browser, "AV1", mode)
    await seen(viewer, 960)
    await begins(viewer)
    begun = await goes_on(viewer)
    names = [entry["layer"] for entry in (await layer(stage, viewer))["layers"]]
    widths = {name: 960 >> n for n, name in enumerate(names)}
    assert len(widths) == int(mode[1])
    for name in (names[-1], names[0], names[1], names[0]):
        await layer(stage, viewer, choice=name)
        await seen(viewer, widths[name])
        assert (await goes_on(viewer))["pliCount"] == begun["pliCount"]
    await starve(viewer, session)


async def test_a_viewer_without_dependency_descriptors_gets_the_lowest_av1_layer(
    stage: Stage, browser: Browser
) -> None:
    room, key = await stage.open_room()
    publisher = await open_page(browser, stage.url)
    encodings = [{"scalabilityMode": "L2T1", "maxBitrate": 600_000}]
    assert await publisher.evaluate(PUBLISH, [stage.whip(room), key, "AV1", encodings]) == ""
    await until(lambda: len(stage.sessions.health(room).layers) > 0)
    await until(lambda: len(stage.sessions.relays[room].host.tracks["video"].options) == 2)
    viewer = await open_page(browser, stage.url)
    assert await viewer.evaluate("url => window.watch(url, ['video'], false)", stage.whep(room)) == ""
    await seen(viewer, 480)
    assert len((await layer(stage, viewer))["layers"]) == 1
    await goes_on(viewer)


async def test_av1_frame_numbers_continue_when_a_publisher_returns(stage: Stage, browser: Browser) -> None:
    """If frame numbers restarted, Chromium would take the new structure for an old one, and wait."""
    room, key = await stage.open_room()
    encodings = [{"scalabilityMode": "L2T1", "maxBitrate": 600_000}]
    publisher = await open_page(browser, stage.url)
    assert await publisher.evaluate(PUBLISH, [stage.whip(room), key, "AV1", encodings]) == ""
    await until(lambda: len(stage.sessions.relays[room].host.tracks["video"].options) == 2)
    viewer = await open_page(browser, stage.url)
    assert await viewer.evaluate(WATCH, [stage.whep(room), ["video"]]) == ""
    await seen(viewer, 960)
    await goes_on(viewer, 60)
    await publisher.close()
    await until(lambda: not stage.sessions.relays[room].host.is_taken(time.monotonic()))
    shown = (await stats(viewer))["video"]["framesDecoded"]
    again = await open_page(browser, stage.url)
    assert await again.evaluate(PUBLISH, [stage.whip(room), key, "AV1", encodings]) == ""
    encoding = stage.sessions.relays[room].host.tracks["video"].encodings[""]
    frames = encoding.meter.frames
    await until(lambda: encoding.meter.frames >= frames + 45)
    assert (await stats(viewer))["video"]["framesDecoded"] > shown + 15
    await goes_on(viewer)


async def test_layers_that_depend_on_each_other_only_in_keyframes_survive_packet_loss(
    stage: Stage, browser: Browser
) -> None:
    """If unneeded frames were forwarded, the receiver would wait for their lost packets, then for a keyframe."""
    first, _ = await start(stage, browser, "VP9", "L2T3_KEY")
    await first.close()
    room = next(iter(stage.sessions.relays))
    async with Proxy(("127.0.0.1", stage.settings.media_port), delay_s=0.02) as proxy:
        viewer = await open_page(browser, stage.url)
        await send_through(viewer, proxy)
        assert await viewer.evaluate(WATCH, [stage.whep(room), ["video"]]) == ""
        await seen(viewer, 960)
        await begins(viewer)
        proxy.down.loss = 0.03
        await goes_on(viewer, 200)
        await until(lambda: proxy.down.lost > 10)
        await goes_on(viewer)
        await viewer.close()


async def test_a_slower_connection_gets_a_smaller_layer_until_it_recovers(stage: Stage, browser: Browser) -> None:
    room, key = await stage.open_room()
    publisher = await open_page(browser, stage.url)
    assert await publisher.evaluate(PUBLISH, [stage.whip(room), key, "VP8", SIMULCAST]) == ""
    await until(lambda: len({o.layer for o in stage.sessions.relays[room].host.tracks["video"].options}) == 3)
    async with Proxy(("127.0.0.1", stage.settings.media_port), delay_s=0.02) as proxy:
        viewer = await open_page(browser, stage.url)
        await send_through(viewer, proxy)
        assert await viewer.evaluate(WATCH, [stage.whep(room), ["video"]]) == ""
        await seen(viewer, 960)
        proxy.down.queue_bytes, proxy.down.rate_bps = 12_000, 300_000
        await seen(viewer, 240)
        before = (await stats(viewer))["video"]["framesDecoded"]
        await until(lambda: proxy.down.forwarded > 0)
        deadline = time.monotonic() + WAIT_S
        while (await stats(viewer))["video"]["framesDecoded"] < before + 40:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        proxy.down.rate_bps = 0.0
        await seen(viewer, 960)
        await viewer.close()
