"""A feed without an end, made of the few videos that the server has, and what swiping through it takes."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

from playwright.sync_api import CDPSession, Page, Route

PAGE = 4
READY = """() => [...document.querySelectorAll('video')].some((one) => !one.paused && one.currentTime > 0.1)"""


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
    for _ in range(times):
        page.keyboard.press("ArrowDown")
        page.wait_for_timeout(pause_ms)


def memory(session: CDPSession) -> dict[str, float]:
    """Of the renderer, after everything that is no longer used has been collected: MB of the heap, and counts."""
    for _ in range(3):  # media elements are let go in several steps
        session.send("HeapProfiler.collectGarbage")
    found = {one["name"]: one["value"] for one in session.send("Performance.getMetrics")["metrics"]}
    return {
        "heap": found["JSHeapUsedSize"] / 1e6,
        "nodes": found["Nodes"],
        "listeners": found["JSEventListeners"],
        "media": found.get("AudioHandlers", 0) + found.get("MediaElements", 0),
    }


def resident_mb(pid: int) -> float:
    """What of a process is in memory, without what it shares."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    private = [int(line.split()[1]) for line in lines if line.startswith(("Private_Clean", "Private_Dirty"))]
    return sum(private) / 1000
