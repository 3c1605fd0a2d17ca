"""Search in a browser: with a typing error to a person and a video, to a hashtag's page, and back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import DESKTOP, PHONE, WAIT_MS, Open, Window, findings
from tests.served import Person, Served
from tests.vod.pipeline.films import film
from tests.vod.uploads.client import PATCH, until

NARROW: dict[str, Any] = {"viewport": {"width": 320, "height": 568}, "has_touch": True, "is_mobile": True}
PATHS = ("/search", "/search?q=marguerite", "/search?q=xyzzyq", "/search?q=violin&kind=videos", "/tag/chambermusic")
OVERFLOW = "() => document.querySelector('main').scrollWidth - document.querySelector('main').clientWidth"


@pytest.fixture(scope="module")
def violinist(shared_server: Served, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Somebody with a video that can be found."""
    person = shared_server.join("marguerite.plays")
    person.http.patch("/api/people/me", json={"name": "Marguerite", "bio": "Strings and bows"}).raise_for_status()
    body = film(tmp_path_factory.mktemp("film") / "film.mp4").read_bytes()
    caption = "U29uYXRhIGZvciBzb2xvIHZpb2xpbiAjY2hhbWJlcm11c2lj"  # Sonata for solo violin #chambermusic
    headers = {**PATCH, "Upload-Length": str(len(body)), "Upload-Metadata": f"caption {caption}"}
    video = person.http.post("/api/uploads", headers=headers, content=body).headers["cadeau-video"]
    until(lambda: person.http.get(f"/api/videos/{video}").json()["state"] == "ready")
    person.http.post(f"/api/videos/{video}/comments", json={"text": "Thanks to @marguerite.plays"}).raise_for_status()
    http = shared_server.http
    until(lambda: http.get("/api/search", params={"q": "violin", "kind": "videos"}).json()["items"])
    until(lambda: http.get("/api/search", params={"q": "#chambermusic", "kind": "hashtags"}).json()["items"])
    return person


def search(window: Window, text: str) -> None:
    window.page.get_by_test_id("search-field").press_sequentially(text, delay=20)


def test_a_typing_error_still_finds_a_person_and_their_video(violinist: Person, open_window: Open) -> None:
    window = open_window("/", shape=PHONE)
    window.press("find")
    expect(window.page.get_by_test_id("search-field")).to_be_focused(timeout=WAIT_MS)
    search(window, "margerite")
    window.see("found-person", "Marguerite")
    window.fill("search-field", "vioiln sonata")
    link = window.page.locator('a[href^="/video/"]').first
    link.wait_for(timeout=WAIT_MS)
    assert "q=vioiln" in window.page.url
    window.press("search-tab-videos")
    link.wait_for(timeout=WAIT_MS)
    link.click()
    window.see("feed-video")
    window.page.go_back()
    link.wait_for(timeout=WAIT_MS)
    assert window.page.get_by_test_id("search-field").input_value() == "vioiln sonata"
    window.fill("search-field", "")
    window.see("recent", "vioiln sonata")
    window.see("trending-hashtag", "#chambermusic")


def test_a_hashtag_leads_to_its_page_and_can_be_sorted(violinist: Person, open_window: Open) -> None:
    window = open_window("/search?q=%23chambermusc")
    window.see("found-hashtag", "#chambermusic")
    window.press("found-hashtag")
    window.see("tag-counts", "1 video")
    window.press("order-newest")
    window.page.locator('a[href^="/video/"]').first.wait_for(timeout=WAIT_MS)
    window.page.go_back()
    window.see("found-hashtag", "#chambermusic")


def test_the_keyboard_goes_through_the_results(violinist: Person, open_window: Open) -> None:
    window = open_window("/search?q=marguerite&kind=people")
    window.see("found-person")
    window.page.get_by_test_id("search-field").focus()
    window.page.keyboard.press("ArrowDown")
    expect(window.page.get_by_test_id("found-person").first).to_be_focused()
    window.page.keyboard.press("ArrowUp")
    expect(window.page.get_by_test_id("search-field")).to_be_focused()
    window.page.keyboard.press("ArrowDown")
    window.page.keyboard.press("Enter")
    window.page.wait_for_url("**/@marguerite.plays", timeout=WAIT_MS)


def test_a_mention_leads_to_the_person(violinist: Person, open_window: Open) -> None:
    window = open_window("/search?q=violin&kind=videos", shape=PHONE)
    window.page.locator('a[href^="/video/"]').first.click(timeout=WAIT_MS)
    window.press("feed-comments")
    window.page.locator("dialog[open]").get_by_role("link", name="@marguerite.plays", exact=True).click(timeout=WAIT_MS)
    window.page.wait_for_url("**/@marguerite.plays", timeout=WAIT_MS)


@pytest.mark.parametrize("shape", [NARROW, PHONE, DESKTOP], ids=["narrow", "phone", "desktop"])
@pytest.mark.parametrize("path", PATHS)
def test_search_is_accessible_and_fits(
    violinist: Person, open_window: Open, path: str, shape: dict[str, Any], tmp_path: Path
) -> None:
    window = open_window(path, shape=shape, locale="fr-FR" if shape is NARROW else "en-GB")
    window.until("() => !document.querySelector('main .skeleton') && document.querySelector('main h1, main h2')")
    window.page.wait_for_load_state("networkidle")
    assert findings(window) == []
    assert window.page.evaluate(OVERFLOW) <= 0
    window.page.screenshot(path=tmp_path / "search.png")


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
def test_search_has_its_own_place_beside_the_tabs_of_the_feed_on_the_narrowest_phone(
    open_window: Open, locale: str
) -> None:
    window = open_window("/", shape=NARROW, locale=locale)
    window.see("find")
    find = window.page.get_by_test_id("find").bounding_box()
    tabs = [tab.bounding_box() for tab in window.page.locator(".tabs button").all()]
    assert find
    assert len(tabs) == 2
    assert all(tab and tab["x"] >= 0 and tab["x"] + tab["width"] <= find["x"] for tab in tabs)
