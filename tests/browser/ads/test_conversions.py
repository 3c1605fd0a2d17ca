"""A click carries an id, what the advertiser's server reports of it appears in the results, with how far people saw."""

from __future__ import annotations

import time
from urllib.parse import parse_qs, urlsplit

from sqlalchemy import Connection, select, update

from core.clock import system_clock
from core.database import Database
from core.ids import new_id
from money.ledger import Ledger
from money.ledger.accounts import AD_MINT, ad_balance
from money.ledger.rules import Transfer
from tests.browser.ads.test_in_feed import AGENT, feed, go_to_ad
from tests.browser.conftest import PHONE, WAIT_MS, Open, findings
from tests.browser.feed.conftest import videos as videos
from tests.served import Person, Served
from tests.vod.ads.campaigns.rows import add_campaign, add_creative
from vod.ads.campaigns.tables import advertisers
from vod.tables import videos as videos_table

ACCOUNT = {"name": "Corner Bakery", "country": "FR", "zone": "UTC"}


def campaign_of(server: Served, owner: Person, advertiser: str, video: str) -> str:
    """A campaign that runs, without a review."""
    database = Database(f"sqlite:///{server.data_dir / 'cadeau.db'}")

    def write(connection: Connection) -> str:
        connection.execute(update(advertisers).where(advertisers.c.id == advertiser).values(state="verified"))
        caption = connection.execute(select(videos_table.c.caption).where(videos_table.c.id == video)).scalar_one()
        entries = {ad_balance(advertiser): 50_000_000, AD_MINT: -50_000_000}
        Ledger().post(connection, [Transfer(new_id(), "ad_top_up", system_clock(), "", entries, {})])
        made = add_campaign(connection, advertiser, system_clock(), caps={"day": None, "total": None})
        add_creative(connection, made, video, caption=caption, url="https://bakery.example/bread?from=ad")
        return made

    try:
        return database.write(write)
    finally:
        database.close()


def test_a_click_is_followed_to_its_conversion(open_window: Open, shared_server: Served, videos: list[str]) -> None:
    owner = shared_server.join()
    advertiser = owner.http.post("/api/ads/advertisers", json=ACCOUNT).json()["id"]
    desk = open_window("/ads", owner, PHONE)
    desk.press("conversions")
    desk.press("make-secret")
    desk.see("conversion-secret")
    secret = desk.page.get_by_test_id("conversion-secret").input_value()
    assert findings(desk) == []

    campaign = campaign_of(shared_server, owner, advertiser, videos[0])
    ends = time.monotonic() + WAIT_MS / 1000
    while not any("cadeau_click=" in str(item.get("ad")) for item in feed(shared_server)):
        assert time.monotonic() < ends, "no ad is shown"
        time.sleep(0.5)
    viewer = open_window("/", shape=PHONE, user_agent=AGENT)
    viewer.page.context.route("https://bakery.example/**", lambda route: route.fulfill(body="Bread"))
    go_to_ad(viewer)
    with viewer.page.context.expect_page() as opened:
        viewer.page.locator("section:has([data-testid=ad])").first.get_by_test_id("ad-action").click()
    landing = parse_qs(urlsplit(opened.value.url).query)
    assert landing["from"] == ["ad"]
    report = {"secret": secret, "click": landing["cadeau_click"][0], "name": "purchase", "order": "1001"}
    report |= {"value_micro": 12_500_000}  # type: ignore[dict-item]
    ends = time.monotonic() + WAIT_MS / 1000
    while (answer := shared_server.http.post("/api/ads/conversions", json=report)).status_code == 404:
        assert time.monotonic() < ends, "the click has not arrived"
        time.sleep(0.3)
    assert answer.json() == {"outcome": "counted"}
    assert shared_server.http.post("/api/ads/conversions", json=report).json() == {"outcome": "repeated"}

    desk.page.goto(f"/ads/campaigns/{campaign}")
    desk.see("figure-conversions", "1")
    assert "12.50" in desk.text("figure-worth")
    desk.see("watched")
    desk.see("verdicts", "Not determined")
    assert findings(desk) == []
