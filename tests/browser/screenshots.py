"""Retake the README's screenshots: `python -m tests.browser.screenshots`.

It waits until the demo is complete and its views are counted, which takes a quarter of an hour. `--demo URL` takes the
pictures of the feed from a demo that runs already, without the room and the studio.
"""

from __future__ import annotations

import argparse
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from imageio_ffmpeg import get_ffmpeg_exe
from playwright.sync_api import Browser, Locator, Page, sync_playwright

from cadeau.demo.cast import PASSWORD
from cadeau.demo.films import make
from cadeau.demo.topics import CLIPS
from tests.browser.conftest import DESKTOP, PHONE
from tests.browser.test_media_pages import MANY_CORES
from tests.live.browser import ARGUMENTS
from tests.served import ROOT, Served

PICTURES = ROOT / "docs" / "images"
WAIT_MS = 60_000
POLL_S = 5
JPEG: dict[str, Any] = {"type": "jpeg", "quality": 82}
CREATOR, TAG = "amina", "fractal"
LIKED, SWIPES_MAX, SWIPE_MS = 2, 8, 1500
PLAYS = "() => [...document.querySelectorAll('video')].find((one) => !one.paused && one.currentTime > 1)?.dataset.video"


@dataclass(frozen=True)
class Demo:
    """A demo that runs already."""

    url: str
    http: httpx.Client


def camera(folder: Path) -> Path:
    """The input of Chromium's fake camera: one of the demo's videos, in the format that Chromium accepts."""
    film, seen = make(CLIPS[0], folder), folder / "camera.mjpeg"
    command = [get_ffmpeg_exe(), "-loglevel", "error", "-i", film, "-an", "-q:v", "3", "-r", "20", seen]
    subprocess.run([str(part) for part in command], check=True)
    return seen


def page_of(browser: Browser, server: Served | Demo, handle: str, shape: dict[str, Any]) -> Page:
    options = {**shape, "base_url": server.url, "locale": "en-GB", "color_scheme": "dark"}
    context = browser.new_context(**options, permissions=["camera", "microphone"])
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
    parser = argparse.ArgumentParser(prog="screenshots", description="Retake the README's screenshots.")
    parser.add_argument("--demo", help="the address of a demo that runs already")
    running = parser.parse_args().demo
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name, sync_playwright() as playwright:
        folder = Path(name)
        arguments = [*ARGUMENTS, f"--use-file-for-fake-video-capture={camera(folder)}"]
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=arguments)
        if running:
            with httpx.Client(base_url=running, timeout=30) as http:
                take_feed(browser, Demo(running, http))
            return
        with Served(folder / "data", {"CADEAU_DEMO": "1"}) as server:
            wait_until_complete(server)
            take(browser, server)
            take_feed(browser, server)
            browser.close()


def wait_until_complete(server: Served) -> None:
    """All videos are there, and the creator's views are counted."""
    token = ""
    while not token:
        answer = server.http.post("/api/sessions", json={"handle": CREATOR, "password": PASSWORD})
        token = answer.json().get("token", "")
        time.sleep(POLL_S)
    server.http.cookies.clear()
    signed_in = {"Authorization": f"Bearer {token}"}
    wanted = sum(clip.maker == CREATOR for clip in CLIPS)
    while True:
        report = server.http.get("/api/analytics", params={"days": 28}, headers=signed_in).json()
        if len(report["videos"]) == wanted and report["total"]["views"] and len(videos(server)) >= len(CLIPS):
            return
        time.sleep(POLL_S)


def videos(server: Served | Demo) -> list[dict[str, Any]]:
    items = server.http.get("/api/feed", params={"limit": 50}).json()["items"]
    return [one for one in items if one["kind"] == "video"]


def take_feed(browser: Browser, server: Served | Demo) -> None:
    """The feed of somebody who likes fractals, its reason, a search, an inbox and a creator's numbers."""
    reader = page_of(browser, server, newcomer(server), PHONE)
    for video in [one for one in videos(server) if f"#{TAG}" in one["caption"]][:LIKED]:
        reader.goto(f"/video/{video['id']}")
        reader.get_by_test_id("feed-like").click()
        reader.locator("[data-testid=feed-like][aria-pressed=true]").wait_for()
    reader.goto("/")
    for _ in range(SWIPES_MAX):
        slide = swipe(reader)
        slide.get_by_test_id("feed-more").click()
        reader.get_by_test_id("menu-why").click()
        if "#" in reader.get_by_test_id("why-text").inner_text():
            break
        reader.keyboard.press("Escape")
    shoot(reader, "why-phone")
    reader.keyboard.press("Escape")
    reader.evaluate("document.activeElement.blur()")
    shoot(reader, "feed-phone")
    reader.goto(f"/search?q={TAG[:-2]}l")  # with a typing error
    reader.get_by_role("link", name=f"#{TAG}").first.wait_for()
    shoot(reader, "search-phone")
    reader.context.close()
    creator = page_of(browser, server, CREATOR, PHONE)
    creator.goto("/inbox")
    creator.get_by_text("liked your video").first.wait_for()
    shoot(creator, "inbox-phone")
    creator.goto("/analytics")
    creator.get_by_test_id("analytics-days").wait_for()
    shoot(creator, "analytics-phone")
    creator.context.close()


def newcomer(server: Served | Demo) -> str:
    """The handle of somebody who has seen nothing yet."""
    handle = f"reader{time.time_ns() // 1_000_000}"
    made = {"handle": handle, "password": PASSWORD, "birthdate": "1990-05-17", "name": "Reader"}
    server.http.post("/api/people", json=made).raise_for_status()
    server.http.cookies.clear()
    return handle


def swipe(page: Page) -> Locator:
    """The next video's slide, which plays. The first slide is the live room."""
    page.locator("section[data-key]").first.wait_for()
    page.keyboard.press("ArrowDown")
    page.wait_for_timeout(SWIPE_MS)
    video = page.wait_for_function(PLAYS, timeout=WAIT_MS).json_value()
    return page.locator("section", has=page.locator(f"video[data-video='{video}']"))


def shoot(page: Page, name: str) -> None:
    page.wait_for_timeout(800)  # sheets and pictures fade in
    page.screenshot(path=PICTURES / f"{name}.jpg", **JPEG)


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
