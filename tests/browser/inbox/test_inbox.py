"""The inbox in several browsers at once: what one person does appears in another's, without a reload."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import PHONE, Open, Window, findings
from tests.browser.test_first_load import maker as maker
from tests.browser.test_first_load import video as video
from tests.served import Person, Served

BADGE = "() => document.querySelector('[data-testid=inbox-badge]')?.textContent ?? ''"
NARROW: dict[str, Any] = PHONE | {"viewport": {"width": 320, "height": 568}}


def badge(window: Window, text: str) -> None:
    """Wait until the badge says this; empty: until there is none."""
    window.until(f"text => ({BADGE})() === text", text)


def lines(window: Window) -> list[str]:
    return [" ".join(text.split()) for text in window.page.get_by_test_id("inbox-line").all_inner_texts()]


@pytest.fixture
def fan(shared_server: Served) -> Person:
    person = shared_server.join()
    person.http.patch("/api/people/me", json={"name": "Zoé"}).raise_for_status()
    return person


@pytest.fixture(autouse=True)
def all_read(maker: Person) -> None:
    """Each test begins with an inbox that has been read."""
    maker.http.put("/api/notifications/read", json={"until": 2**53 - 1}).raise_for_status()


def test_a_like_in_one_browser_appears_in_the_inbox_and_the_badges_of_another(
    open_window: Open, maker: Person, video: str, fan: Person
) -> None:
    phone, desktop = open_window("/inbox", maker, PHONE), open_window("/rooms", maker)
    badge(phone, "")
    liking = open_window(f"/video/{video}", fan)
    liking.press("feed-like")
    phone.see("inbox-line", "Zoé")
    assert "liked your video" in lines(phone)[0]
    badge(phone, "")  # seen at once, where the inbox is open
    badge(desktop, "")
    phone.page.goto("/rooms")
    liking.press("feed-comments")
    fan.http.post(f"/api/videos/{video}/comments", json={"text": "Encore une !"}).raise_for_status()
    badge(phone, "1")
    badge(desktop, "1")
    desktop.press("nav-inbox")
    desktop.see("inbox-line", "Encore une !")
    badge(desktop, "")
    badge(phone, "")
    assert findings(desktop) == []


def test_a_comment_is_opened_where_it_was_written(open_window: Open, maker: Person, video: str, fan: Person) -> None:
    fan.http.post(f"/api/videos/{video}/comments", json={"text": "Où est-ce ?"}).raise_for_status()
    window = open_window("/inbox", maker, PHONE)
    window.page.get_by_test_id("inbox-line").filter(has_text="Où est-ce ?").first.click()
    window.see("comment", "Où est-ce ?")


def test_what_is_taken_back_disappears(open_window: Open, maker: Person, fan: Person) -> None:
    fan.http.put(f"/api/people/{maker.handle}/follow").raise_for_status()
    window = open_window("/inbox", maker, NARROW)
    follow = window.page.locator("[data-kind=follow]", has_text="Zoé")
    follow.first.wait_for()
    before = follow.count()
    fan.http.delete(f"/api/people/{maker.handle}/follow").raise_for_status()
    window.until(
        "count => [...document.querySelectorAll('[data-kind=follow]')]"
        ".filter((one) => one.textContent.includes('Zoé')).length < count",
        before,
    )
    assert window.page.evaluate("document.documentElement.scrollWidth") == 320


def test_a_kind_that_is_switched_off_stays_away(open_window: Open, maker: Person, shared_server: Served) -> None:
    window = open_window("/inbox", maker, NARROW)
    window.press("inbox-settings")
    window.see("switch-follow-in_app")
    assert findings(window) == []
    with window.page.expect_response(lambda answer: "/settings" in answer.url and answer.request.method == "PUT"):
        window.press("switch-follow-in_app")
    window.page.keyboard.press("Escape")
    window.until("() => !document.querySelector('[data-kind=follow]')")
    stranger = shared_server.join()
    stranger.http.put(f"/api/people/{maker.handle}/follow").raise_for_status()
    assert maker.http.get("/api/notifications").json()["unread"] == 0
    badge(window, "")
    on = {"kinds": {"follow": {"in_app": True, "push": True}}}
    maker.http.put("/api/notifications/settings", json=on).raise_for_status()
    window.see("inbox-line", stranger.handle)


def test_a_sign_out_in_one_tab_ends_the_other(open_window: Open, shared_server: Served) -> None:
    person = shared_server.join()
    window = open_window(f"/@{person.handle}", person, PHONE)
    other = window.page.context.new_page()
    with other.expect_websocket() as opened:
        other.goto("/inbox")
    other.get_by_test_id("inbox-settings").wait_for()
    window.press("settings")
    window.press("sign-out")
    if not opened.value.is_closed():
        opened.value.wait_for_event("close")
    other.get_by_test_id("inbox-settings").wait_for(state="detached")


def test_the_wallet_is_reached_from_the_profile(open_window: Open, shared_server: Served) -> None:
    person = shared_server.join()
    window = open_window("/rooms", person, PHONE)
    window.press("nav-me")
    window.press("to-wallet")
    window.page.wait_for_url("**/wallet")
    assert window.text("balance") == "0"


def test_a_browser_without_push_says_so_and_a_visitor_is_invited(
    open_window: Open, shared_server: Served, fan: Person
) -> None:
    visitor = open_window("/inbox", None, NARROW, locale="fr-FR")
    visitor.page.get_by_role("link", name="Créer un compte").first.wait_for()
    window = open_window("/inbox", fan)
    window.page.evaluate("delete window.PushManager")
    window.press("inbox-settings")
    window.see("push-state", "This browser can’t receive push notifications.")
