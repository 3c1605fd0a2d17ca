"""What a page's first load takes: bytes and files over the wire, time to a playing picture, layout shift."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

SLOW_BYTES_PER_S = 50_000  # 400 kbit/s
SLOW_LATENCY_MS = 400
CODE = frozenset({"Document", "Script", "Stylesheet"})
WATCH = """() => {
  window.shift = {total: 0, now: 0, worst: 0, first: 0, last: 0, where: []}
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      if (entry.hadRecentInput) continue
      // A window of shifts less than a second apart and 5 s long at most: Cumulative Layout Shift.
      const {shift} = window
      if (entry.startTime - shift.last > 1000 || entry.startTime - shift.first > 5000) {
        shift.now = 0
        shift.first = entry.startTime
      }
      shift.last = entry.startTime
      shift.now += entry.value
      shift.worst = Math.max(shift.worst, shift.now)
      for (const source of entry.sources) {
        const name = (n) => n ? n.nodeName + '.' + (n.className?.baseVal ?? n.className ?? '') : '?'
        const box = (r) => [r.x, r.y, r.width, r.height].map(Math.round).join(' ')
        const node = source.node?.nodeType === 3 ? source.node.parentElement : source.node
        const moved = [box(source.previousRect), box(source.currentRect)]
        shift.where.push([entry.value.toFixed(3), name(node), ...moved].join(' | '))
      }
    }
  }).observe({type: 'layout-shift', buffered: true})
  window.playingAt = 0
  document.addEventListener('playing', () => (window.playingAt ||= performance.now()), true)
}"""


@dataclass(slots=True)
class FirstLoad:
    """What a page has loaded so far. Bytes are those on the wire, with headers."""

    kinds: dict[str, str] = field(default_factory=dict)
    urls: dict[str, str] = field(default_factory=dict)
    sizes: dict[str, float] = field(default_factory=lambda: defaultdict(float))

    @property
    def code(self) -> list[str]:
        """The requests for the page, scripts and styles."""
        return [one for one in self.sizes if self.kinds.get(one) in CODE]

    @property
    def code_bytes(self) -> int:
        return round(sum(self.sizes[one] for one in self.code))

    @property
    def bytes(self) -> int:
        return round(sum(self.sizes.values()))

    def listed(self) -> str:
        rows = sorted((round(self.sizes[one]), self.kinds.get(one, "?"), self.urls.get(one, "?")) for one in self.sizes)
        return "\n".join(f"{size:8} {kind:10} {url}" for size, kind, url in rows)


def watch(page: Page, *, slow: bool = False) -> FirstLoad:
    """Count what this page loads from now on. `slow`: over a line of 400 kbit/s with 400 ms."""
    found = FirstLoad()
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": False})
    if slow:
        session.send(
            "Network.emulateNetworkConditions",
            {
                "offline": False, "latency": SLOW_LATENCY_MS, "connectionType": "cellular3g",
                "downloadThroughput": SLOW_BYTES_PER_S, "uploadThroughput": SLOW_BYTES_PER_S,
            },
        )  # fmt: skip

    def responded(event: dict[str, Any]) -> None:
        found.kinds[event["requestId"]] = event["type"]
        found.urls[event["requestId"]] = event["response"]["url"]
        found.sizes[event["requestId"]] += event["response"]["encodedDataLength"]

    def received(event: dict[str, Any]) -> None:
        found.sizes[event["requestId"]] += event["encodedDataLength"]

    session.on("Network.responseReceived", responded)
    session.on("Network.dataReceived", received)
    page.add_init_script(f"({WATCH})()")
    return found
