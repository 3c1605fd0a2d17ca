"""Retake the README's screenshots: `python -m tests.browser.screenshots`. Takes a minute."""

from __future__ import annotations

import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any

from imageio_ffmpeg import get_ffmpeg_exe
from playwright.sync_api import Browser, Page, sync_playwright

from cadeau.demo.cast import PASSWORD
from cadeau.demo.films import make
from cadeau.demo.topics import CLIPS
from tests.browser.conftest import ARGUMENTS, DESKTOP, PHONE
from tests.browser.test_media_pages import MANY_CORES
from tests.served import ROOT, Served

PICTURES = ROOT / "docs" / "images"
WAIT_MS = 60_000


def camera(folder: Path) -> Path:
    """The input of Chromium's fake camera: one of the demo's videos, in the format that Chromium accepts."""
    film, seen = make(CLIPS[0], folder), folder / "camera.mjpeg"
    command = [get_ffmpeg_exe(), "-loglevel", "error", "-i", film, "-an", "-q:v", "3", "-r", "20", seen]
    subprocess.run([str(part) for part in command], check=True)
    return seen


def page_of(browser: Browser, server: Served, handle: str, shape: dict[str, Any]) -> Page:
    context = browser.new_context(**shape, base_url=server.url, permissions=["camera", "microphone"], locale="en-GB")
    signed_in = server.http.post("/api/sessions", json={"handle": handle, "password": PASSWORD}).json()
    server.http.cookies.clear()
    context.add_cookies([{"name": "cadeau_session", "value": signed_in["token"], "url": server.url, "httpOnly": True}])
    return context.new_page()


def give(page: Page, gift: str, times: int) -> None:
    page.get_by_test_id("gift-button").first.click()
    for _ in range(times + 1):
        page.get_by_test_id(f"gift-{gift}").click()
        page.wait_for_timeout(250)
    page.keyboard.press("Escape")
    page.mouse.move(0, 0)
    page.evaluate("document.activeElement.blur()")


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        arguments = [*ARGUMENTS, f"--use-file-for-fake-video-capture={camera(folder)}"]
        with Served(folder / "data", {"CADEAU_DEMO": "1"}) as server:
            while [item["kind"] for item in server.http.get("/api/feed").json()["items"]].count("video") < 3:
                time.sleep(1)
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
            take(browser, server)
            browser.close()


def take(browser: Browser, server: Served) -> None:
    room = server.http.get("/api/rooms").json()["items"][0]["id"]
    phone = page_of(browser, server, "guest", PHONE)
    phone.goto(f"/room/{room}")
    phone.get_by_test_id("chat-line").nth(4).wait_for(timeout=WAIT_MS)
    phone.get_by_test_id("unmute").click()
    give(phone, "bouquet", 3)
    phone.wait_for_timeout(700)
    phone.screenshot(path=PICTURES / "room-phone.png")

    studio = page_of(browser, server, "sofia", DESKTOP)
    studio.add_init_script(MANY_CORES)
    studio.goto("/studio")
    studio.get_by_test_id("studio-preview").wait_for()
    studio.get_by_test_id("studio-title").fill("Silk and formulas")
    studio.get_by_test_id("studio-golive").click()
    studio.mouse.move(0, 0)
    studio.get_by_test_id("studio-end").wait_for(timeout=WAIT_MS)
    mine = server.http.get("/api/rooms", params={"host": "sofia"}).json()["items"][0]["id"]
    phone.goto(f"/room/{mine}")
    for text in ("Bonsoir Sofia!", "Is that silk?", "I could watch this all night"):
        phone.get_by_test_id("chat-input").fill(text)
        phone.get_by_test_id("chat-send").click()
        phone.wait_for_timeout(1500)
    phone.wait_for_timeout(12_000)
    studio.wait_for_function("() => !document.querySelector('.spark.fair, .spark.bad')", timeout=WAIT_MS)
    give(phone, "cake", 4)
    studio.wait_for_timeout(900)
    studio.screenshot(path=PICTURES / "studio-desktop.png")


if __name__ == "__main__":
    main()
