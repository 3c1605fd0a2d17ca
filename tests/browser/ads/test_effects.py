"""A sponsored effect: booked, rejected and mended, used live and in a clip, and its sponsor named everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import pytest
from playwright.sync_api import FilePayload

from tests.browser.conftest import PHONE, Open, Window, findings
from tests.browser.studio.test_effects import FAST_DEVICE, colourful, grey
from tests.browser.test_live import go_live, room_of
from tests.served import Person, Served
from tests.vod.ads.effects.conftest import png

SPONSOR = "Corner Bakery"
DRAWN = "() => document.querySelector('[data-testid=effect-preview]')?.dataset.drawn"
GREY = {"colour": {"saturation": -1}}


class Sponsored(NamedTuple):
    id: str
    advertiser: Person


def pay_in(person: Person, advertiser: str) -> None:
    paid = person.http.post(
        f"/api/ads/advertisers/{advertiser}/top-ups", json={"amount_minor": 10_000}, headers={"Idempotency-Key": "one"}
    )
    assert paid.status_code == 201, paid.text


@pytest.fixture(scope="module")
def effect(shared_server: Served) -> Iterator[Sponsored]:
    """One that takes all colours out of the picture, approved and running."""
    person, moderator = shared_server.join(), shared_server.join()
    shared_server.grant(moderator, "moderator")
    account = {"name": SPONSOR, "country": "FR", "zone": "UTC"}
    mine = person.http.post("/api/ads/advertisers", json=account).json()["id"]
    seen = {"verified": True, "name": SPONSOR}
    assert moderator.http.put(f"/api/admin/ads/advertisers/{mine}", json=seen).status_code == 204
    pay_in(person, mine)
    begins = datetime.now(UTC).date()
    terms: dict[str, Any] = {
        "advertiser": mine, "name": "Flour", "template": "colour", "look": GREY, "category": "food",
        "starts_on": begins.isoformat(), "ends_on": (begins + timedelta(days=1)).isoformat(),
    }  # fmt: skip
    made = person.http.post("/api/ads/effects", json=terms).json()["id"]
    waiting = person.http.post(f"/api/ads/effects/{made}/submit").json()
    verdict = {"approved": True, "revision": waiting["revision"]}
    assert moderator.http.put(f"/api/admin/ads/effects/{made}", json=verdict).json()["state"] == "booked"
    yield Sponsored(made, person)
    person.http.post(f"/api/ads/effects/{made}/end")


def choose(window: Window, effect: Sponsored) -> None:
    window.press("effects-button")
    window.see("effect-sponsor", f"by {SPONSOR}")
    window.press(f"effect-{effect.id}")
    window.until("id => document.querySelector(`[data-testid=effect-${id}]`).ariaPressed === 'true'", effect.id)
    window.page.keyboard.press("Escape")


def no_credit(window: Window) -> None:
    window.until("() => !document.querySelector('[data-testid=effect-credit]')")


def test_viewers_see_the_effect_and_its_sponsor_however_late_they_come(
    shared_server: Served, open_window: Open, effect: Sponsored
) -> None:
    host = shared_server.join()
    studio = open_window("/studio", host)
    studio.page.add_init_script(FAST_DEVICE)
    studio.page.reload()
    colourful(studio, "studio-preview")
    go_live(studio, "Baking")
    early = open_window(f"/room/{room_of(shared_server, host.handle)}", None, PHONE)
    colourful(early, "room-video")
    no_credit(early)
    choose(studio, effect)
    studio.see("effect-credit", f"Effect by {SPONSOR}")
    studio.see("effect-graph", "ms")
    early.see("effect-credit", f"Effect by {SPONSOR}")
    grey(early, "room-video")
    assert findings(early) == []
    late = open_window(f"/room/{room_of(shared_server, host.handle)}")
    late.see("effect-credit", f"Effect by {SPONSOR}")
    studio.press("effects-button")
    studio.press("effect-none")
    studio.page.keyboard.press("Escape")
    for window in (early, late):
        no_credit(window)
    results = open_window(f"/ads/effects/{effect.id}", effect.advertiser, PHONE, "fr")
    results.see("effect-spent", "20")
    assert effect.advertiser.http.get(f"/api/ads/effects/{effect.id}").json()["uses"] >= 1
    assert findings(results) == []


def test_a_clip_that_is_recorded_with_it_names_the_sponsor(
    shared_server: Served, open_window: Open, effect: Sponsored
) -> None:
    maker = shared_server.join()
    window = open_window("/create", maker, PHONE)
    window.page.add_init_script(FAST_DEVICE)
    window.page.reload()
    window.press("create-record")
    colourful(window, "studio-preview")
    assert findings(window) == []
    choose(window, effect)
    grey(window, "studio-preview")
    window.press("record-start")
    window.page.wait_for_timeout(2_500)  # the length of the clip
    window.press("record-stop")
    window.see("upload-effect", SPONSOR)
    window.fill("upload-caption", "Flour everywhere")
    window.press("upload-start")
    window.press("upload-done")
    window.see("effect-credit", f"Effect by {SPONSOR}")
    [video] = maker.http.get("/api/videos", params={"by": maker.handle}).json()["items"]
    assert video["effect"]["sponsor"] == SPONSOR
    assert 1_500 <= video["duration_ms"] <= 20_000
    visitor = open_window(f"/video/{video['id']}", None, PHONE)
    visitor.see("effect-credit", f"Effect by {SPONSOR}")


def test_an_effect_is_booked_from_nothing_rejected_mended_and_approved(
    shared_server: Served, open_window: Open
) -> None:
    person, moderator = shared_server.join(), shared_server.join()
    shared_server.grant(moderator, "moderator")
    mine = open_window("/ads/effects/new", person, PHONE)
    mine.fill("advertiser-name", "Butcher")
    mine.page.get_by_test_id("advertiser-zone").select_option("UTC")
    mine.page.get_by_test_id("category").select_option("food")
    mine.page.get_by_test_id("template-face").check(force=True)
    mine.fill("effect-name", "Hat")
    picture: FilePayload = {"name": "hat.png", "mimeType": "image/png", "buffer": png(300, 200)}
    mine.page.get_by_test_id("effect-picture").set_input_files(picture)
    mine.until(DRAWN)
    mine.until("() => !document.querySelector('[data-testid=send]').disabled")
    assert "€140" in mine.text("effect-price").replace("\u00a0", "")
    assert findings(mine) == []
    mine.press("send")
    mine.until("() => document.querySelector('[data-testid=effect-state]')?.dataset.state === 'review'")
    assert findings(mine) == []
    booked = mine.page.url

    desk = open_window("/admin/ads", moderator)
    desk.see("waiting-effect", "Hat")
    assert findings(desk) == []
    card = desk.page.get_by_test_id("waiting-effect").filter(has_text="Hat")
    card.get_by_test_id("effect-reject").click()
    card.get_by_test_id("effect-reason-quality").check()
    card.get_by_test_id("effect-note").fill("It hides the eyes.")
    card.get_by_test_id("effect-reject-yes").click()
    card.wait_for(state="detached")

    mine.page.goto(booked)
    mine.see("reasons", "It hides the eyes.")
    mine.press("edit-effect")
    mine.until(DRAWN)
    mine.fill("effect-name", "Small hat")
    mine.press("send")
    mine.until("() => document.querySelector('[data-testid=effect-state]')?.dataset.state === 'review'")
    desk.page.reload()
    again = desk.page.get_by_test_id("waiting-effect").filter(has_text="Small hat")
    again.get_by_test_id("effect-approve").click()
    again.wait_for(state="detached")
    mine.page.reload()
    mine.until("() => document.querySelector('[data-testid=effect-state]')?.dataset.state === 'booked'")
    mine.page.goto("/ads")
    mine.see("branded-effect", "Small hat")
