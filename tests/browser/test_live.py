"""The main use: one person goes live from a browser, another watches, chats and gives gifts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Route, WebSocketRoute

from tests.browser.conftest import DESKTOP, PHONE, Open, Window, findings
from tests.served import Served
from tests.vod.uploads.client import until

LATE_MS = 400  # one of two responses is delayed by this much
FRAMES = "document.querySelector('[data-testid=room-video]')?.getVideoPlaybackQuality().totalVideoFrames ?? 0"


def go_live(studio: Window, title: str) -> None:
    """Go live through the studio's form."""
    studio.see("studio-preview")
    studio.fill("studio-title", title)
    studio.press("studio-golive")
    studio.see("studio-end")


def room_of(server: Served, handle: str) -> str:
    return str(server.http.get("/api/rooms", params={"host": handle}).json()["items"][0]["id"])


def wait_until_live(server: Served, handle: str) -> None:
    """The studio is on air before the server has the first picture, and a feed is loaded once."""
    until(lambda: server.http.get("/api/rooms", params={"host": handle, "state": "live"}).json()["items"])


def frames_decoded(window: Window, more_than: int = 0) -> int:
    return int(window.until(f"n => {{ const f = {FRAMES}; return f > n && f }}", more_than))


def test_a_streamer_goes_live_and_gets_viewers_chat_and_gifts(shared_server: Served, open_window: Open) -> None:
    host, viewer = shared_server.join(), shared_server.join()
    coins = viewer.buy_coins()
    studio = open_window("/studio", host)
    go_live(studio, "Cooking for friends")
    room = room_of(shared_server, host.handle)

    watching = open_window(f"/room/{room}", viewer, PHONE)
    first = frames_decoded(watching)
    frames_decoded(watching, first + 20)
    studio.until("() => /1/.test(document.querySelector('[data-testid=studio-viewers]').textContent)")

    watching.fill("chat-input", "Bonsoir! It smells good from here")
    watching.press("chat-send")
    watching.see("chat-line", "smells good")
    studio.see("chat-line", "smells good")

    watching.press("gift-button")
    watching.press("gift-rose")
    watching.press("gift-rose")
    watching.see("gift-banner")
    studio.see("gift-banner")
    studio.until("() => /[1-9]/.test(document.querySelector('[data-testid=studio-earned]').textContent)")
    assert viewer.http.get("/api/wallet").json()["coins"] == coins - 1

    studio.press("studio-end")
    studio.press("studio-end-yes")
    studio.see("studio-summary")
    assert shared_server.http.get(f"/api/rooms/{room}").json()["state"] == "ended"
    watching.until("() => /ended|over/i.test(document.body.innerText)")


def test_viewers_keep_watching_when_the_publisher_reloads(shared_server: Served, open_window: Open) -> None:
    host = shared_server.join()
    studio = open_window("/studio", host)
    go_live(studio, "Back in a second")
    room = room_of(shared_server, host.handle)
    watching = open_window(f"/room/{room}")
    before = frames_decoded(watching)
    studio.page.reload()
    studio.see("studio-preview")
    studio.press("studio-golive")
    studio.see("studio-end")
    frames_decoded(watching, before + 60)


def test_visitors_can_watch_and_must_sign_in_to_give(shared_server: Served, open_window: Open) -> None:
    host = shared_server.join()
    studio = open_window("/studio", host)
    go_live(studio, "Open to all")
    watching = open_window(f"/room/{room_of(shared_server, host.handle)}", shape=PHONE)
    frames_decoded(watching)
    watching.press("gift-button")
    watching.until("() => /account/i.test(document.querySelector('dialog[open]')?.innerText ?? '')")


def test_the_room_list_links_to_the_room(shared_server: Served, open_window: Open) -> None:
    host = shared_server.join()
    studio = open_window("/studio", host)
    go_live(studio, "Find me in the list")
    browsing = open_window("/rooms", shape=PHONE)
    browsing.page.get_by_test_id("room-card").filter(has_text="Find me in the list").first.click()
    frames_decoded(browsing)


def test_a_live_room_opens_the_feed_plays_there_and_is_accessible(shared_server: Served, open_window: Open) -> None:
    shared_server.end_rooms()
    host = shared_server.join()
    studio = open_window("/studio", host)
    go_live(studio, "First in the feed")
    wait_until_live(shared_server, host.handle)
    for shape in (PHONE, DESKTOP):
        feed = open_window("/", shape=shape)
        feed.see("feed-live")
        frames_decoded(feed, 10)
        assert findings(feed) == []
        feed = open_window("/", shape=shape)  # axe scrolls the page it looks at
        feed.press("feed-live")
        feed.see("chat-input")
        frames_decoded(feed, 10)
        assert findings(feed) == [], "in the live room"
    assert findings(studio) == [], "in the studio on air"


@pytest.mark.parametrize("late", ["rooms", "feed"])
def test_the_feed_starts_at_its_first_slide_whichever_response_is_late(
    late: str, shared_server: Served, open_window: Open
) -> None:
    shared_server.end_rooms()
    go_live(open_window("/studio", shared_server.join()), "First in the feed")
    feed = open_window("/studio")

    def hold(route: Route) -> None:
        feed.page.wait_for_timeout(LATE_MS)
        route.continue_()

    feed.page.route(re.compile(rf"/api/{late}\?"), hold)
    feed.page.goto("/")
    feed.see("feed-live")
    frames_decoded(feed, 5)
    assert feed.page.evaluate("() => document.querySelector('.scroller').scrollTop") == 0


def test_a_player_checks_the_rooms_state_before_it_reconnects(shared_server: Served, open_window: Open) -> None:
    host = shared_server.join()
    go_live(open_window("/studio", host), "Over before one knows")
    room = room_of(shared_server, host.handle)
    news: list[str | bytes] = []

    def hold(socket: WebSocketRoute) -> None:
        server = socket.connect_to_server()
        server.on_message(lambda message: news.append(message) if late else socket.send(message))

    late = False
    watching = open_window(f"/room/{room}")
    watching.page.route_web_socket("**/chat/*", hold)
    watching.page.reload()
    frames_decoded(watching, 10)
    late = True
    assert host.http.delete(f"/api/rooms/{room}").status_code == 200
    watching.see("room-ended")
    watching.until("() => document.querySelector('.status') === null")
    assert news, "it was not the chat that told"


def test_a_room_that_ends_in_the_feed_is_shown_as_ended(shared_server: Served, open_window: Open) -> None:
    shared_server.end_rooms()
    host = shared_server.join()
    go_live(open_window("/studio", host), "Gone while you look")
    wait_until_live(shared_server, host.handle)
    feed = open_window("/", shape=PHONE)
    frames_decoded(feed, 10)
    assert host.http.delete(f"/api/rooms/{room_of(shared_server, host.handle)}").status_code == 200
    feed.see("feed-live", "ended")
