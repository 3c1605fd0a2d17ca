"""What a viewer sees of a lossy line: `python -m tests.bench loss`.

Chromium publishes directly, another Chromium page watches through a proxy that loses packets at random on their way to
it. Time between two shown frames beyond 200 ms is frozen time. A line that loses nothing stands first: what freezes
there is the machine.
"""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from playwright.async_api import Browser

from tests.bench.browser.playback import frames_shown, frozen_share, open_bench_page, page_time, publish, watch
from tests.bench.figure import figure, line
from tests.bench.machine import machine
from tests.live.browser import open_browser, stats
from tests.live.proxy import Proxy
from tests.served import Served

LOSSES = (0.0, 0.02, 0.1, 0.3)
TARGET_LOSS, FROZEN_PERCENT = 0.1, 1.0
DELAY_S = 0.02  # each way: a line to the next city
SETTLE_S = 5.0
PUBLISH = """async ([url, key]) => {
  const canvas = document.createElement('canvas'); canvas.width = 640; canvas.height = 360
  const pen = canvas.getContext('2d')
  let turn = 0
  setInterval(() => {
    turn++
    pen.fillStyle = '#234'; pen.fillRect(0, 0, 640, 360)
    for (let i = 0; i < 40; i++) {
      pen.fillStyle = `hsl(${i * 9 + turn} 80% 50%)`
      pen.fillRect((i * 97 + turn * (3 + i % 7)) % 680 - 40, (i * 53 + turn * (1 + i % 3)) % 400 - 40, 40, 40)
    }
  }, 1000 / 30)
  const peer = window.peer = new RTCPeerConnection()
  peer.addTransceiver(canvas.captureStream(30).getVideoTracks()[0],
    {direction: 'sendonly', sendEncodings: [{maxBitrate: 1500000}]})
  return window.agree(peer, url, key)
}"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench_loss", description="What a viewer sees of a lossy line.")
    parser.add_argument("--seconds", type=float, default=30.0, help="of playing at each loss")
    line("machine", machine())
    asyncio.run(run(parser.parse_args().seconds))


async def run(seconds: float) -> None:
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder)) as server:
        room = server.join().open_room()
        async with open_browser() as browser:
            publisher = await open_bench_page(browser, server)
            await publish(publisher, server, room, PUBLISH)
            await asyncio.sleep(SETTLE_S)
            delay = f"{DELAY_S * 1000:.0f} ms each way"
            line("load", f"Chromium to Chromium, 640x360, 30 frames/s, {delay}, {seconds:.0f} s of each")
            for loss in LOSSES:
                await measure(browser, server, room, loss, seconds)


async def measure(browser: Browser, server: Served, room: dict[str, object], loss: float, seconds: float) -> None:
    async with Proxy(("127.0.0.1", server.media_port), delay_s=DELAY_S) as proxy:
        viewer = await open_bench_page(browser, server, proxy)
        proxy.down.loss = loss
        await watch(viewer, room)
        await asyncio.sleep(SETTLE_S)
        began = await page_time(viewer)
        await asyncio.sleep(seconds)
        ended, frames, seen = await page_time(viewer), await frames_shown(viewer), await stats(viewer)
        lost = proxy.down.lost / max(1, proxy.down.lost + proxy.down.forwarded)
        await viewer.close()
    share = frozen_share(frames, began, ended)
    video = seen.get("video", {})
    shown = sum(began < at < ended for at, _ in frames) / (ended - began)
    details = (
        f"{shown:.1f} frames/s shown, {lost:.1%} of the packets lost, {video.get('nackCount', 0)} requests for them, "
        f"{video.get('keyFramesDecoded', 0)} keyframes"
    )
    if loss == TARGET_LOSS:
        figure(f"{loss:.0%} lost", share * 100, "% frozen", FROZEN_PERCENT, more=f"; {details}")
    else:
        line(f"{loss:.0%} lost", f"{share:.1%} frozen; {details}")


if __name__ == "__main__":
    main()
