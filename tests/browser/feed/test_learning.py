"""What a newcomer finds: a feed that learns from three likes, says why, can be reset and can be switched off.

The videos are the demo's: its makers, captions and topics, with small films instead of its pictures.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from typing import Any

import pytest

from cadeau.demo.topics import CLIPS
from tests.browser.conftest import PHONE, Open, Window
from tests.browser.feed.conftest import (
    Answers,
    shown,
    upload,
    wait_for_picture,
    wait_until_not_shown,
    wait_until_ready,
)
from tests.served import Person, Served
from tests.vod.pipeline.films import film
from tests.vod.uploads.client import until

FAVOURITE = "satisfying"
VIDEOS = 24
PERSONAL = {"hashtag", "creator", "sound", "like_others"}
PAGE = 4
KEPT = 1
"""Slides that are loaded already, and stay."""
SWIPES = KEPT + PAGE
NO_SHEET = "() => !document.querySelector('dialog[open]')"
LIKED = "() => document.querySelector('[data-testid=feed-like]')?.getAttribute('aria-pressed') === 'true'"


@pytest.fixture(scope="module")
def demo(shared_server: Served, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The captions of the demo's videos, by their ids: all with the favourite hashtag, and as many others."""
    path = film(tmp_path_factory.mktemp("film") / "film.mp4", size=(96, 160), seconds=3)
    favourites = [clip for clip in CLIPS if f"#{FAVOURITE}" in clip.caption]
    clips = (favourites + [clip for clip in CLIPS if clip not in favourites])[:VIDEOS]
    makers = {handle: shared_server.join(handle) for handle in sorted({clip.maker for clip in clips})}
    made = {upload(makers[clip.maker], path, clip.caption): clip.caption for clip in clips}
    wait_until_ready(shared_server, list(made))
    return made


@dataclass
class Feed:
    """A window's feed, and what the server said of each video that was on its screen."""

    window: Window
    answers: Answers
    items: dict[str, dict[str, Any]] = field(default_factory=dict)

    def reason(self, video: str) -> str:
        return str(self.items[video]["reason"]["code"])

    def look(self) -> str:
        """The video on the screen, as soon as it plays."""
        video = wait_for_picture(self.window)
        self.items[video] = self.answers.of(video)
        return video

    def swipe(self) -> str:
        """Move to the next video, and return its id."""
        now = shown(self.window)
        self.window.page.keyboard.press("ArrowDown")
        wait_until_not_shown(self.window, now)
        return self.look()


def opened(open_window: Open, person: Person, path: str = "/") -> Feed:
    window = open_window("/create", person, PHONE)
    feed = Feed(window, Answers(window))
    window.page.goto(path)
    return feed


def like_three(feed: Feed, person: Person, demo: dict[str, str]) -> set[str]:
    """As people do: from the hashtag's page into a video, the heart, and back. Loading a page at once would end the
    request that is still on its way."""
    page, liked = feed.window.page, set[str]()
    for video in [one for one, caption in demo.items() if f"#{FAVOURITE}" in caption][:3]:
        page.goto(f"/tag/{FAVOURITE}")
        page.locator(f"main a[href='/video/{video}']").click()
        page.wait_for_url(f"**/video/{video}")
        feed.window.press("feed-like")
        feed.window.until(LIKED)
        until(lambda: person.http.get(f"/api/videos/{video}").json()["liked"])  # noqa: B023
        liked.add(video)
    until(lambda: FAVOURITE in [one["key"] for one in person.http.get("/api/feed/interests").json()["items"]])
    return liked


def open_why(window: Window) -> str:
    slide = window.page.locator("section", has=window.page.locator(f"[data-video='{shown(window)}']"))
    slide.get_by_test_id("feed-more").click()  # of the slide on the screen: those beside it have one, too
    window.press("menu-why")
    return window.text("why-text")


def personal_after(feed: Feed, swipes: int) -> list[str]:
    """Of the videos on the screen, and those of the next swipes: which are there for what this person likes."""
    seen = [feed.look(), *(feed.swipe() for _ in range(swipes))]
    return [one for one in seen if feed.reason(one) in PERSONAL]


def test_a_newcomers_feed_changes_visibly_after_three_likes_and_says_why(
    open_window: Open, shared_server: Served, demo: dict[str, str]
) -> None:
    newcomer = shared_server.join()
    feed = opened(open_window, newcomer)
    assert personal_after(feed, PAGE) == [], "nothing is known yet"
    liked = like_three(feed, newcomer, demo)

    feed.window.page.goto("/")
    seen = [feed.look()]

    def is_found() -> bool:
        return feed.reason(seen[-1]) in PERSONAL and f"#{FAVOURITE}" in demo[seen[-1]]

    while not is_found() and len(seen) <= SWIPES:
        seen.append(feed.swipe())
    found = seen[-1] if is_found() else ""
    assert found, f"none of {[(demo[one], feed.reason(one)) for one in seen]}"
    assert found not in liked, "nothing is shown twice"
    caption = feed.window.page.locator("section", has=feed.window.page.locator(f"[data-video='{found}']"))
    caption.get_by_role("link", name=f"#{FAVOURITE}").wait_for()
    agrees_with_the_scores(feed, newcomer, found)


def agrees_with_the_scores(feed: Feed, viewer: Person, video: str) -> None:
    """What the sheet says is what the server stored when it ranked the video."""
    item, window = feed.items[video], feed.window
    said = open_why(window)
    why = viewer.http.get(f"/api/feed/why/{item['impression']}", headers={"Accept-Language": "en"}).json()
    assert said == why["text"]
    assert why["code"] == item["reason"]["code"]
    with sqlite3.connect(viewer.server.data_dir / "cadeau.db") as database:
        row = database.execute(
            "SELECT reason, score, propensity, ranker FROM feed_impressions WHERE id = ?", (item["impression"],)
        ).fetchone()
    details = why["details"]
    assert row == (why["code"], details["score"], details["propensity"], details["ranker"])
    assert details["ranker"] == "learned"
    named = details.get("hashtag")
    assert named is None or f"#{named}" in said
    window.page.keyboard.press("Escape")
    window.until(NO_SHEET)


def test_less_of_a_hashtag_takes_it_out_of_the_interests(
    open_window: Open, shared_server: Served, demo: dict[str, str]
) -> None:
    newcomer = shared_server.join()
    feed = opened(open_window, newcomer)
    like_three(feed, newcomer, demo)
    feed.window.page.goto("/interests")
    row = feed.window.page.get_by_test_id("interest").filter(has_text=f"#{FAVOURITE}")
    row.wait_for()
    assert feed.window.page.get_by_test_id("interest").first.inner_text().strip() == f"#{FAVOURITE}", "the strongest"
    feed.window.page.get_by_role("button", name=f"Remove #{FAVOURITE}").click()
    row.wait_for(state="detached")
    feed.window.page.reload()
    feed.window.page.get_by_test_id("interest").first.wait_for()
    assert row.count() == 0
    keys = [one["key"] for one in newcomer.http.get("/api/feed/interests").json()["items"]]
    assert keys
    assert FAVOURITE not in keys


def test_a_reset_makes_the_feed_a_newcomers_again(
    open_window: Open, shared_server: Served, demo: dict[str, str]
) -> None:
    somebody = shared_server.join()
    feed = opened(open_window, somebody)
    like_three(feed, somebody, demo)
    feed.window.page.goto("/interests")
    feed.window.press("interests-reset")
    feed.window.press("interests-reset-yes")
    feed.window.page.get_by_role("link", name="Watch videos").click()
    assert somebody.http.get("/api/feed/interests").json()["items"] == []
    feed.window.page.reload()
    assert personal_after(feed, PAGE - 1) == []


def test_switched_off_the_feed_is_chronological_at_once(
    open_window: Open, shared_server: Served, demo: dict[str, str]
) -> None:
    somebody, other = shared_server.join(), shared_server.join()
    feed = opened(open_window, somebody)
    like_three(feed, somebody, demo)
    feed.window.page.goto("/interests")
    feed.window.page.get_by_role("switch", name="Personalised feed").click()
    feed.window.until("() => document.querySelector('[role=switch][aria-checked=false]')")
    feed.window.press("nav-feed")
    seen = [feed.look(), *(feed.swipe() for _ in range(PAGE))]
    reasons = [feed.reason(one) for one in seen]
    assert set(reasons) <= {"chronological", "trending"}, "the newest and the most popular in turn"
    newest = [one for one, reason in zip(seen, reasons, strict=True) if reason == "chronological"]
    assert newest
    assert newest == sorted(newest, key=list(demo).index, reverse=True)
    assert other.http.put("/api/feed/personalised", json={"personalised": False}).is_success
    theirs = other.http.get("/api/feed", params={"limit": len(seen)}).json()["items"]
    assert [one["id"] for one in theirs if one["kind"] == "video"] == seen, "the same for everybody"
    while feed.reason(shown(feed.window)) != "chronological":
        feed.swipe()
    assert "Nothing about you was used." in open_why(feed.window)
