"""Saved videos, collections and the watch history in the browser."""

from __future__ import annotations

import pytest

from tests.browser.catalogue.conftest import NARROWEST
from tests.browser.conftest import DESKTOP, Open, findings
from tests.browser.pages.reading import cut, glued
from tests.served import Person
from tests.vod.uploads.client import until


def test_a_video_is_saved_kept_in_a_collection_and_removed(open_window: Open, video: str, fan: Person) -> None:
    window = open_window(f"/video/{video}", fan, NARROWEST)
    window.press("feed-save")
    window.until("() => document.querySelector('[data-testid=feed-save]').ariaPressed === 'true'")
    until(lambda: fan.http.get("/api/saved").json()["items"])
    window.page.goto(f"/@{fan.handle}")
    window.press("to-saved")
    window.see("saved-menu")
    window.press("collection-new")
    window.fill("collection-name", "Été")
    window.press("collection-save")
    window.see("collection", "Été")
    window.press("saved-menu")
    window.page.locator("dialog[open]").get_by_role("button", name="Été").click()
    window.see("collection", "1")
    assert findings(window) == []
    assert cut(window) == []
    assert glued(window) == []
    window.press("collection")
    window.page.wait_for_url("**/saved?collection=*")
    window.see("saved-menu")
    window.press("collection-edit")
    window.fill("collection-name", "Summer")
    window.press("collection-save")
    window.see("collection", "Summer")
    window.press("collection-edit")
    window.press("collection-delete")
    window.page.wait_for_url("**/saved")
    window.see("saved-menu")
    window.press("saved-menu")
    window.press("saved-remove")
    window.page.get_by_role("heading", name="Nothing saved yet").wait_for()
    until(lambda: not fan.http.get(f"/api/videos/{video}").json()["saved"])


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
def test_what_was_watched_is_in_the_history_until_it_is_cleared(
    open_window: Open, video: str, fan: Person, locale: str
) -> None:
    body = {"events": [{"video": video, "kind": "view", "watched_ms": 800}]}
    assert fan.http.post("/api/feed/events", json=body).is_success
    window = open_window(f"/@{fan.handle}", fan, NARROWEST if locale == "fr-FR" else DESKTOP, locale=locale)
    window.press("to-history")
    window.see("history-entry")
    window.page.get_by_role("heading", name="Aujourd’hui" if locale == "fr-FR" else "Today").wait_for()
    assert findings(window) == []
    assert cut(window) == []
    assert glued(window) == []
    window.press("history-pause")
    until(lambda: fan.http.get("/api/history").json()["paused"])
    window.press("history-clear")
    window.press("history-clear-all")
    window.until("() => !document.querySelector('[data-testid=history-entry]')")
    until(lambda: not fan.http.get("/api/history").json()["items"])


def test_watching_a_video_writes_the_history(open_window: Open, video: str, fan: Person) -> None:
    window = open_window(f"/video/{video}", fan)
    until(lambda: fan.http.get("/api/history").json()["items"])
    window.page.goto("/history")
    window.see("history-entry")
    window.press("history-day")
    until(lambda: not fan.http.get("/api/history").json()["items"])


@pytest.mark.parametrize("locale", ["en-GB", "fr-FR"])
def test_likes_and_comments_are_listed_and_taken_back_also_where_the_video_is_gone_from_sight(
    open_window: Open, video: str, maker: Person, fan: Person, locale: str
) -> None:
    fan.http.put(f"/api/videos/{video}/like").raise_for_status()
    fan.http.post(f"/api/videos/{video}/comments", json={"text": "Encore une !"}).raise_for_status()
    window = open_window(f"/@{fan.handle}", fan, NARROWEST if locale == "fr-FR" else DESKTOP, locale=locale)
    window.press("to-reactions")
    window.see("own-like")
    assert window.page.get_by_test_id("own-like").get_by_role("link").count() == 1
    try:
        maker.http.patch(f"/api/videos/{video}", json={"visibility": "private"}).raise_for_status()
        window.page.reload()
        window.see("own-like", "Une vidéo que vous ne voyez plus" if locale == "fr-FR" else "can’t see any more")
        assert window.page.get_by_test_id("own-like").get_by_role("link").count() == 0
        for check in (findings, cut, glued):
            assert check(window) == []
        window.press("own-like-undo")
        window.page.get_by_test_id("own-like").wait_for(state="detached")
        window.press("reactions-comments")
        window.see("own-comment", "Encore une !")
        for check in (findings, cut, glued):
            assert check(window) == []
        window.press("own-comment-delete")
        window.press("own-comment-delete-yes")
        until(lambda: not fan.http.get("/api/comments").json()["items"])
        assert fan.http.get("/api/likes").json()["items"] == []
    finally:
        maker.http.patch(f"/api/videos/{video}", json={"visibility": "public"}).raise_for_status()
