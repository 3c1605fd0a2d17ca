"""Measure the feed's first load: `python -m tests.bench feed`.

Chromium opens the feed as a phone with an empty cache, on this machine's own line and on one of 400 kbit/s with 400 ms.
The feed begins with a video of two renditions. The figures: bytes and files of the page, its scripts and its styles
over the wire, the time until the picture plays, and the layout shift of the feed on phone and desktop.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, sync_playwright

from cadeau.demo.films import make
from cadeau.demo.topics import CLIPS
from tests.bench.figure import figure, line
from tests.bench.machine import machine
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.first_load import FirstLoad, watch
from tests.live.browser import ARGUMENTS
from tests.served import Served

CODE_KB, CODE_FILES, PLAYING_S, SHIFT = 110, 12, 5, 0.05
RUNS = 3
PLAYING_S_MAX = 60
PROCESSED_S_MAX = 300
LATE_MS = 2_000


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench_feed", description="The feed's first load.")
    parser.parse_args()
    line("machine", machine())
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder) / "data") as server, sync_playwright() as player:
        fill(server, Path(folder))
        browser = player.chromium.launch(executable_path=shutil.which("chromium"), args=ARGUMENTS)
        loads = [first_load(browser, server, PHONE, slow=True) for _ in range(RUNS)]
        load, _, _ = loads[0]
        figure("code", load.code_bytes / 1000, "KB", CODE_KB, more=f", {load.bytes / 1000:.0f} KB in all")
        figure("files", len(load.code), "files", CODE_FILES, more=f", {len(load.sizes)} in all")
        figure("playing", sorted(at for _, at, _ in loads)[RUNS // 2], "s", PLAYING_S, more=f", median of {RUNS}")
        for name, shape in (("phone", PHONE), ("desktop", DESKTOP)):
            _, at, shift = first_load(browser, server, shape)
            figure(f"shift {name}", shift, "", SHIFT, more=f", playing after {at:.2f} s without a limit")
        browser.close()


def fill(server: Served, folder: Path) -> None:
    """Upload a few of the demo's videos and wait until they are published."""
    person = server.join()
    headers = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
    made = []
    for clip in CLIPS[:2]:
        content = make(clip, folder).read_bytes()
        sent = person.http.post("/api/uploads", headers=headers | {"Upload-Length": str(len(content))}, content=content)
        made.append(sent.headers["cadeau-video"])
    ends = time.monotonic() + PROCESSED_S_MAX
    while any(person.http.get(f"/api/videos/{video}").json()["state"] == "processing" for video in made):
        if time.monotonic() > ends:
            raise SystemExit("The videos are still in processing.")
        time.sleep(0.5)


def first_load(
    browser: Browser, server: Served, shape: dict[str, Any], *, slow: bool = False
) -> tuple[FirstLoad, float, float]:
    """What was loaded until the picture played, when that was in s, and the layout shift until a little later."""
    options: dict[str, Any] = shape | {"service_workers": "block", "locale": "en-GB"}
    with browser.new_context(**options) as context:
        page = context.new_page()
        load = watch(page, slow=slow)
        page.goto(f"{server.url}/", wait_until="commit", timeout=PLAYING_S_MAX * 1000)
        page.wait_for_function("() => window.playingAt", timeout=PLAYING_S_MAX * 1000)
        now = FirstLoad(load.kinds.copy(), load.urls.copy(), load.sizes.copy())
        page.wait_for_timeout(LATE_MS)
        return now, page.evaluate("playingAt") / 1000, page.evaluate("shift.worst")


if __name__ == "__main__":
    main()
