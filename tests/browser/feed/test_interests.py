"""The page of one's interests: seen, removed, reset, switched off."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Open, Window, findings
from tests.served import Person, Served

NARROWEST: dict[str, Any] = PHONE | {"viewport": {"width": 320, "height": 568}}
BAR = "one => one.querySelector('.bar').style.getPropertyValue('--share')"
KINDS = ("hashtag", "creator", "sound")
NO_SHEET = "() => !document.querySelector('dialog[open]')"
NAMED = "() => !document.querySelector('main').innerText.includes('A sound')"


@pytest.fixture
def somebody(shared_server: Served, videos: list[str]) -> Person:
    """Likes two videos of one maker and one of another: the feed has learned who, what about, and their sounds."""
    person = shared_server.join()
    for video in (videos[0], videos[2], videos[1]):
        person.http.put(f"/api/videos/{video}/like").raise_for_status()
    return person


def learned(person: Person) -> list[dict[str, Any]]:
    """What the server has learned, as the page lists it."""
    items: list[dict[str, Any]] = person.http.get("/api/feed/interests").json()["items"]
    return sorted(items, key=lambda item: (KINDS.index(item["kind"]), -item["weight"]))


def called(person: Person, item: dict[str, Any]) -> str:
    if item["kind"] == "hashtag":
        return f"#{item['key']}"
    if item["kind"] == "creator":
        return str(item["by"]["name"] or item["by"]["handle"])
    by = person.http.get(f"/api/sounds/{item['key']}").json()["by"]
    return f"Original sound – {by['name'] or by['handle']}"


def rows(window: Window) -> list[str]:
    return [text.strip() for text in window.page.get_by_test_id("interest").all_inner_texts()]


def opened(open_window: Open, person: Person, shape: dict[str, Any] = PHONE, **more: Any) -> Window:
    window = open_window("/interests", person, shape, **more)
    window.see("interest")
    return window


def test_interests_are_listed_by_kind_with_their_names_and_weights(open_window: Open, somebody: Person) -> None:
    window, items = opened(open_window, somebody), learned(somebody)
    assert {item["kind"] for item in items} == set(KINDS)
    window.until(NAMED)
    assert sorted(rows(window)) == sorted(called(somebody, item) for item in items)
    assert rows(window)[0] == "#test"
    shares = [float(row.evaluate(BAR)) for row in window.page.get_by_test_id("interest").all()]
    assert shares == [item["weight"] for item in items]
    links = window.page.get_by_test_id("interest").get_by_role("link")
    assert links.count() == len(items), "each leads to what it is"


def test_one_is_removed_and_comes_back_if_the_server_refuses(open_window: Open, somebody: Person) -> None:
    window = opened(open_window, somebody)
    before = learned(somebody)
    window.page.get_by_role("button", name="Remove #test").click()
    window.until("count => document.querySelectorAll('[data-testid=interest]').length === count", len(before) - 1)
    window.page.get_by_text("#test removed").wait_for()
    assert [item["key"] for item in learned(somebody)] == [item["key"] for item in before if item["kind"] != "hashtag"]
    window.until(NAMED)
    listed = rows(window)
    window.page.route(  # a server that cannot write for a moment
        "**/api/feed/interests/**", lambda route: route.fulfill(status=503, json={"code": "unavailable"})
    )
    window.page.get_by_test_id("interest-remove").first.click()
    window.page.locator(".toasts .bad").wait_for()
    assert rows(window) == listed
    window.errors.clear()  # Chromium reports the refusal


def test_a_reset_asks_first(open_window: Open, somebody: Person) -> None:
    window = opened(open_window, somebody)
    window.press("interests-reset")
    window.page.go_back()
    window.until(NO_SHEET)
    assert learned(somebody) != []
    window.press("interests-reset")
    window.press("interests-reset-yes")
    window.until("() => !document.querySelector('[data-testid=interest]')")
    assert learned(somebody) == []
    window.page.get_by_role("link", name="Watch videos").wait_for()


def test_personalisation_is_switched_off_and_on_with_what_it_means(open_window: Open, somebody: Person) -> None:
    window = opened(open_window, somebody)
    switch = window.page.get_by_role("switch", name="Personalised feed")
    assert switch.get_attribute("aria-checked") == "true"
    switch.focus()
    window.page.keyboard.press("Space")
    window.until("() => document.querySelector('[role=switch][aria-checked=false]')")
    assert somebody.http.get("/api/feed/interests").json()["personalised"] is False
    assert "Off:" in window.page.inner_text("main")
    assert rows(window) == []
    switch.click()
    window.until("() => document.querySelector('[role=switch][aria-checked=true]')")
    assert somebody.http.get("/api/feed/interests").json()["personalised"] is True
    assert learned(somebody) == [], "what was learned before is gone"


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
    window.press("settings")
    window.press("settings-interests")
    window.page.wait_for_url("**/interests")
    window.see("interest")


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("shape", [NARROWEST, DESKTOP], ids=["320px", "desktop"])
def test_the_page_is_accessible_and_fits(
    open_window: Open, somebody: Person, shape: dict[str, Any], scheme: str, locale: str
) -> None:
    window = opened(open_window, somebody, shape, locale=locale, color_scheme=scheme)
    assert findings(window) == []
    assert window.page.evaluate("document.documentElement.scrollWidth") <= shape["viewport"]["width"]
