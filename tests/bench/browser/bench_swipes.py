"""Measure swiping through the feed: `python -m tests.bench swipes`.

Chromium shows the feed as a phone, with a CPU that is slowed four times. The figures: the time from a swipe to the
first frame of the next video, how many frames were dropped while the feed moved (from the browser's own trace), and
what 500 swipes leave in the renderer's memory.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from tests.bench.browser.bench_feed import fill
from tests.bench.figure import figure, line
from tests.bench.machine import machine
from tests.browser.conftest import PHONE, WAIT_MS
from tests.browser.feed.conftest import Finger
from tests.browser.feed.endless import READY, make_endless, memory, resident_mb, swipe
from tests.live.browser import ARGUMENTS
from tests.served import Served

SLOWED = 4
FIRST_FRAME_MS, FRAMES_PER_S, HEAP_KB, RESIDENT_MB = 100, 60, 12, 30
SWIPES, MEASURED, WARM = 500, 25, 50
BETWEEN_MS = 900
PAUSE_MS = 80
CATEGORIES = ["cc", "benchmark", "viz", "disabled-by-default-devtools.timeline.frame"]
WATCH = """() => {
  window.swipes = []
  const began = () => swipes.push({})
  const lifted = () => (swipes.at(-1).lifted = performance.now())
  addEventListener('touchstart', began, true)
  addEventListener('touchend', lifted, true)
  addEventListener('keydown', () => (began(), lifted()), true)
  document.addEventListener('play', ({ target }) => {
    const swipe = swipes.at(-1)
    if (swipe) target.requestVideoFrameCallback((now) => (swipe.shown ??= now))
  }, true)
}"""


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench_swipes", description="Swiping through the feed.")
    parser.add_argument("--swipes", type=int, default=SWIPES)
    swipes = parser.parse_args().swipes
    line("machine", machine())
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder) / "data") as server, sync_playwright() as player:
        fill(server, Path(folder))
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        for how in ("finger", "key"):
            first_frames(browser, server, how)
        smoothness(browser, server)
        footprint(browser, server, swipes)
        browser.close()


def opened(browser: Browser, server: Served) -> tuple[Page, CDPSession]:
    options: dict[str, Any] = PHONE | {"service_workers": "block", "locale": "en-GB", "base_url": server.url}
    page = browser.new_context(**options).new_page()
    make_endless(page, [one for one in server.http.get("/api/feed").json()["items"] if one["kind"] == "video"])
    page.add_init_script(f"({WATCH})()")
    page.goto("/")
    page.wait_for_function(READY, timeout=WAIT_MS)
    session = page.context.new_cdp_session(page)
    session.send("Performance.enable")
    return page, session


def move(page: Page, session: CDPSession, how: str) -> None:
    """One swipe, and a look at the video."""
    if how == "finger":
        Finger(session).swipe((180, 620), (180, 300))
    else:
        page.keyboard.press("ArrowDown")
    page.wait_for_timeout(BETWEEN_MS)


def first_frames(browser: Browser, server: Served, how: str) -> None:
    """From the moment the finger is lifted, or the key pressed, to a frame of the video that begins to play: 0 if it
    played before that."""
    page, session = opened(browser, server)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    move(page, session, how)
    page.evaluate("swipes.length = 0")
    for _ in range(MEASURED):
        move(page, session, how)
    found = sorted(max(0.0, one["shown"] - one["lifted"]) for one in page.evaluate("swipes") if "shown" in one)
    page.context.close()
    if not found:
        raise SystemExit("No video began to play.")
    worst = found[min(len(found) - 1, round(len(found) * 0.95))]
    more = f", 95 % within {worst:.0f} ms, {len(found)} swipes"
    figure(f"by {how}", statistics.median(found), "ms", FIRST_FRAME_MS, more=more)


def smoothness(browser: Browser, server: Served) -> None:
    """Frames that reached the screen in time, of those that the browser wanted to draw while the feed moved."""
    page, session = opened(browser, server)
    session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWED})
    move(page, session, "finger")
    browser.start_tracing(page=page, categories=CATEGORIES)
    for _ in range(MEASURED):
        move(page, session, "finger")
    events = json.loads(browser.stop_tracing())["traceEvents"]
    page.context.close()
    shown, dropped = frames(events)
    line("frames", f"{shown} shown, {dropped} dropped that affect smoothness")
    figure("smoothness", FRAMES_PER_S * shown / max(1, shown + dropped), "frames/s", FRAMES_PER_S, at_least=True)


def frames(events: list[dict[str, Any]]) -> tuple[int, int]:
    """Of the frames while a finger or the snapping scrolled: how many were shown, and how many were dropped so that
    one sees it."""
    shown = dropped = 0
    for event in events:
        report = event.get("args", {}).get("frame_reporter")
        if not report or report.get("scroll_state", "SCROLL_NONE") == "SCROLL_NONE":
            continue
        if report["state"] == "STATE_DROPPED":
            dropped += bool(report.get("affects_smoothness"))
        elif report["state"] != "STATE_NO_UPDATE_DESIRED":
            shown += 1
    return shown, dropped


def footprint(browser: Browser, server: Served, swipes: int) -> None:
    """What swipes leave, after the first ones, which fill the browser's own caches.

    The renderer's memory includes what Playwright has it keep of every answer, which is most of what it grows by."""
    page, session = opened(browser, server)
    swipe(page, WARM, PAUSE_MS)
    before, resident = memory(session), resident_mb(renderer(browser))
    swipe(page, swipes, PAUSE_MS)
    after, grown = memory(session), resident_mb(renderer(browser)) - resident
    videos = page.locator("video").count()
    page.context.close()
    counts = f", {before['nodes']} and {after['nodes']} nodes, {videos} videos mounted"
    heap_kb = (after["heap"] - before["heap"]) * 1000 / swipes
    figure("heap", heap_kb, "KB a swipe", HEAP_KB, more=f", {before['heap']:.1f} MB before{counts}")
    figure("renderer", grown, "MB grown", RESIDENT_MB, more=f", {resident:.0f} MB before, {swipes} swipes")


def renderer(browser: Browser) -> int:
    """The largest renderer's process."""
    session = browser.new_browser_cdp_session()
    processes = session.send("SystemInfo.getProcessInfo")["processInfo"]
    session.detach()
    return max((int(one["id"]) for one in processes if one["type"] == "renderer"), key=resident_mb)


if __name__ == "__main__":
    main()
