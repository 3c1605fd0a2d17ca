"""Moving through the feed: with a finger, a wheel and keys; what is mounted meanwhile."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Open, Window
from tests.browser.feed.conftest import (
    Finger,
    shown,
    wait_for_picture,
    wait_until_not_shown,
    wait_until_shown,
    wait_until_still,
)

ACTIVE = "() => document.activeElement.closest('section')?.dataset.key ?? ''"
FOLLOWED = """(key) => {
  const next = document.querySelector(`section[data-key="${key}"]`).nextElementSibling
  return next && !next.querySelector('.skeleton')
}"""
pytestmark = pytest.mark.usefixtures("videos")


@pytest.fixture(params=[PHONE, DESKTOP], ids=["phone", "desktop"])
def feed(request: pytest.FixtureRequest, open_window: Open) -> Window:
    window = open_window("/", shape=request.param)
    wait_for_picture(window)
    return window


def test_one_notch_of_the_wheel_moves_one_video(feed: Window) -> None:
    seen = [wait_for_picture(feed)]
    for by in (100, 100, -100):
        feed.page.mouse.move(350, 300)
        feed.page.mouse.wheel(0, by)
        seen.append(wait_until_not_shown(feed, seen[-1]))
        feed.page.wait_for_timeout(300)
        assert shown(feed) == seen[-1], "no farther than one"
    assert len(set(seen)) == 3
    assert seen[3] == seen[1]


def test_arrow_keys_move_and_a_video_begins_where_one_arrives(feed: Window) -> None:
    first = wait_for_picture(feed)
    feed.page.keyboard.press("ArrowDown")
    second = wait_until_not_shown(feed, first)
    assert wait_for_picture(feed) == second
    feed.page.keyboard.press("ArrowUp")
    wait_until_shown(feed, first)
    for _ in range(3):  # faster than the list scrolls
        feed.page.keyboard.press("ArrowDown")
    feed.until("before => document.querySelector('.scroller').scrollTop / innerHeight > 2.5")
    assert wait_for_picture(feed) not in (first, second)


def test_few_slides_exist_and_three_videos_at_most_are_mounted(feed: Window, videos: list[str]) -> None:
    for _ in range(len(videos) - 2):
        now = wait_for_picture(feed)
        feed.page.keyboard.press("ArrowDown")
        wait_until_not_shown(feed, now)
        assert feed.page.locator("video").count() <= 3
        assert feed.page.locator(".scroller > section").count() <= 7


def test_tab_reaches_every_video_and_brings_it_on_the_screen(feed: Window, videos: list[str]) -> None:
    feed.page.locator(".scroller").focus()
    reached = []
    for _ in range(len(videos) * 20):
        feed.page.keyboard.press("Tab")
        key = feed.page.evaluate(ACTIVE)
        if key and key not in reached:
            reached.append(key)
            wait_until_shown(feed, key.removeprefix("video "))
            feed.until(FOLLOWED, key)  # or Tab would leave the list, while its next page is on its way
        if len(reached) == len(videos):
            break
    assert len(reached) == len(videos), "every video"


def test_a_finger_swipes_from_video_to_video(open_window: Open) -> None:
    window = open_window("/", shape=PHONE)
    finger = Finger.of(window)
    seen = [wait_for_picture(window)]
    for _ in range(3):
        wait_until_still(window)
        finger.swipe((180, 680), (180, 80))
        seen.append(wait_until_not_shown(window, seen[-1]))
        assert wait_for_picture(window) == seen[-1]
    wait_until_still(window)
    finger.swipe((180, 80), (180, 680))
    wait_until_shown(window, seen[2])
    assert len(set(seen)) == 4


def test_a_swipe_to_the_left_opens_the_creators_profile_and_back_returns(open_window: Open) -> None:
    window = open_window("/", shape=PHONE)
    first = wait_for_picture(window)
    window.page.keyboard.press("ArrowDown")
    now = wait_until_not_shown(window, first)
    wait_until_still(window)
    wait_for_picture(window)
    Finger.of(window).swipe((300, 400), (120, 410))
    window.page.wait_for_url("**/@*")
    window.page.go_back()
    wait_until_shown(window, now)


def test_the_way_back_is_the_way_there(open_window: Open) -> None:
    """Slides that were shown keep their place when a page comes in."""
    window = open_window("/", shape=PHONE)
    order: list[Any] = []
    for _ in range(5):
        order.append(wait_for_picture(window))
        window.page.keyboard.press("ArrowDown")
        wait_until_not_shown(window, order[-1])
    for expected in reversed(order):
        window.page.keyboard.press("ArrowUp")
        wait_until_shown(window, expected)
