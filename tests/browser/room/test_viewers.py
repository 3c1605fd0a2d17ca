"""Who counts as a viewer: not a preview, one person once, and nobody who has left."""

from __future__ import annotations

from playwright.sync_api import Page, Route

from tests.browser.conftest import PHONE, WAIT_MS, Open, Window
from tests.browser.test_live import frames_decoded
from tests.served import Served

OFFERS = "**/live/*/whep?*"
GONE_MS = 5_000  # far less than the server takes to miss somebody who says nothing
NO_CODEC = (
    '{"type":"about:blank","title":"none","status":406,"detail":"The room is in AV1.","code":"no_common_codec",'
    '"request_id":"r"}'
)


def viewers(server: Served, room: str) -> int:
    return int(server.http.get(f"/api/rooms/{room}").json()["viewers"])


def wait_for_viewers(page: Page, server: Served, room: str, count: int, within_ms: int = WAIT_MS) -> None:
    for _ in range(within_ms // 100):
        if viewers(server, room) == count:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"{viewers(server, room)} viewers, not {count}")


def test_a_preview_in_the_feed_is_small_and_not_a_viewer(room: str, shared_server: Served, open_window: Open) -> None:
    feed = open_window("/create", shape=PHONE)
    offers: list[str] = []
    feed.page.on("request", lambda request: offers.append(request.url) if "/whep?" in request.url else None)
    feed.page.goto("/")
    feed.see("feed-live")
    frames_decoded(feed, 20)
    assert len(offers) == 1
    assert "preview=1" in offers[0]
    assert viewers(shared_server, room) == 0

    feed.page.evaluate(
        """() => {
            Object.defineProperty(document, 'hidden', { get: () => true, configurable: true })
            document.dispatchEvent(new Event('visibilitychange'))
        }"""
    )
    feed.until("() => !document.querySelector('[data-testid=room-video]').srcObject")
    feed.press("feed-live")
    feed.see("chat-input")
    frames_decoded(feed, 10)
    wait_for_viewers(feed.page, shared_server, room, 1)


def test_a_preview_that_the_server_ends_stays_away(room: str, open_window: Open) -> None:
    feed = open_window("/create", shape=PHONE)
    offers: list[str] = []

    def refuse(route: Route) -> None:
        offers.append(route.request.url)
        route.abort()

    feed.page.route(OFFERS, refuse)
    feed.page.goto("/")
    feed.see("feed-live", "Who is there?")
    feed.until("() => performance.now() > 5000")
    assert len(offers) <= 1
    feed.errors.clear()  # the browser complains about the request that was refused
    assert feed.page.get_by_role("alert").count() == 0


def test_one_person_in_three_tabs_is_one_viewer_who_leaves_with_the_last(
    room: str, shared_server: Served, open_window: Open
) -> None:
    first = open_window(f"/room/{room}")
    frames_decoded(first, 5)  # by now this browser has an id
    tabs = [first.page, first.page.context.new_page(), first.page.context.new_page()]
    for page in tabs[1:]:
        page.goto(f"/room/{room}")
    for page in tabs:
        frames_decoded(Window(page, []), 5)
    wait_for_viewers(first.page, shared_server, room, 1)
    tabs[1].close(run_before_unload=True)  # as people close one: otherwise it dies without a word
    tabs[2].goto("/create")
    first.page.wait_for_timeout(1_000)
    assert viewers(shared_server, room) == 1
    first.page.goto("/nowhere")
    wait_for_viewers(first.page, shared_server, room, 0, GONE_MS)


def test_a_viewer_whose_browser_lacks_the_codec_is_told_what_helps(room: str, open_window: Open) -> None:
    watching = open_window("/create", shape=PHONE)
    watching.page.route(
        OFFERS, lambda route: route.fulfill(status=406, content_type="application/problem+json", body=NO_CODEC)
    )
    watching.page.goto(f"/room/{room}")
    watching.see("no-codec", "Update your browser")
    watching.errors.clear()  # the browser complains about the status


def test_the_player_asks_for_stereo(room: str, open_window: Open) -> None:
    watching = open_window("/create")
    bodies: list[str] = []

    def read(route: Route) -> None:
        bodies.append(route.request.post_data or "")
        route.continue_()

    watching.page.route(OFFERS, read)
    watching.page.goto(f"/room/{room}")
    frames_decoded(watching, 5)
    assert "stereo=1" in bodies[0]
