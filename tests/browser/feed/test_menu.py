"""What fingers, mice and keys do to a video, and its menu: not interested, why this video, report, link, speed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from playwright.sync_api import Route

from tests.browser.conftest import DESKTOP, PHONE, Open, Window, findings
from tests.browser.feed.conftest import (
    Answers,
    Finger,
    shown,
    wait_for_picture,
    wait_until_not_shown,
    wait_until_shown,
)
from tests.served import Person, Served

HELD_MS = 650
NARROWEST: dict[str, Any] = PHONE | {"viewport": {"width": 320, "height": 568}}
PERSONAL = {"hashtag", "creator", "sound", "like_others"}
LESS = {"hashtag": "Less of #", "creator": "Less from ", "sound": "Less with this sound"}
PAUSED = "() => [...document.querySelectorAll('video')].every((one) => one.paused)"
NO_SHEET = "() => !document.querySelector('dialog[open]')"
pytestmark = pytest.mark.usefixtures("videos")


def hold(window: Window, finger: Finger) -> None:
    finger.down(150, 300)
    window.page.wait_for_timeout(HELD_MS)
    finger.up()


def events(window: Window) -> list[dict[str, Any]]:
    """The feed events that this window tells the server, as they are told. They reach the server too."""
    told: list[dict[str, Any]] = []

    def tell(route: Route) -> None:
        told.extend(json.loads(route.request.post_data or "")["events"])
        route.continue_()

    window.page.route("**/api/feed/events", tell)
    return told


@pytest.fixture
def fan(shared_server: Served, videos: list[str]) -> Person:
    """Somebody whose feed has learned from three likes."""
    person = shared_server.join()
    for video in videos[:3]:
        person.http.put(f"/api/videos/{video}/like").raise_for_status()
    return person


def test_a_hold_opens_the_menu_when_the_finger_is_lifted_and_back_closes_it(open_window: Open) -> None:
    window = open_window("/", shape=PHONE)
    now, finger = wait_for_picture(window), Finger.of(window)
    finger.down(150, 300)
    window.page.wait_for_selector(".held")
    assert window.page.locator("dialog[open]").count() == 0, "no view changes under a finger"
    finger.up()
    window.see("feed-menu")
    window.page.go_back()
    window.until(NO_SHEET)
    assert shown(window) == now
    assert window.page.url.endswith("/")
    assert not window.page.evaluate(PAUSED), "a hold is no tap"


def test_a_finger_that_moves_does_not_hold(open_window: Open) -> None:
    window = open_window("/", shape=PHONE)
    wait_for_picture(window)
    finger = Finger.of(window)
    finger.down(150, 300)
    finger.move(150, 340)
    window.page.wait_for_timeout(HELD_MS)
    finger.up()
    window.page.wait_for_timeout(HELD_MS)
    assert window.page.locator("dialog[open]").count() == 0


def test_right_button_menu_key_and_a_visible_button_open_the_same_menu(open_window: Open) -> None:
    window = open_window("/")
    wait_for_picture(window)
    window.page.mouse.click(600, 400, button="right")
    window.see("feed-menu")
    items = window.text("feed-menu")
    for button in (False, True):
        window.page.keyboard.press("Escape")
        window.until(NO_SHEET)
        if button:
            window.press("feed-more")
        else:  # as the menu key does, which headless Chromium does not know
            window.page.locator(".scroller").dispatch_event("contextmenu", {"bubbles": True, "cancelable": True})
        window.see("feed-menu")
        assert window.text("feed-menu") == items
    window.page.keyboard.press("Escape")
    window.until(NO_SHEET)
    assert window.page.evaluate("document.activeElement.dataset.testid") == "feed-more", "the focus is where it was"


def test_taps_pause_and_sound_is_remembered(open_window: Open) -> None:
    window = open_window("/", shape=PHONE)
    wait_for_picture(window)
    finger = Finger.of(window)
    finger.tap(150, 400)
    window.until("() => [...document.querySelectorAll('video')].some((one) => !one.paused && !one.muted)")
    finger.tap(150, 400)
    window.until(PAUSED)
    window.page.wait_for_timeout(400)
    finger.tap(150, 400)
    wait_for_picture(window)
    window.page.keyboard.press("m")
    window.until("() => [...document.querySelectorAll('video')].every((one) => one.muted)")
    window.page.reload()
    wait_for_picture(window)
    finger = Finger.of(window)
    finger.tap(150, 400)  # sound was turned off by hand: a tap pauses
    window.until(PAUSED)
    assert window.page.evaluate("[...document.querySelectorAll('video')].every((one) => one.muted)")


def test_a_double_tap_likes_at_the_finger_and_never_unlikes(open_window: Open, shared_server: Served) -> None:
    fan = shared_server.join()
    window = open_window("/", fan, PHONE)
    video, finger = wait_for_picture(window), Finger.of(window)
    for _ in range(2):
        finger.tap(120, 260)
        finger.tap(122, 262)
        window.see("love")
        box = window.page.get_by_test_id("love").first.evaluate("one => [one.style.left, one.style.top]")
        assert [abs(float(one[:-2]) - at) < 4 for one, at in zip(box, (122, 262), strict=True)] == [True, True]
        window.until("() => !document.querySelector('[data-testid=love]')")
    window.until("() => document.querySelector('[data-testid=feed-like][aria-pressed=true]')")
    assert fan.http.get(f"/api/videos/{video}").json()["liked"] is True
    assert not window.page.evaluate(PAUSED), "a double tap is no tap"


def test_keys_like_pause_mute_and_open_comments(open_window: Open, shared_server: Served) -> None:
    window = open_window("/", shared_server.join())
    wait_for_picture(window)
    window.page.keyboard.press("l")
    window.until("() => document.querySelector('[data-testid=feed-like][aria-pressed=true]')")
    window.page.keyboard.press("l")
    window.until("() => !document.querySelector('[data-testid=feed-like][aria-pressed=true]')")
    window.page.keyboard.press("Space")
    window.until(PAUSED)
    window.page.keyboard.press("c")
    window.until("() => document.activeElement.matches('aside input')")
    window.page.keyboard.type("m l c ")
    window.page.keyboard.press("Escape")
    window.until("() => document.activeElement.matches('.scroller')")
    assert window.page.evaluate("document.querySelector('aside input').value") == "m l c "
    assert window.page.evaluate(PAUSED), "letters that are typed do nothing else"


def test_a_video_one_is_not_interested_in_leaves_at_once_and_can_come_back(open_window: Open) -> None:
    window = open_window("/", shape=PHONE)
    told = events(window)
    first, finger = wait_for_picture(window), Finger.of(window)
    hold(window, finger)
    window.press("menu-away")
    second = wait_until_not_shown(window, first)
    window.press("feed-undo")
    wait_until_shown(window, first)
    hold(window, finger)
    window.press("menu-away")
    wait_until_shown(window, second)
    assert wait_for_picture(window) == second
    assert "not_interested" not in str(told), "it can still come back"
    window.until("() => !document.querySelector('[data-testid=feed-undo]')")
    window.page.keyboard.press("ArrowDown")
    wait_until_not_shown(window, second)
    window.page.keyboard.press("ArrowUp")
    wait_until_shown(window, second)
    assert [(event["kind"], event["video"]) for event in told if event["kind"] == "not_interested"] == [
        ("not_interested", first)
    ]
    assert all(event["impression"] for event in told)


def test_what_is_left_unsaid_is_told_when_the_page_is_left(open_window: Open, shared_server: Served) -> None:
    viewer = shared_server.join()
    window = open_window("/", viewer, PHONE)
    video = wait_for_picture(window)
    views = viewer.http.get(f"/api/videos/{video}").json()["views"]
    window.until(f"() => document.querySelector('video[data-video=\"{video}\"]').currentTime > 2.3")
    window.page.goto("/create")
    window.until(
        "([video, views]) => fetch(`/api/videos/${video}`).then((a) => a.json()).then((v) => v.views === views + 1)",
        [video, views],
    )


def test_why_this_video_tells_the_stored_reason_and_what_can_be_corrected(open_window: Open, fan: Person) -> None:
    window = open_window("/create", fan, PHONE)
    answers = Answers(window)
    window.page.goto("/")
    video = wait_for_picture(window)
    while (item := answers.of(video))["reason"]["code"] not in PERSONAL:  # a tenth of a feed is for what is new
        window.page.keyboard.press("ArrowDown")
        wait_until_not_shown(window, video)
        video = wait_for_picture(window)
    before = interests(fan)
    hold(window, Finger.of(window))
    window.press("menu-why")
    why = fan.http.get(f"/api/feed/why/{item['impression']}", headers={"Accept-Language": "en"}).json()
    assert window.text("why-text") == why["text"]
    assert why["code"] == item["reason"]["code"]
    less = window.page.get_by_test_id("why-less").first
    words = less.inner_text()
    less.click()
    window.until(NO_SHEET)
    [(kind, key)] = before - interests(fan)
    assert LESS[kind] in words
    assert kind != "hashtag" or words.endswith(key)
    hold(window, Finger.of(window))
    window.press("menu-why")
    window.press("to-interests")
    window.page.wait_for_url("**/interests")
    assert window.page.locator("dialog[open]").count() == 0


def interests(person: Person) -> set[tuple[str, str]]:
    return {(one["kind"], one["key"]) for one in person.http.get("/api/feed/interests").json()["items"]}


def test_speed_stays_from_video_to_video(open_window: Open) -> None:
    window = open_window("/")
    now = wait_for_picture(window)
    window.press("feed-more")
    window.page.get_by_role("button", name="2×", exact=True).click()
    window.page.keyboard.press("Escape")
    window.until(NO_SHEET)
    window.page.keyboard.press("ArrowDown")
    wait_until_not_shown(window, now)
    window.until("() => [...document.querySelectorAll('video')].every((one) => one.playbackRate === 2)")


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
@pytest.mark.parametrize("shape", [NARROWEST, DESKTOP], ids=["320px", "desktop"])
def test_menu_reason_and_report_are_accessible_and_fit(
    open_window: Open, fan: Person, shape: dict[str, Any], locale: str
) -> None:
    window = open_window("/", fan, shape, locale)
    wait_for_picture(window)
    for step, seen in (("", "feed-menu"), ("menu-why", "why-text"), ("menu-report", "")):
        window.press("feed-more")
        if step:
            window.press(step)
        window.page.locator(f"[data-testid={seen}]" if seen else "input[name=reason]").first.wait_for()
        assert findings(window) == []
        assert window.page.evaluate("document.querySelector('dialog[open]').scrollWidth") <= shape["viewport"]["width"]
        window.page.keyboard.press("Escape")
        window.until(NO_SHEET)
