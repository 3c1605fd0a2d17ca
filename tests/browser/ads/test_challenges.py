"""A bakery books a challenge, somebody takes part with a video, and the bakery chooses them: they have the prize."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser.ads.sponsors import let_end, new_sponsor, pay, value_in_euros
from tests.browser.conftest import PHONE, Open, findings
from tests.served import Person, Served
from tests.vod.pipeline.films import film


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return film(tmp_path_factory.mktemp("clip") / "bread.mp4", seconds=2)


@pytest.fixture
def baker(shared_server: Served) -> Person:
    """Has an advertiser's account with two hundred euros."""
    person = shared_server.join()
    value_in_euros(shared_server)
    pay(shared_server, person, new_sponsor(person, "Corner Bakery"), 200, name="Corner Bakery")
    return person


def test_a_challenge_from_its_booking_to_its_paid_winner(
    open_window: Open, shared_server: Served, baker: Person, clip: Path
) -> None:
    reviewer, entrant = shared_server.join(), shared_server.join()
    shared_server.grant(reviewer, "moderator")

    mine = open_window("/ads", baker, PHONE)
    mine.press("new-challenge")
    mine.fill("challenge-tag", "#BestBread")
    mine.fill("challenge-title", "Your best bread")
    mine.fill("challenge-rules", "Show us the bread you are proud of.")
    mine.page.get_by_test_id("category").select_option("food")
    mine.fill("challenge-prize", "120")
    mine.until("() => document.querySelector('[data-testid=challenge-held]')?.textContent.includes('120')")
    assert findings(mine) == []
    mine.press("book-challenge")
    mine.see("challenge-state", "In review")
    challenge = mine.page.url.rsplit("/", 1)[1]

    desk = open_window("/admin/ads", reviewer)
    desk.see("challenge-waiting", "Your best bread")
    assert findings(desk) == []
    desk.press("approve-challenge")
    desk.until("() => !document.querySelector('[data-testid=challenge-waiting]')")

    theirs = open_window("/search", entrant, PHONE)
    theirs.see("running-challenges", "Challenge by")
    theirs.press("challenge-card")
    theirs.see("take-part")
    assert findings(theirs) == []
    theirs.press("take-part")
    theirs.page.get_by_test_id("upload-file").set_input_files(str(clip))
    theirs.see("upload-caption")
    assert theirs.page.get_by_test_id("upload-caption").input_value() == "#bestbread "
    theirs.press("upload-start")
    theirs.page.get_by_test_id("upload-done").click(timeout=60_000)
    theirs.see("challenge-label", "Corner Bakery")

    let_end(shared_server, challenge)
    mine.page.reload()
    mine.see("judging")
    mine.page.get_by_test_id("pick-entry").check()
    mine.fill("because", "We could smell it.")
    assert findings(mine) == []
    mine.press("choose-winner")
    mine.until("() => document.querySelector('[data-testid=challenge-state]')?.dataset.state === 'paid'")

    theirs.page.goto(f"/challenges/{challenge}")
    theirs.see("winner", "We could smell it.")
    assert findings(theirs) == []
    theirs.page.goto("/challenges")
    theirs.press("which-over")
    theirs.see("challenge-card", "Your best bread")
    theirs.page.goto("/inbox")
    theirs.see("inbox-line", "Your prize")
    earned = entrant.http.get("/api/wallet").json()["earnings"]["payable"]
    assert earned == -(-12_000 * 1_000 // 460)
    theirs.page.goto("/tag/bestbread")
    theirs.see("challenge-label", "Corner Bakery")
