"""Measure what effects cost for each picture: `python -m tests.bench effects`.

The studio draws every effect over a camera of 1280 by 720 in Chromium, and shows what one picture takes: upload of the
picture, shader and read-back. Finding a face takes its own time beside that. The device that draws is named: without a
graphics card it is the processor, which is why there is no target.
"""

from __future__ import annotations

import re
import shutil
import statistics
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import Page, sync_playwright

from tests.bench.figure import line
from tests.bench.machine import machine
from tests.browser.conftest import session_cookie
from tests.browser.studio.test_effects import DRAWN_FACE, FAST_DEVICE
from tests.live.browser import ARGUMENTS
from tests.served import Served

EFFECTS = ("soft", "golden", "night", "noir", "film", "hearts", "snow", "party", "cat", "glasses")
SAMPLES = 6  # one a second
WAIT_MS = 90_000
NUMBER = re.compile(r"[0-9]+(?:[.][0-9]+)?")
RENDERER = """() => {
  const gl = document.createElement('canvas').getContext('webgl2')
  const named = gl?.getExtension('WEBGL_debug_renderer_info')
  return gl ? gl.getParameter(named ? named.UNMASKED_RENDERER_WEBGL : gl.RENDERER) : 'nothing: there is no WebGL 2'
}"""
CAMERA = DRAWN_FACE.replace("width: 480, height: 640", "width: 1280, height: 720").replace(
    "window.faceAt = [240, 320]", "window.faceAt = [640, 360]"
).replace("c.fillRect(0, 0, 480, 640)", "c.fillRect(0, 0, 1280, 720)")  # fmt: skip


def sampled(page: Page, effect: str, worn: bool) -> tuple[list[float], list[float]]:
    """What one picture, and one look for a face, took; in ms."""
    page.get_by_test_id(f"effect-{effect}").click()
    shown = page.get_by_test_id("effect-cost")
    page.wait_for_function(
        "n => document.querySelector('[data-testid=effect-cost]')?.textContent.split(' ms').length > n",
        arg=2 if worn else 1,
        timeout=WAIT_MS,
    )
    pictures, faces = [], []
    for _ in range(SAMPLES):
        page.wait_for_timeout(1_000)
        numbers: list[float] = [
            float(one) for one in shown.evaluate("e => e.textContent.match(/[0-9]+(?:[.][0-9]+)?/g)")
        ]
        pictures.append(numbers[0])
        faces += numbers[1:2]
    return pictures, faces


def main() -> int:
    line("machine", machine())
    path = shutil.which("chromium") or shutil.which("google-chrome")
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder)) as server, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        context: Any = browser.new_context(base_url=server.url, permissions=["camera", "microphone"], locale="en-GB")
        context.add_cookies([session_cookie(server.url, server.join())])
        page = context.new_page()
        page.add_init_script(FAST_DEVICE)
        page.add_init_script(CAMERA)
        page.goto("/studio")
        line("drawn by", page.evaluate(RENDERER))
        page.wait_for_function("() => document.querySelector('[data-testid=studio-preview]')?.videoWidth === 1280")
        page.get_by_test_id("effects-button").click()
        for effect in EFFECTS:
            worn = effect in ("cat", "glasses")
            pictures, faces = sampled(page, effect, worn)
            face = f", face {statistics.median(faces):.1f} ms a look" if faces else ""
            line(effect, f"{statistics.median(pictures):.1f} ms a picture (most {max(pictures):.1f}){face}")
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
