"""The host appoints a moderator by tapping a name; a ban shuts the room at once and is undone on a page."""

from __future__ import annotations

from playwright.sync_api import Locator

from tests.browser.conftest import PHONE, WAIT_MS, Open, Window, findings
from tests.served import Served


def line(window: Window, text: str) -> Locator:
    return window.page.get_by_test_id("chat-line").filter(has_text=text)


def say(window: Window, text: str) -> None:
    window.fill("chat-input", text)
    window.press("chat-send")
    line(window, text).wait_for(timeout=WAIT_MS)


def test_a_moderator_is_appointed_by_a_tap_and_bans_and_the_host_undoes_it(
    shared_server: Served, open_window: Open
) -> None:
    host, ann, bob = (shared_server.join() for _ in range(3))
    room = host.open_room()["id"]
    owner, moderator, member = (open_window(f"/room/{room}", one) for one in (host, ann, bob))
    say(moderator, "I can help")
    say(member, "something bad")

    line(owner, "I can help").click()
    owner.press("line-appoint")
    owner.page.get_by_test_id("may-ban").check()
    assert findings(owner) == []
    owner.press("moderator-save")
    owner.page.get_by_test_id("moderator-form").wait_for(state="detached", timeout=WAIT_MS)
    say(moderator, "now as a moderator")
    line(member, "now as a moderator").get_by_test_id("moderator-badge").wait_for(timeout=WAIT_MS)

    line(moderator, "something bad").click()
    moderator.page.get_by_test_id("mute-length").select_option("60")
    moderator.press("line-mute")
    member.until("() => document.querySelector('[data-testid=chat-input]').disabled")
    line(moderator, "something bad").click()
    moderator.press("line-ban")
    moderator.press("line-ban-yes")
    member.see("room-banned")
    assert findings(member) == []
    member.page.reload()
    member.see("room-banned")

    page = open_window("/studio/moderation", host, PHONE)
    page.see("moderator", ann.handle)
    page.see("sanction", bob.handle)
    assert findings(page) == []
    page.press("sanction-lift")
    page.see("no-sanctions")
    page.press("moderator-change")
    page.press("moderator-dismiss")
    page.see("no-moderators")
    member.page.reload()
    say(member, "thank you")


def test_a_host_appoints_by_handle(shared_server: Served, open_window: Open) -> None:
    host, ann = shared_server.join(), shared_server.join()
    page = open_window("/studio/moderation", host, PHONE, "fr-FR")
    page.see("no-moderators")
    page.fill("moderator-handle", f"@{ann.handle}")
    page.press("moderator-add")
    page.press("moderator-save")
    page.see("moderator", ann.handle)
    (one,) = host.http.get(f"/api/hosts/{host.id}/moderators").json()["items"]
    assert one["permissions"] == ["remove", "timeout"]


def test_a_held_line_waits_for_one_key_of_the_host_and_no_viewer_sees_it(
    shared_server: Served, open_window: Open
) -> None:
    host, ann = shared_server.join(), shared_server.join()
    page = open_window("/studio/moderation", host, PHONE)
    page.fill("filter-words", "sécret")
    page.press("filter-add")
    page.see("filter", "secret")
    page.page.get_by_test_id("filter-links").select_option("listed")
    page.fill("filter-domains", "https://good.org/")
    page.press("filter-links-save")
    page.until("() => document.querySelector('[data-testid=filter-domains]').value === 'good.org'")
    assert findings(page) == []

    room = host.open_room()["id"]
    owner, writer, viewer = (open_window(f"/room/{room}", one) for one in (host, ann, None))
    for text in ("a s e c r e t", "more SECRET"):
        writer.fill("chat-input", text)
        writer.press("chat-send")
        writer.page.get_by_test_id("chat-held").filter(has_text=text).wait_for(timeout=WAIT_MS)
    writer.page.reload()
    writer.page.get_by_test_id("chat-held").filter(has_text="more SECRET").wait_for(timeout=WAIT_MS)
    owner.see("held-text", "a s e c r e t")
    assert findings(owner) == []
    owner.page.wait_for_timeout(500)  # a key right after a line has appeared is not meant for it
    owner.page.keyboard.press("y")
    line(viewer, "a s e c r e t").wait_for(timeout=WAIT_MS)
    owner.see("held-text", "more SECRET")
    owner.page.wait_for_timeout(500)
    owner.page.keyboard.press("n")
    owner.page.get_by_test_id("held-panel").wait_for(state="detached", timeout=WAIT_MS)
    writer.until("() => !document.querySelector('[data-testid=chat-held]')")
    assert line(writer, "a s e c r e t").count() == 1
    say(writer, "see good.org")
    assert line(viewer, "more SECRET").count() == 0


def test_whoever_is_banned_reads_why_in_the_inbox(shared_server: Served, open_window: Open) -> None:
    host, ann = shared_server.join(), shared_server.join()
    room = host.open_room()["id"]
    owner, member = open_window(f"/room/{room}", host), open_window(f"/room/{room}", ann)
    say(member, "something bad")
    line(owner, "something bad").click()
    owner.press("line-ban")
    owner.page.get_by_test_id("sanction-reason").select_option("harassment")
    owner.press("line-ban-yes")
    member.see("room-banned")
    inbox = open_window("/inbox", ann, PHONE)
    inbox.see("inbox-line", "harassment")
    assert findings(inbox) == []
