"""What the first load of a page takes and shows: its weight, its title, and that nothing moves by itself."""

from __future__ import annotations

import re
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import DESKTOP, PHONE, WAIT_MS, Open
from tests.browser.first_load import watch
from tests.browser.test_live import go_live
from tests.served import ROOT, Person, Served
from tests.services import free_port, running
from tests.vod.pipeline.films import film

FEED_BYTES_MAX, FEED_FILES_MAX = 110_000, 12
"""For the page, its scripts and its styles, over the wire, until the first picture plays."""
SHIFT_MAX = 0.05
LATE_MS = 400  # what comes in after a page looks complete
PROCESSED_S = 60
SETTLED = "() => document.querySelector('main')?.childElementCount && !document.querySelector('main .skeleton')"


@pytest.fixture(scope="module")
def maker(shared_server: Served) -> Person:
    return shared_server.join("maker.of.films")


@pytest.fixture(scope="module")
def video(shared_server: Served, maker: Person, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A ready video, the only one in the feed."""
    return published(maker, tmp_path_factory.mktemp("film"), 4)


def published(maker: Person, folder: Path, seconds: int) -> str:
    """The id of a video that is ready, so long."""
    content = film(folder / "film.mp4", seconds=seconds).read_bytes()
    headers = {"Tus-Resumable": "1.0.0", "Content-Type": "application/offset+octet-stream"}
    answer = maker.http.post("/api/uploads", headers=headers | {"Upload-Length": str(len(content))}, content=content)
    made: str = answer.headers["cadeau-video"]
    ends = time.monotonic() + PROCESSED_S
    while maker.http.get(f"/api/videos/{made}").json()["state"] != "ready":
        assert time.monotonic() < ends, "the video is still in processing"
        time.sleep(0.2)
    return made


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
def test_the_feeds_first_picture_needs_few_small_files(
    chromium: Browser, shared_server: Served, video: str, locale: str
) -> None:
    options: dict[str, Any] = PHONE | {"locale": locale, "service_workers": "block"}
    with chromium.new_context(**options) as context:
        page = context.new_page()
        load = watch(page)
        page.goto(f"{shared_server.url}/", wait_until="commit")
        page.wait_for_function("() => window.playingAt", timeout=WAIT_MS)
        assert 0 < load.code_bytes <= FEED_BYTES_MAX, load.listed()
        assert len(load.code) <= FEED_FILES_MAX, load.listed()
        answers = [url for url in load.urls.values() if "/api/feed" in url]
        assert len(answers) == 1, "what the page preloads is what the client asks for"
        other = "/assets/fr-" if locale == "en-GB" else "/assets/en-"
        assert other not in str(load.urls), "only one language is loaded"


def routes() -> list[str]:
    """The path of every page, as the client lists them."""
    found = re.findall(r"route\('\w+', '([^']+)'", (ROOT / "static" / "src" / "routes.ts").read_text())
    assert len(found) > 10
    return found


def test_the_live_card_stays_in_place_when_its_picture_begins(
    chromium: Browser, shared_server: Served, open_window: Open
) -> None:
    studio = open_window("/studio", shared_server.join())
    go_live(studio, "Tonight")
    for shape in (PHONE, DESKTOP):
        options: dict[str, Any] = shape | {"service_workers": "block"}
        with chromium.new_context(**options) as context:
            page = context.new_page()
            watch(page)
            page.goto(f"{shared_server.url}/")
            page.wait_for_function(
                "() => document.querySelector('[data-testid=feed-live].shown video')?.videoWidth", timeout=WAIT_MS
            )
            page.wait_for_timeout(LATE_MS)
            shift = page.evaluate("shift")
            assert shift["worst"] < SHIFT_MAX, shift
    shared_server.end_rooms()


def test_another_site_plays_a_video_in_its_frame_and_can_frame_nothing_else(
    chromium: Browser, shared_server: Served, video: str, tmp_path: Path
) -> None:
    with chromium.new_context(service_workers="block") as context:
        page = context.new_page()
        frames = "".join(
            f'<iframe src="{shared_server.url}{path}" name="{name}"></iframe>'
            for name, path in (("player", f"/embed/video/{video}"), ("client", f"/video/{video}"))
        )
        elsewhere = tmp_path / "index.html"
        elsewhere.write_text(frames)
        port = free_port()
        command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1", "--directory", str(tmp_path)]
        with running(command, port, tmp_path / "log"):
            page.goto(f"http://127.0.0.1:{port}/")
        player = page.frame("player")
        assert player is not None
        player.locator("video").evaluate("(video) => { video.muted = true; return video.play() }")
        player.wait_for_function("() => document.querySelector('video').currentTime > 0.2", timeout=WAIT_MS)
        client = page.frame("client")
        assert client is not None
        assert client.locator("#app").count() == 0
