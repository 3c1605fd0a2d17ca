"""An experiment between two rankers, as a moderator runs it, with real people in both groups."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Open, Window, findings
from tests.served import Person, Served

ADDRESS = "/api/admin/feed/experiment"
NARROWEST: dict[str, Any] = PHONE | {"viewport": {"width": 320, "height": 568}}
PEOPLE = 12
NO_SHEET = "() => !document.querySelector('dialog[open]')"
pytestmark = pytest.mark.usefixtures("videos")


@pytest.fixture(scope="module")
def moderator(shared_server: Served) -> Person:
    person = shared_server.join()
    shared_server.grant(person, "moderator")
    return person


def watch(person: Person, *, like: bool) -> None:
    """Swipe through one page: see everything to its end, and like what is on it, or not."""
    shown = [one for one in person.http.get("/api/feed", params={"limit": 4}).json()["items"] if one["kind"] == "video"]
    events = [
        {"video": one["id"], "kind": kind, "watched_ms": 3000, "impression": one["impression"]}
        for one in shown
        for kind in ("view", "finish")
    ]
    person.http.post("/api/feed/events", json={"events": events}).raise_for_status()
    for one in shown if like else ():
        person.http.put(f"/api/videos/{one['id']}/like").raise_for_status()


def running(moderator: Person) -> dict[str, Any]:
    found: dict[str, Any] = moderator.http.get(ADDRESS).json()["experiment"]
    return found


def number(text: str) -> int:
    return int(re.sub(r"\D", "", text))


def test_a_moderator_starts_one_sees_both_groups_and_stops_it(
    open_window: Open, shared_server: Served, moderator: Person
) -> None:
    window = open_window("/admin/media", moderator)
    window.page.get_by_role("link", name="Feed experiments").click()
    window.page.wait_for_url("**/admin/feed")
    window.page.get_by_test_id("experiment-control").select_option("popular")
    window.page.get_by_text("Choose two different rankers.").wait_for()
    assert window.page.get_by_test_id("experiment-start").is_disabled()
    window.page.get_by_test_id("experiment-control").select_option("learned")
    window.page.get_by_test_id("experiment-percent").fill("40")
    window.press("experiment-start")
    window.see("experiment", "Popular against Learned")
    window.page.get_by_text("No results yet").wait_for()
    found = running(moderator)
    assert (found["control"], found["treatment"], found["percent"]) == ("learned", "popular", 40)
    assert found["stopped_at"] is None
    assert window.page.get_by_test_id("experiment-start").count() == 0, "one at a time"

    for index in range(PEOPLE):
        watch(shared_server.join(), like=index % 2 == 0)
    window.page.reload()
    window.see("measure-like_rate")
    arms = running(moderator)["arms"]
    assert sum(arm["people"] for arm in arms) == PEOPLE
    assert sum(arm["impressions"] for arm in arms) > PEOPLE
    shown = window.page.get_by_role("list", name="Groups").get_by_role("listitem").all_inner_texts()
    assert [number(text.partition("person" if "person" in text else "people")[0]) for text in shown] == [
        arm["people"] for arm in arms
    ]
    dots = window.page.get_by_test_id("measure-like_rate").locator(".dot")
    assert dots.count() == sum(arm["like_rate"]["value"] is not None for arm in arms)
    window.page.get_by_test_id("arms-table").locator("summary").click()
    rows = window.page.get_by_test_id("arms-table").locator("tbody tr").all_inner_texts()
    liked = [row for row in rows if row.startswith("Liked")]
    for row, arm in zip(liked, arms, strict=True):
        rate = arm["like_rate"]["value"]
        assert f"{round(rate * 100, 1):g}%" in row, "the table says what the server counted"
    assert findings(window) == []

    window.press("experiment-stop")
    window.page.get_by_role("button", name="Cancel").click()
    window.until(NO_SHEET)
    assert running(moderator)["stopped_at"] is None, "it asks first"
    window.press("experiment-stop")
    window.press("experiment-stop-yes")
    window.see("experiment-start")
    window.see("experiment", "Stopped")
    assert running(moderator)["stopped_at"] is not None
    window.see("measure-like_rate")


def test_what_another_moderator_has_started_is_said_and_not_started_twice(open_window: Open, moderator: Person) -> None:
    window = open_window("/admin/feed", moderator)
    window.see("experiment-start")
    moderator.http.post(ADDRESS, json={"control": "newest", "treatment": "learned"}).raise_for_status()
    window.press("experiment-start")
    window.page.get_by_role("alert").wait_for()
    window.errors.clear()  # Chromium reports the refusal
    moderator.http.delete(ADDRESS).raise_for_status()
    window.press("experiment-start")
    window.see("experiment-stop")
    moderator.http.delete(ADDRESS).raise_for_status()


def test_only_moderators_see_it(open_window: Open, shared_server: Served) -> None:
    window = open_window("/admin/feed", shared_server.join(), PHONE)
    window.page.get_by_text("Moderators only").wait_for()
    assert window.page.get_by_test_id("experiment-start").count() == 0
    window = open_window("/admin/feed", None, PHONE)
    link = window.page.get_by_role("main").get_by_role("link", name="Sign in")
    assert link.get_attribute("href") == "/signin?next=%2Fadmin%2Ffeed"


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
@pytest.mark.parametrize("scheme", ["dark", "light"])
@pytest.mark.parametrize("shape", [NARROWEST, DESKTOP], ids=["320px", "desktop"])
def test_the_page_is_accessible_and_fits(
    open_window: Open, moderator: Person, shape: dict[str, Any], scheme: str, locale: str
) -> None:
    window: Window = open_window("/admin/feed", moderator, shape, locale, color_scheme=scheme)
    window.see("experiment-start")
    assert findings(window) == []
    assert window.page.evaluate("document.documentElement.scrollWidth") <= shape["viewport"]["width"]
