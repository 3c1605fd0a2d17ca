"""What a viewer sees of a line that becomes too narrow: `python -m tests.bench link`.

Chromium publishes three layers of one picture. A viewer watches through a proxy that at first lets everything through,
then 500 kbit/s, then everything again: once with a queue of 300 ms as home routers have, which then loses packets, and
once with one of 2 s as mobile networks have, which loses none and delivers late. How long until pictures flow steadily
in a smaller size, how long do they stand still meanwhile, and how long until they are back in full?
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Page

from tests.bench.browser.camera import HEIGHT, WIDTH, arguments, write_film
from tests.bench.browser.playback import (
    Frame,
    frames_shown,
    frozen_share,
    open_bench_page,
    page_time,
    publish,
    steady_since,
    watch,
)
from tests.bench.figure import figure, line
from tests.bench.machine import machine
from tests.live.browser import open_browser
from tests.live.proxy import Proxy
from tests.served import Served

NARROW_BPS, QUEUES_S = 500_000, (0.3, 2.0)
DELAY_S = 0.02  # each way
WIDE_S, NARROW_S, BACK_S = 15.0, 20.0, 40.0
GAP_S, STEADY_S = 0.3, 3.0
TARGET_S = 2.0
PUBLISH = """async ([url, key, width, height]) => {
  const stream = await navigator.mediaDevices.getUserMedia({video: {width, height, frameRate: 30}})
  const peer = window.peer = new RTCPeerConnection()
  const video = peer.addTransceiver(stream.getVideoTracks()[0], {direction: 'sendonly', sendEncodings: [
    {rid: 'q', scaleResolutionDownBy: 4, maxBitrate: 150000},
    {rid: 'h', scaleResolutionDownBy: 2, maxBitrate: 500000},
    {rid: 'f', scaleResolutionDownBy: 1, maxBitrate: 1700000},
  ]})
  const known = RTCRtpSender.getCapabilities('video').codecs
  video.setCodecPreferences(known.filter(c => ['video/VP8', 'video/rtx'].includes(c.mimeType)))
  return window.agree(peer, url, key)
}"""
LAYERS = """async () => {
  const layers = []
  ;(await window.peer.getStats()).forEach(entry => {
    if (entry.type === 'outbound-rtp')
      layers.push([entry.frameHeight ?? 0, entry.framesPerSecond ?? 0, entry.bytesSent])
  })
  return layers
}"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench_link", description="What a viewer sees of a line that narrows.")
    parser.parse_args()
    line("machine", machine())
    for queue_s in QUEUES_S:
        asyncio.run(run(queue_s))


async def run(queue_s: float) -> None:
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder) / "data") as server:
        film = Path(folder) / "film.y4m"
        write_film(film)
        room = server.join().open_room()
        async with (
            open_browser(*arguments(film)) as browser,
            Proxy(("127.0.0.1", server.media_port), delay_s=DELAY_S) as proxy,
        ):
            publisher = await open_bench_page(browser, server)
            await publish(publisher, server, room, PUBLISH, WIDTH, HEIGHT)
            viewer = await open_bench_page(browser, server, proxy)
            await watch(viewer, room)
            await asyncio.sleep(WIDE_S)
            layers = await sent_layers(publisher)
            narrowed = await page_time(viewer)
            proxy.down.queue_bytes = int(NARROW_BPS * queue_s / 8)
            proxy.down.rate_bps = NARROW_BPS
            await asyncio.sleep(NARROW_S)
            widened = await page_time(viewer)
            proxy.down.rate_bps = 0.0
            await asyncio.sleep(BACK_S)
            frames = await frames_shown(viewer)
    line("load", f"Chromium to Chromium, layers sent: {', '.join(layers)}")
    line(
        "line",
        f"open for {WIDE_S:.0f} s, {NARROW_BPS // 1000} kbit/s with {queue_s * 1000:.0f} ms of queue for "
        f"{NARROW_S:.0f} s, open again",
    )
    report(frames, narrowed, widened)


async def sent_layers(publisher: Page) -> list[str]:
    """Height, frames and bits per second of each, over a second."""
    before: list[list[float]] = await publisher.evaluate(LAYERS)
    await asyncio.sleep(1)
    after: list[list[float]] = await publisher.evaluate(LAYERS)
    return [
        f"{height:.0f} lines at {rate:.0f} frames/s and {(sent - earlier[2]) / 125:.0f} kbit/s"
        for earlier, (height, rate, sent) in zip(before, after, strict=False)
        if sent > earlier[2]
    ]


def report(frames: list[Frame], narrowed: float, widened: float) -> None:
    full = max((height for at, height in frames if at < narrowed), default=0)
    while_narrow = [frame for frame in frames if frame[0] < widened]
    lower = steady_since(while_narrow, narrowed, range(1, full), gap_s=GAP_S, for_s=STEADY_S)
    back = steady_since(frames, widened, range(full, 1 << 16), gap_s=GAP_S, for_s=STEADY_S)
    line("heights", f"{seen(frames, 0, narrowed)} at first, {seen(frames, narrowed, widened)}, {seen(frames, widened)}")
    line("frozen", f"{frozen_share(frames, narrowed, widened) * (widened - narrowed):.1f} s while it is narrow")
    figure("narrower", lower, "s until a smaller picture flows", TARGET_S)
    if any(narrowed <= at < widened and height < full for at, height in frames):
        line("wide again", f"{back:.1f} s until the full picture flows" if back < float("inf") else "never in full")


def seen(frames: list[Frame], began: float, ended: float = float("inf")) -> str:
    """Which heights were shown, in the order in which they first were."""
    return " ".join(map(str, dict.fromkeys(height for at, height in frames if began <= at < ended))) or "none"


if __name__ == "__main__":
    main()
