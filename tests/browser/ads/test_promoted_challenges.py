"""A baker promotes her challenge in the feed; somebody sees prize and end, and visits it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.browser.ads.sponsors import begin, challenge_terms, new_sponsor
from tests.browser.ads.test_in_feed import AGENT, feed, go_to_ad
from tests.browser.conftest import DESKTOP, PHONE, WAIT_MS, Open, findings
from tests.browser.feed.conftest import upload, wait_until_ready
from tests.browser.feed.conftest import videos as videos
from tests.served import Person, Served
from tests.vod.pipeline.films import film


@pytest.fixture(scope="module")
def baker(shared_server: Served, tmp_path_factory: pytest.TempPathFactory) -> Person:
    """Has a public video."""
    person = shared_server.join()
    path: Path = film(tmp_path_factory.mktemp("baker") / "film.mp4", size=(144, 256), seconds=6)
    wait_until_ready(shared_server, [upload(person, path, "Bread")])
    return person


def test_a_challenge_is_promoted_seen_in_the_feed_and_visited(
    open_window: Open, shared_server: Served, baker: Person, videos: list[str]
) -> None:
    moderator = shared_server.join()
    shared_server.grant(moderator, "moderator")
    advertiser = new_sponsor(baker)
    terms = challenge_terms(advertiser, "bestbread") | {"title": "Your best bread"}
    challenge = str(baker.http.post("/api/ads/challenges", json=terms).json()["id"])
    begin(shared_server, baker, challenge)

    mine = open_window(f"/ads/challenges/{challenge}", baker, PHONE)
    mine.press("promote")
    mine.until(f"() => document.querySelector('[data-testid=leads-to]')?.value === '{challenge}'")
    mine.until("() => document.querySelector('[data-testid=pick-video]')?.checked")
    assert mine.page.get_by_test_id("ad-url").count() == 0
    assert mine.page.get_by_test_id("format-takeover").count() == 0
    assert mine.text("preview-action") == "See the challenge"
    mine.fill("ad-text", "Show us your bread")
    mine.fill("total", "20")
    assert findings(mine) == []
    mine.press("send")
    mine.page.wait_for_url("**/ads/campaigns/*")
    mine.see("led-to", "Your best bread")
    assert findings(mine) == []
    campaign = mine.page.url.rpartition("/")[2]

    [creative] = baker.http.get(f"/api/ads/campaigns/{campaign}").json()["creatives"]
    desk = open_window("/admin/ads", moderator, DESKTOP)
    desk.see("waiting", f"/challenges/{challenge}")
    verdict = {"approved": True, "revision": creative["revision"]}
    assert moderator.http.put(f"/api/admin/ads/creatives/{creative['id']}", json=verdict).is_success

    ends = time.monotonic() + WAIT_MS / 1000
    while not any(item["kind"] == "ad" for item in feed(shared_server)):
        assert time.monotonic() < ends, "no ad is shown"
        time.sleep(0.5)
    theirs = open_window("/", shape=PHONE, user_agent=AGENT)
    go_to_ad(theirs)
    said = theirs.text("ad-challenge")
    assert [part in said for part in ("Sponsored challenge", "Your best bread", "€100.00 to win, until")] == [True] * 3
    assert "Ad" in theirs.text("ad")
    assert [one for one in findings(theirs) if not one.startswith("landmark-unique")] == []
    theirs.page.get_by_test_id("ad-action").last.click()
    theirs.page.wait_for_url(f"**/challenges/{challenge}")
    theirs.see("take-part")

    ends = time.monotonic() + WAIT_MS / 1000
    while baker.http.get(f"/api/ads/campaigns/{campaign}").json()["clicks"] == 0:
        assert time.monotonic() < ends, "the visit is not counted"
        time.sleep(0.5)
    mine.page.reload()
    mine.see("figure-clicks", "1")
    mine.page.get_by_text("Visits to the challenge").first.wait_for()
    assert findings(mine) == []
    theirs.page.goto("/ads/library")
    theirs.see("library-ad", "Sponsored challenge")
