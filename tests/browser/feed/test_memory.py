"""The page does not grow with the number of videos that were swiped through."""

from __future__ import annotations

from tests.browser.conftest import PHONE, Open
from tests.browser.feed.conftest import PLAYING
from tests.browser.feed.endless import make_endless, memory, swipe
from tests.served import Served

WARM, MORE, PAUSE_MS = 40, 120, 60
HEAP_KB_A_SWIPE_MAX = 12
"""What stays of a video that was seen is what the server said of it."""


def test_swiping_keeps_the_number_of_nodes_and_what_stays_of_each_video_is_small(
    open_window: Open, shared_server: Served, videos: list[str]
) -> None:
    items = [one for one in shared_server.http.get("/api/feed").json()["items"] if one["kind"] == "video"]
    window = open_window("/create", shape=PHONE)
    make_endless(window.page, items)
    window.page.goto("/")
    window.until(PLAYING)
    session = window.page.context.new_cdp_session(window.page)
    session.send("Performance.enable")
    swipe(window.page, WARM, PAUSE_MS)
    before = memory(session)
    swipe(window.page, MORE, PAUSE_MS)
    after = memory(session)
    assert window.page.locator("video").count() <= 3
    assert after["nodes"] < before["nodes"] * 1.2
    assert after["listeners"] < before["listeners"] * 1.2
    assert (after["heap"] - before["heap"]) * 1000 / MORE < HEAP_KB_A_SWIPE_MAX, (before, after)
