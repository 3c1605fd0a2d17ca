"""A feed without an end, made of the few videos that the server has, and what swiping through it takes."""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, Route
from playwright.sync_api import TimeoutError as PlaywrightTimeout

PAGE = 4
READY = """() => [...document.querySelectorAll('video')].some((one) => !one.paused && one.currentTime > 0.1)"""
PLAYING = "[...document.querySelectorAll('video')].find((one) => !one.paused)?.dataset.video ?? ''"
RESTS = """() => {
  const { scrollTop, clientHeight } = document.querySelector('.scroller')
  const sections = document.querySelectorAll('.scroller > [data-key]').length
  return Math.abs(scrollTop / clientHeight - Math.round(scrollTop / clientHeight)) < 0.003 && sections === 5
}"""
PRESSED_AGAIN_MS = 1000
RESTS_MS_MAX = 30_000
SAME = 0.02


def make_endless(page: Page, items: list[dict[str, Any]]) -> None:
    """The feed repeats these items, each time under another id. Events are taken, and told to nobody."""
    numbers = itertools.count()

    def answer(route: Route) -> None:
        shown = []
        for number in itertools.islice(numbers, PAGE):
            item = items[number % len(items)]
            shown.append(item | {"id": f"{item['id']}-{number}", "impression": f"i{number}"})
        route.fulfill(json={"items": shown, "next": "more"})

    page.route("**/api/feed?*", answer)
    page.route("**/api/feed/events", lambda route: route.fulfill(status=202, json={"accepted": 0}))


def swipe(page: Page, times: int, pause_ms: int) -> None:
    """To so many other videos, then wait until the list rests. A key does nothing at the end of a list that waits for
    its next page: then it is pressed again."""
    for _ in range(times):
        before = page.evaluate(PLAYING)
        moved = f"before => {{ const now = {PLAYING}; return now && now !== before }}"
        while True:
            page.keyboard.press("ArrowDown")
            with contextlib.suppress(PlaywrightTimeout):
                page.wait_for_function(moved, arg=before, timeout=PRESSED_AGAIN_MS)
                break
        page.wait_for_timeout(pause_ms)
    page.wait_for_function(RESTS, timeout=RESTS_MS_MAX)


def memory(session: CDPSession) -> dict[str, float]:
    """Of the renderer, after everything that is no longer used has been collected: MB of the heap, and counts."""
    found, nodes = _collected(session), float("inf")
    while found["Nodes"] < nodes * (1 - SAME):  # media elements are let go in several steps
        nodes = found["Nodes"]
        found = _collected(session)
    return {
        "heap": found["JSHeapUsedSize"] / 1e6,
        "nodes": found["Nodes"],
        "listeners": found["JSEventListeners"],
        "media": found.get("AudioHandlers", 0) + found.get("MediaElements", 0),
    }


def _collected(session: CDPSession) -> dict[str, float]:
    for _ in range(3):
        session.send("HeapProfiler.collectGarbage")
    return {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}


def resident_mb(pid: int) -> float:
    """What of a process is in memory, without what it shares."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    private = [int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty"))]
    return sum(private) / 1000
