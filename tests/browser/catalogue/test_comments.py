"""Comments in the browser: threads, likes, the pin, and links to a comment."""

from __future__ import annotations

import pytest

from tests.browser.catalogue.conftest import NARROWEST, comment
from tests.browser.conftest import DESKTOP, Open, Window, findings
from tests.browser.pages.reading import cut, glued
from tests.served import Person, Served
from tests.vod.uploads.client import until

ROWS = "[data-testid=comment]"


@pytest.fixture(autouse=True)
def no_comments(video: str, maker: Person) -> None:
    """Each test begins without comments."""
    for one in maker.http.get(f"/api/videos/{video}/comments").json()["items"]:
        assert maker.http.delete(f"/api/videos/{video}/comments/{one['id']}").is_success


def shows(window: Window, *texts: str) -> None:
    """Wait until the comments on the page are these, from top to bottom."""
    script = f"""(wanted) => {{
      const rows = [...document.querySelectorAll('{ROWS} .text')].map((one) => one.innerText)
      return rows.length === wanted.length && rows.every((text, index) => text.includes(wanted[index]))
    }}"""
    window.until(script, list(texts))


def write(window: Window, text: str) -> None:
    box = window.page.locator("form .input")
    box.fill(text)
    box.press("Enter")
    window.until("() => document.querySelector('form .input').value === ''")


def test_people_talk_in_threads_on_a_narrow_phone(open_window: Open, video: str, maker: Person, fan: Person) -> None:
    window = open_window(f"/video/{video}", fan, NARROWEST)
    window.press("feed-comments")
    write(window, "First of all")
    shows(window, "First of all")
    window.press("comment-reply")
    write(window, "And a reply")
    shows(window, "First of all", "And a reply")
    window.page.locator(ROWS).nth(1).get_by_test_id("comment-reply").click()
    write(window, "To the reply")
    shows(window, "First of all", "And a reply", f"@{fan.handle} To the reply")
    assert fan.http.get(f"/api/videos/{video}").json()["comments"] == 3
    assert findings(window) == []
    assert cut(window) == []
    assert glued(window) == []

    other = open_window(f"/video/{video}", maker, DESKTOP, locale="fr-FR")
    shows(other, "First of all")
    other.page.get_by_role("button", name="Voir 2 réponses").click()
    shows(other, "First of all", "And a reply", "To the reply")
    assert findings(other) == []


def test_a_like_shows_at_once_and_the_creators_is_named(
    open_window: Open, video: str, maker: Person, fan: Person
) -> None:
    made = comment(fan, video, "Like this")
    window = open_window(f"/video/{video}", maker)
    window.press("comment-like")
    window.until("() => document.querySelector('[data-testid=comment-like]').innerText.includes('1')")
    window.page.get_by_text("Liked by the creator").wait_for()
    until(lambda: fan.http.get(f"/api/videos/{video}/comments/{made}").json()["liked_by_creator"])
    window.press("comment-like")
    window.page.get_by_text("Liked by the creator").wait_for(state="detached")


def test_the_owner_pins_one_comment_and_deletes_a_thread(
    open_window: Open, video: str, maker: Person, fan: Person
) -> None:
    first = comment(fan, video, "one")
    comment(fan, video, "two")
    comment(fan, video, "reply", first)
    window = open_window(f"/video/{video}", maker)
    shows(window, "two", "one")
    window.page.locator(ROWS).nth(1).get_by_test_id("comment-menu").click()
    window.press("comment-pin")
    shows(window, "one", "two")
    window.page.locator(ROWS).first.get_by_text("Pinned").wait_for()
    window.page.reload()
    shows(window, "one", "two")
    window.page.locator(ROWS).first.get_by_test_id("comment-menu").click()
    window.see("comment-delete")
    assert findings(window) == []
    window.press("comment-delete")
    shows(window, "two")
    assert fan.http.get(f"/api/videos/{video}").json()["comments"] == 1


def test_a_link_leads_to_a_reply(open_window: Open, video: str, fan: Person) -> None:
    top = comment(fan, video, "The thread")
    for number in range(3):
        comment(fan, video, f"Other {number}")
    reply = comment(fan, video, "The one that was meant", top)
    for shape in (NARROWEST, DESKTOP):
        window = open_window(f"/video/{video}?comment={reply}", None, shape)
        window.until("() => document.querySelector('.marked')?.innerText.includes('The one that was meant')")
        shows(window, "The thread", "The one that was meant", "Other 2", "Other 1", "Other 0")


def test_the_order_can_be_changed_and_a_keyboard_is_enough(
    open_window: Open, video: str, maker: Person, fan: Person
) -> None:
    loved = comment(fan, video, "loved")
    comment(fan, video, "newer")
    assert maker.http.put(f"/api/videos/{video}/comments/{loved}/like").is_success
    window = open_window(f"/video/{video}", fan)
    shows(window, "loved", "newer")
    newest = window.page.get_by_role("button", name="Newest")
    newest.focus()
    window.page.keyboard.press("Enter")
    shows(window, "newer", "loved")
    window.page.locator(ROWS).first.get_by_test_id("comment-reply").focus()
    window.page.keyboard.press("Enter")
    window.page.get_by_text("Replying to").wait_for()
    window.page.keyboard.press("Escape")
    window.page.get_by_text("Replying to").wait_for(state="detached")
    window.page.keyboard.type("by keyboard")
    window.page.keyboard.press("Enter")
    shows(window, "by keyboard", "newer", "loved")


def test_a_reported_comment_disappears_and_comes_back_by_undo(
    open_window: Open, shared_server: Served, video: str, fan: Person
) -> None:
    comment(shared_server.join(), video, "Nasty")
    window = open_window(f"/video/{video}", fan, NARROWEST, locale="fr-FR")
    window.press("feed-comments")
    window.press("comment-menu")
    window.press("comment-report")
    window.page.get_by_label("Harcèlement").check()
    assert findings(window) == []
    assert cut(window) == []
    window.press("report-send")
    shows(window)
    window.page.get_by_role("button", name="Annuler").click()
    shows(window, "Nasty")
