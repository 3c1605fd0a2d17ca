"""The page of one's interests: seen, removed, reset, switched off."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Route

from tests.browser.conftest import DESKTOP, PHONE, Open, Window, findings
from tests.served import Person, Served

NARROWEST: dict[str, Any] = PHONE | {"viewport": {"width": 320, "height": 568}}
BAR = "one => one.querySelector('.bar').style.getPropertyValue('--share')"


class Learned:
    """The server's side: interests that can be removed and switched off."""

    def __init__(self, window: Window) -> None:
        self.personalised = True
        self.items = [
            {"kind": "creator", "key": "p1", "weight": 0.25, "by": {"id": "p1", "handle": "ada", "name": "Ada"}},
            {"kind": "hashtag", "key": "cats", "weight": 1.0},
            {"kind": "hashtag", "key": "dogs", "weight": 0.5},
        ]
        self.refuses = False
        window.page.route("**/api/feed/interests*", self.answer)
        window.page.route("**/api/feed/interests/**", self.answer)
        window.page.route("**/api/feed/personalised", self.answer)

    def answer(self, route: Route) -> None:
        method, path = route.request.method, route.request.url
        if self.refuses:
            return route.fulfill(status=503, json={"code": "unavailable", "detail": "later"})
        if method == "GET":
            return route.fulfill(json={"personalised": self.personalised, "items": self.items})
        if method == "PUT":
            self.personalised = json.loads(route.request.post_data or "")["personalised"]
            self.items = []
            return route.fulfill(json={"personalised": self.personalised, "items": []})
        if path.endswith("/interests"):
            self.items = []
        else:
            kind, _, key = path.rpartition("/interests/")[2].partition("/")
            self.items = [item for item in self.items if (item["kind"], item["key"]) != (kind, key)]
        return route.fulfill(status=204)


@pytest.fixture(scope="module")
def somebody(shared_server: Served) -> Person:
    return shared_server.join()


def rows(window: Window) -> list[str]:
    return [text.strip() for text in window.page.get_by_test_id("interest").all_inner_texts()]


def opened(
    open_window: Open, person: Person | None, shape: dict[str, Any] = PHONE, **more: Any
) -> tuple[Window, Learned]:
    window = open_window("/create", person, shape, **more)
    learned = Learned(window)
    window.page.goto("/interests")
    window.see("interest")
    return window, learned


def test_interests_are_listed_by_kind_with_their_weights(open_window: Open, somebody: Person) -> None:
    window, _ = opened(open_window, somebody)
    assert rows(window) == ["#cats", "#dogs", "Ada"]
    shares = [row.evaluate(BAR) for row in window.page.get_by_test_id("interest").all()]
    assert shares == ["1", "0.5", "0.25"]


def test_one_is_removed_and_comes_back_if_the_server_refuses(open_window: Open, somebody: Person) -> None:
    window, learned = opened(open_window, somebody)
    window.page.get_by_role("button", name="Remove #cats").click()
    window.until("() => document.querySelectorAll('[data-testid=interest]').length === 2")
    assert [item["key"] for item in learned.items] == ["p1", "dogs"]
    window.errors.clear()
    learned.refuses = True
    window.page.get_by_role("button", name="Remove #dogs").click()
    window.page.locator(".toasts .bad").wait_for()
    assert rows(window) == ["#dogs", "Ada"]
    window.errors.clear()  # Chromium reports the refusal


def test_a_reset_asks_first(open_window: Open, somebody: Person) -> None:
    window, learned = opened(open_window, somebody)
    window.press("interests-reset")
    window.page.go_back()
    window.until("() => !document.querySelector('dialog[open]')")
    assert len(learned.items) == 3
    window.press("interests-reset")
    window.press("interests-reset-yes")
    window.until("() => !document.querySelector('[data-testid=interest]')")
    assert learned.items == []
    window.page.get_by_role("link", name="Watch videos").wait_for()


def test_personalisation_is_switched_off_and_on_with_what_it_means(open_window: Open, somebody: Person) -> None:
    window, learned = opened(open_window, somebody)
    switch = window.page.get_by_role("switch", name="Personalised feed")
    assert switch.get_attribute("aria-checked") == "true"
    switch.focus()
    window.page.keyboard.press("Space")
    window.until("() => document.querySelector('[role=switch][aria-checked=false]')")
    assert learned.personalised is False
    assert "Off:" in window.page.inner_text("main")
    assert rows(window) == []
    switch.click()
    window.until("() => document.querySelector('[role=switch][aria-checked=true]')")
    assert learned.personalised is True


def test_the_young_and_visitors_read_what_holds_for_them(open_window: Open, shared_server: Served) -> None:
    minor = shared_server.join(birthdate="2012-01-01")
    window = open_window("/interests", minor, PHONE)
    window.page.get_by_text("You are under 18").wait_for()
    assert window.page.get_by_role("switch").count() == 0
    window = open_window("/interests", None, PHONE)
    window.page.get_by_text("The feed learns only for this visit").wait_for()
    assert window.page.get_by_role("link", name="Create an account").get_attribute("href") == "/join?next=%2Finterests"
    assert window.page.get_by_role("switch").count() == 0


def test_the_settings_lead_to_the_page(open_window: Open, somebody: Person) -> None:
    window = open_window(f"/@{somebody.handle}", somebody, PHONE)
    Learned(window)
    window.page.get_by_role("button", name="Settings").click()
    window.press("settings-interests")
    window.page.wait_for_url("**/interests")
    window.see("interest")


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("shape", [NARROWEST, DESKTOP], ids=["320px", "desktop"])
def test_the_page_is_accessible_and_fits(
    open_window: Open, somebody: Person, shape: dict[str, Any], scheme: str, locale: str
) -> None:
    window, _ = opened(open_window, somebody, shape, locale=locale, color_scheme=scheme)
    assert findings(window) == []
    assert window.page.evaluate("document.documentElement.scrollWidth") <= shape["viewport"]["width"]
