"""Every page at phone and desktop size: accessible, within its width, in both languages, without errors."""

from __future__ import annotations

import gzip
from typing import Any

import pytest
from playwright.sync_api import Route

from tests.browser.conftest import DESKTOP, PHONE, WAIT_MS, Open, Window, findings
from tests.served import ROOT, Person, Served

PAGES = ("/", "/rooms", "/create", "/wallet", "/upload", "/studio", "/signin", "/join", "/nowhere")
NARROW = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
FRAMES = """async (number) => {
  while (number--) await new Promise(requestAnimationFrame)
}"""
ZOOMED = {"viewport": {"width": 640, "height": 450}}  # a desktop window of 1280x900 at 200 %


@pytest.fixture(scope="module")
def somebody(shared_server: Served) -> Person:
    person = shared_server.join()
    person.buy_coins()
    return person


def settle(window: Window) -> None:
    window.page.wait_for_load_state("networkidle")
    window.until("() => document.querySelector('main, [role=main]') && !document.querySelector('.skeleton')")


@pytest.mark.parametrize("shape", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("path", PAGES)
def test_axe_finds_no_violations(open_window: Open, somebody: Person, path: str, shape: dict[str, Any]) -> None:
    window = open_window(path, None if path in ("/signin", "/join") else somebody, shape)
    settle(window)
    assert findings(window) == []


def test_axe_finds_no_violations_on_a_profile_and_in_an_idle_room(
    open_window: Open, somebody: Person, shared_server: Served
) -> None:
    room = somebody.open_room("Soon")
    for path in (f"/@{somebody.handle}", f"/room/{room['id']}"):
        for shape in (PHONE, DESKTOP):
            window = open_window(path, somebody, shape)
            settle(window)
            assert findings(window) == [], path


@pytest.mark.parametrize("shape", [NARROW, ZOOMED], ids=["360px", "200%"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_its_width(open_window: Open, somebody: Person, path: str, shape: dict[str, Any]) -> None:
    window = open_window(path, somebody, shape)
    settle(window)
    width = shape["viewport"]["width"]
    assert window.page.evaluate("document.documentElement.scrollWidth") <= width


def test_french_is_complete_and_chosen_by_the_browsers_language(open_window: Open, somebody: Person) -> None:
    window = open_window("/wallet", somebody, PHONE, locale="fr-FR")
    settle(window)
    assert window.page.evaluate("document.documentElement.lang") == "fr"
    text = window.page.inner_text("body")
    assert "Pièces achetées" in text
    assert "7\u202f000" in text, "numbers are written as French has them"
    assert "Wallet" not in text


def test_the_light_theme_keeps_its_contrast(open_window: Open, somebody: Person) -> None:
    for path in ("/wallet", "/rooms", "/upload"):
        window = open_window(path, somebody, PHONE, color_scheme="light")
        settle(window)
        assert findings(window) == [], path


def test_the_first_page_loads_at_most_120_kb_of_script(open_window: Open) -> None:
    window = open_window("/")
    settle(window)
    names: list[str] = window.page.evaluate(
        "() => performance.getEntriesByType('resource').map(e => new URL(e.name).pathname).filter(n => /js$/.test(n))"
    )
    sizes = [len(gzip.compress((ROOT / "static" / "dist" / name.lstrip("/")).read_bytes())) for name in names]
    assert 0 < sum(sizes) <= 120 * 1024


@pytest.mark.parametrize("path", ["/inbox", "/saved", "/history", "/reactions", "/reactions?list=comments"])
def test_what_only_members_have_is_not_asked_for_before_it_is_known_who_is_there(open_window: Open, path: str) -> None:
    """On a slow line a visitor would be refused, and a member would be sent the list twice."""
    page = open_window("/create").page
    waiting: list[Route] = []
    asked: list[str] = []
    page.route("**/api/sessions/current", lambda route: waiting.append(route))
    page.on("request", lambda request: asked.append(request.url) if "/api/" in request.url else None)
    page.goto(path)
    page.locator("main h1").wait_for(timeout=WAIT_MS)
    page.evaluate(FRAMES, 5)
    [route] = waiting
    route.continue_()
    page.locator('main a[href^="/signin"]').wait_for(timeout=WAIT_MS)
    assert [url for url in asked if not url.endswith("/api/sessions/current")] == []
