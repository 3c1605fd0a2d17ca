"""Editing a video and who may watch it, and reports of videos and people, in the browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.catalogue.conftest import NARROWEST
from tests.browser.conftest import DESKTOP, Open, findings
from tests.browser.pages.reading import cut, glued
from tests.served import Person, Served
from tests.vod.uploads.client import until


@pytest.fixture
def public_again(video: str, maker: Person) -> Iterator[None]:
    yield
    assert maker.http.patch(f"/api/videos/{video}", json={"visibility": "public"}).is_success


@pytest.mark.usefixtures("public_again")
def test_the_owner_edits_the_caption_and_makes_a_video_private(
    open_window: Open, shared_server: Served, video: str, maker: Person, fan: Person
) -> None:
    window = open_window(f"/video/{video}", maker, NARROWEST)
    window.press("video-more")
    window.press("video-edit")
    window.fill("edit-caption", "Changed #words")
    window.press("visibility-private")
    window.page.get_by_text("kept the address").wait_for()
    assert findings(window) == []
    assert cut(window) == []
    assert glued(window) == []
    window.press("edit-video-save")
    window.page.get_by_role("link", name="#words").wait_for()
    shown = maker.http.get(f"/api/videos/{video}").json()
    assert (shown["caption"], shown["visibility"]) == ("Changed #words", "private")
    for stranger in (fan, None):
        other = open_window(f"/video/{video}", stranger, DESKTOP, locale="fr-FR")
        other.page.get_by_role("heading", name="Page introuvable").wait_for()
        other.errors.clear()  # the client asked for what is not there for it
    assert shared_server.http.get("/api/tags/words/videos").json()["items"] == []


def test_a_reported_video_is_covered_at_once_and_comes_back_by_undo(open_window: Open, video: str, fan: Person) -> None:
    window = open_window("/", fan, NARROWEST)
    window.press("video-more")
    window.see("video-report")
    assert findings(window) == []
    window.press("video-report")
    window.page.get_by_label("Spam").check()
    window.fill("report-text", "The same every day")
    window.press("report-send")
    window.see("report-undo")
    assert not window.page.get_by_test_id("feed-video").is_visible()
    assert fan.http.get(f"/api/videos/{video}").json()["code"] == "video_not_found"
    window.press("report-undo")
    window.see("feed-video")
    until(lambda: fan.http.get(f"/api/videos/{video}").status_code == 200)


def test_a_person_is_reported_from_their_profile(open_window: Open, maker: Person, fan: Person) -> None:
    window = open_window(f"/@{maker.handle}", fan, NARROWEST, locale="fr-FR")
    window.press("profile-report")
    window.page.get_by_label("Se fait passer").check()
    window.press("report-send")
    window.page.get_by_text("Vous ne le verrez plus").wait_for()
    (made,) = fan.http.get("/api/reports").json()["items"]
    assert (made["subject"], made["reason"]) == ({"kind": "person", "id": maker.id}, "impersonation")


def test_visitors_are_asked_to_join_before_they_report(open_window: Open, maker: Person) -> None:
    window = open_window(f"/@{maker.handle}", None, NARROWEST)
    window.press("profile-report")
    window.page.get_by_role("dialog").get_by_text("You need an account to report something.").wait_for()
