"""An agency in the browser: an admin proposes it, the creator accepts, and both see what a gift brought."""

from __future__ import annotations

import re
from typing import Any

from tests.browser.conftest import PHONE, Open, Window, findings
from tests.browser.test_live import go_live, room_of
from tests.served import Person, Served
from tests.vod.uploads.client import until

NARROW: dict[str, Any] = PHONE | {"viewport": {"width": 320, "height": 568}}
BOUQUET = 99


def admin(server: Served) -> Person:
    person = server.join()
    server.grant(person, "admin")
    return person


def show(window: Window, creator: Person) -> None:
    """A creator's agreements."""
    window.fill("search-creator", f"@{creator.handle}")
    window.press("show-creator")
    window.see("creator-name", creator.handle)


def in_state(window: Window, testid: str, state: str) -> None:
    window.page.locator(f"[data-testid={testid}][data-state={state}]").first.wait_for()


def give_bouquet(window: Window, giver: Person) -> None:
    """By two taps in the tray: one selects, one sends."""
    before = int(giver.http.get("/api/wallet").json()["coins"])
    window.until("() => !document.querySelector('[data-testid=gift-button]')?.disabled")
    window.press("gift-button")
    window.press("gift-bouquet")
    window.press("gift-bouquet")
    for _ in range(300):
        if int(giver.http.get("/api/wallet").json()["coins"]) == before - BOUQUET:
            return
        window.page.wait_for_timeout(100)
    raise AssertionError("no bouquet was given")


def test_an_admin_proposes_the_creator_accepts_and_both_see_what_a_gift_brought(
    shared_server: Served, open_window: Open
) -> None:
    shared_server.end_rooms()
    creator, agency, giver, boss = (*(shared_server.join() for _ in range(3)), admin(shared_server))
    giver.buy_coins()
    desk = open_window("/admin/media", boss)
    desk.page.get_by_role("link", name="Rates and agencies").click()
    show(desk, creator)
    desk.see("now", "Standard rate")
    desk.fill("agency", f"@{agency.handle}")
    desk.fill("agency-percent", "20")
    desk.fill("platform-percent", "30")
    desk.press("agency-propose")
    in_state(desk, "proposal-row", "open")
    assert findings(desk) == []

    mine = open_window("/inbox", creator, NARROW)
    mine.page.get_by_text("An agency was proposed to you").click()
    mine.see("proposal", agency.handle)
    assert findings(mine) == []
    mine.press("proposal-accept")
    mine.see("accept-yes")
    assert findings(mine) == []
    mine.press("accept-yes")
    mine.see("own-agreement", "20%")
    for _ in range(100):
        if creator.http.get("/api/agreements").json()["now"]:
            break
        mine.page.wait_for_timeout(100)

    mine.page.goto("/studio")
    go_live(mine, "With an agency")
    room = room_of(shared_server, creator.handle)
    give_bouquet(open_window(f"/room/{room}", giver, PHONE), giver)
    assert creator.http.delete(f"/api/rooms/{room}").status_code == 200

    mine.page.goto("/earnings")
    mine.see("agency-got", "20")
    assert "49" in mine.text("earnings-total")
    mine.see("own-agreement", "since")
    theirs = open_window("/earnings", agency, NARROW, locale="fr")
    theirs.see("as-agency", creator.handle)
    assert re.search(r"\b20\b", theirs.text("as-agency"))
    theirs.page.get_by_text("Comme agence").wait_for()
    for window in (mine, theirs):
        assert findings(window) == []


def test_a_creator_refuses_one_agency_and_leaves_another(shared_server: Served, open_window: Open) -> None:
    creator, agency, boss = shared_server.join(), shared_server.join(), admin(shared_server)
    body = {"creator": creator.handle, "agency": agency.handle, "platform_percent": 40, "agency_percent": 10}
    boss.http.post("/api/admin/agency-proposals", json=body).raise_for_status()
    mine = open_window("/earnings", creator, PHONE)
    mine.press("proposal-refuse")
    mine.page.get_by_test_id("proposal").wait_for(state="detached")
    mine.see("own-agreement", "Standard rate")

    proposal = boss.http.post("/api/admin/agency-proposals", json=body).json()["id"]
    creator.http.post(f"/api/agreements/proposals/{proposal}/accept").raise_for_status()
    mine.page.reload()
    mine.press("leave-agency")
    mine.press("leave-yes")
    mine.see("own-agreement", "until")
    mine.page.get_by_test_id("leave-agency").wait_for(state="detached")

    desk = open_window("/admin/agreements", boss, NARROW)
    desk.page.get_by_test_id("open-creator").filter(has_text=creator.handle).click()
    desk.press("end")
    told = f"/api/admin/agreements/{creator.handle}"
    until(lambda: all(one["state"] == "ended" for one in boss.http.get(told).json()["agreements"]))  # not at once
    desk.page.reload()
    show(desk, creator)
    in_state(desk, "agreement", "ended")
    assert findings(desk) == []
    desk.fill("rate", "80")
    desk.press("rate-set")
    desk.page.get_by_text("What leaves a creator less begins 30 days from now at the earliest.").first.wait_for()
    desk.errors.clear()  # Chromium writes every refusal to the console
    desk.fill("rate", "35")
    desk.press("rate-set")
    desk.see("history", "35%")
    desk.press("all-creators")
    desk.see("open-creator", creator.handle)


def test_only_admins_see_rates_and_agencies(shared_server: Served, open_window: Open) -> None:
    window = open_window("/admin/agreements", shared_server.join(), PHONE)
    window.page.get_by_role("heading", name="Only for admins").wait_for()
    assert findings(window) == []
