"""What a viewer's page shows, frame by frame, and how that is judged."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any

from playwright.async_api import Browser, Page

from tests.live.browser import SCRIPT
from tests.live.proxy import Proxy, send_through
from tests.served import Served

FRAME_S = 1 / 30
FREEZE_S = 0.2

RECORD = """() => {
  window.frames_shown = []
  const look = (now, frame) => {
    window.frames_shown.push([now / 1000, frame.height])
    window.element.requestVideoFrameCallback(look)
  }
  window.element.requestVideoFrameCallback(look)
}"""

Frame = tuple[float, int]
"""When it was shown, in the page's seconds, and how many pixels high it is."""


async def open_bench_page(browser: Browser, server: Served, proxy: Proxy | None = None) -> Page:
    """A page that can `agree`, `publish`, `watch` and tell `stats`. A proxy, if given, carries its media."""
    page = await browser.new_page()
    await page.goto(f"{server.url}/healthz")
    await page.evaluate(
        f"() => {{ {SCRIPT}; window.agree = agree }}"
    )  # not as a script element, which the server's policy forbids
    if proxy is not None:
        await send_through(page, proxy)
    return page


async def publish(page: Page, server: Served, room: dict[str, Any], script: str, *more: object) -> None:
    """Publish into a room with a script that gives what `agree` says, and wait until it is live. Raises RuntimeError
    when refused."""
    problem = await page.evaluate(script, [room["whip_url"], room["stream_key"], *more])
    if problem:
        raise RuntimeError(problem)
    while server.http.get(f"/api/rooms/{room['id']}").json()["state"] != "live":
        await asyncio.sleep(0.1)


async def watch(page: Page, room: dict[str, Any]) -> None:
    """Watch, and keep a record of every frame shown. Raises RuntimeError when refused."""
    problem = await page.evaluate("([url]) => window.watch(url, ['video'])", [room["whep_url"]])
    if problem:
        raise RuntimeError(problem)
    await page.evaluate(RECORD)


async def frames_shown(page: Page) -> list[Frame]:
    found: list[list[float]] = await page.evaluate("() => window.frames_shown")
    return [(at, int(height)) for at, height in found]


async def page_time(page: Page) -> float:
    return float(await page.evaluate("() => performance.now()")) / 1000


def frozen_share(frames: Sequence[Frame], began: float, ended: float) -> float:
    """Share of the time between two moments that the picture stood still: of every gap between two frames longer than
    200 ms, what exceeds the time a frame lasts."""
    moments = [began, *(at for at, _ in frames if began < at < ended), ended]
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    return sum(gap - FRAME_S for gap in gaps if gap > FREEZE_S) / (ended - began)


def steady_since(frames: Sequence[Frame], began: float, heights: range, *, gap_s: float, for_s: float) -> float:
    """Seconds from a moment until pictures of such heights flow, and go on so for a while without a longer gap."""
    start: float | None = None
    last = began
    for at, height in (frame for frame in frames if frame[0] >= began):
        if start is not None and (at - last > gap_s or height not in heights):
            start = None
        if start is None and height in heights:
            start = at
        last = at
        if start is not None and at - start >= for_s:
            return start - began
    return float("inf")
