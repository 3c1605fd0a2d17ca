"""Ads in live rooms: a card between them that is seen and counted once, and a sponsored goal from code to money."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from core.clock import system_clock
from core.database import Database
from core.ids import new_id
from live.tables import nodes, rooms
from money.ledger import Ledger
from money.ledger.accounts import AD_MINT, ad_balance
from money.ledger.rules import Transfer
from tests.browser.ads.sponsors import new_sponsor, pay
from tests.browser.ads.test_in_feed import AGENT, counted
from tests.browser.conftest import PHONE, WAIT_MS, Open, findings
from tests.browser.feed.conftest import videos as videos
from tests.browser.test_live import go_live, room_of
from tests.served import Served
from tests.vod.ads.campaigns.rows import add_advertiser, add_campaign, add_creative
from vod.tables import videos as videos_table

SPONSOR = "Corner Bakery"


@pytest.fixture(scope="module")
def campaign(shared_server: Served, videos: list[str]) -> Iterator[str]:
    """A campaign between live rooms, and three of these."""
    for number in range(3):
        shared_server.join().open_room(f"Room {number}")
    database = Database(f"sqlite:///{shared_server.data_dir / 'cadeau.db'}")

    def write(connection: Connection) -> str:
        live = {"state": "live", "live": 1, "publishing": 1, "node": select(nodes.c.boot).limit(1).scalar_subquery()}
        connection.execute(update(rooms).values(**live, started_at=system_clock(), live_since=system_clock()))
        caption = connection.execute(select(videos_table.c.caption).where(videos_table.c.id == videos[0])).scalar_one()
        advertiser = add_advertiser(connection, name=SPONSOR)
        entries = {ad_balance(advertiser): 50_000_000, AD_MINT: -50_000_000}
        Ledger().post(connection, [Transfer(new_id(), "ad_top_up", system_clock(), "", entries, {})])
        caps = {"day": None, "total": None}
        made = add_campaign(connection, advertiser, system_clock(), caps=caps, targets={"zones": ["live"]})
        add_creative(connection, made, videos[0], caption=caption, url="https://bakery.example/")
        return made

    made = database.write(write)
    ends = time.monotonic() + WAIT_MS / 1000
    while not cards(shared_server):
        assert time.monotonic() < ends, "there is no card"
        time.sleep(0.5)
    yield made
    database.write(lambda c: c.execute(update(rooms).values(state="ended", live=0, publishing=0, node="")))
    database.close()


def cards(server: Served) -> list[dict[str, Any]]:
    listed = server.http.get("/api/rooms", params={"state": "live"}).json()["items"]
    asked = {"rooms": ",".join(room["id"] for room in listed)}
    found: list[dict[str, Any]] = server.http.get("/api/ads/cards", params=asked, headers={"User-Agent": AGENT}).json()[
        "items"
    ]
    return found


def test_a_card_between_live_rooms_is_seen_counted_once_explained_and_hidden(
    open_window: Open, shared_server: Served, campaign: str
) -> None:
    before = counted(shared_server, campaign)
    window = open_window("/rooms", shape=PHONE, user_agent=AGENT)
    window.see("room-ad", SPONSOR)
    order = (
        "[...document.querySelectorAll('[data-testid=room-card], [data-testid=room-ad]')].map(e => e.dataset.testid)"
    )
    assert window.page.evaluate(order) == ["room-card", "room-card", "room-ad", "room-card"]
    ends = time.monotonic() + WAIT_MS / 1000
    while (now := counted(shared_server, campaign)).viewable == before.viewable:
        assert time.monotonic() < ends, now
        time.sleep(0.3)
    window.page.wait_for_timeout(2_500)
    after = counted(shared_server, campaign)
    assert (after.views, after.viewable) == (before.views + 1, before.viewable + 1)
    assert after.spent_micro > before.spent_micro
    assert findings(window) == []
    window.press("room-ad-more")
    window.see("why-ad", "It stands between live rooms.")
    window.press("ad-hide")
    window.until("() => !document.querySelector('[data-testid=room-ad]')")


def test_a_host_starts_a_sponsored_goal_and_is_paid_when_it_is_reached(
    open_window: Open, shared_server: Served
) -> None:
    host, advertiser, moderator, fan = (shared_server.join() for _ in range(4))
    shared_server.grant(moderator, "moderator")
    sponsor = new_sponsor(advertiser, SPONSOR)
    pay(shared_server, advertiser, sponsor, 200, name=SPONSOR)
    allowing = open_window("/ads/consents", host)
    allowing.press("make-goal-code")
    allowing.see("code")
    code = allowing.text("code")

    booking = open_window("/ads", advertiser)
    booking.press("new-goal")
    booking.fill("goal-code", code)
    booking.fill("goal-text", "Bread for everybody")
    booking.page.get_by_test_id("category").select_option("food")
    booking.fill("goal-reward", "100")
    booking.fill("goal-target", "5")
    assert findings(booking) == []
    booking.press("goal-send")
    booking.see("own-goal", "In review")

    review = open_window("/admin/ads", moderator)
    review.see("waiting-goal", "Bread for everybody")
    review.press("goal-approve")
    review.until("() => !document.querySelector('[data-testid=waiting-goal]')")
    review.see("ongoing-goal", "Bread for everybody")

    studio = open_window("/studio", host)
    go_live(studio, "Baking")
    viewer = open_window(f"/room/{room_of(shared_server, host.handle)}", None, PHONE)
    studio.press("goals-button")
    studio.press("goal-start")
    viewer.see("goal", "Goal sponsored by")
    viewer.see("goal", SPONSOR)
    viewer.see("goal-progress", "0 of 5 coins")
    assert findings(viewer) == []

    key = {"Idempotency-Key": "coins"}
    assert fan.http.post("/api/wallet/purchases", json={"pack": "coins-350"}, headers=key).is_success
    giving = open_window(f"/room/{room_of(shared_server, host.handle)}", fan, PHONE)
    giving.see("goal")
    giving.press("gift-button")
    giving.press("gift-rose")
    giving.press("gift-rose")
    viewer.see("goal-progress", "1 of 5 coins")
    for _ in range(4):
        giving.press("gift-rose")
    viewer.until("() => !document.querySelector('[data-testid=goal]')")
    allowing.page.reload()
    ends = time.monotonic() + WAIT_MS / 1000
    while "Reached and paid" not in allowing.text("host-goal"):
        assert time.monotonic() < ends, allowing.text("host-goal")
        time.sleep(1)
        allowing.page.reload()
        allowing.see("host-goal")
    allowing.see("host-goal", "You got €30.00")

    terms = {"advertiser": sponsor, "code": code, "text": "Cake", "category": "food", "reward_micro": 50_000_000}
    made = advertiser.http.post("/api/ads/goals", json=terms | {"target_coins": 5, "minutes": 60}).json()
    sent = advertiser.http.post(f"/api/ads/goals/{made['id']}/submit").json()
    approved = {"approved": True, "revision": sent["revision"]}
    assert moderator.http.put(f"/api/admin/ads/goals/{made['id']}", json=approved).is_success
    review.page.reload()
    review.see("ongoing-goal", "Cake")
    review.press("goal-stop")
    review.fill("goal-stop-note", "No such cake.")
    assert findings(review) == []
    review.press("goal-stop-yes")
    review.until("() => !document.querySelector('[data-testid=ongoing-goal]')")
    allowing.page.reload()
    allowing.see("host-goal", "No such cake.")
