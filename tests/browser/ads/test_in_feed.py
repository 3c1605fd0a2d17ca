"""An ad in the feed: known as one, counted once, explained, hidden, and in the public library."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from sqlalchemy import Connection, select

from core.clock import system_clock
from core.database import Database
from core.ids import new_id
from money.ledger import Ledger
from money.ledger.accounts import AD_MINT, ad_balance
from money.ledger.rules import Transfer
from tests.browser.conftest import DESKTOP, PHONE, WAIT_MS, Open, Window, findings
from tests.browser.feed.conftest import videos as videos
from tests.browser.feed.conftest import wait_for_picture
from tests.served import Served
from tests.vod.ads.campaigns.rows import add_advertiser, add_campaign, add_creative
from vod.ads.billing.figures import Figures, figures
from vod.tables import videos as videos_table

AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36"
SPONSOR, PAYER = "Corner Bakery", "Flour & Sons"
ON_SCREEN = """() => {
  const middle = document.querySelector('.scroller').getBoundingClientRect()
  const over = document.elementFromPoint(middle.x + middle.width / 2, middle.y + middle.height / 2)
  return Boolean(over?.closest('section')?.querySelector('[data-testid=ad]'))
}"""


@pytest.fixture(scope="module")
def campaign(shared_server: Served, videos: list[str]) -> Iterator[str]:
    """A campaign that the server has begun to show."""
    database = Database(f"sqlite:///{shared_server.data_dir / 'cadeau.db'}")

    def write(connection: Connection) -> str:
        caption = connection.execute(select(videos_table.c.caption).where(videos_table.c.id == videos[0])).scalar_one()
        advertiser = add_advertiser(connection, name=SPONSOR, payer=PAYER)
        entries = {ad_balance(advertiser): 50_000_000, AD_MINT: -50_000_000}
        Ledger().post(connection, [Transfer(new_id(), "ad_top_up", system_clock(), "", entries, {})])
        made = add_campaign(connection, advertiser, system_clock(), caps={"day": None, "total": None})
        add_creative(connection, made, videos[0], caption=caption, url="https://bakery.example/")
        return made

    made = database.write(write)
    ends = time.monotonic() + WAIT_MS / 1000
    while not any(item["kind"] == "ad" for item in feed(shared_server)):
        assert time.monotonic() < ends, "no ad is shown"
        time.sleep(0.5)
    yield made
    database.close()


def feed(server: Served) -> list[dict[str, object]]:
    items: list[dict[str, object]] = server.http.get("/api/feed", headers={"User-Agent": AGENT}).json()["items"]
    return items


def counted(server: Served, campaign: str) -> Figures:
    database = Database(f"sqlite:///{server.data_dir / 'cadeau.db'}")
    try:
        return database.read(lambda c: figures(c, [campaign])).get(campaign, Figures())
    finally:
        database.close()


def go_to_ad(window: Window) -> None:
    wait_for_picture(window)
    for _ in range(8):
        if window.page.evaluate(ON_SCREEN):
            return
        window.page.keyboard.press("ArrowDown")
        window.page.wait_for_timeout(900)
    raise AssertionError("there is no ad")


def test_an_ad_is_never_first_and_says_who_pays(shared_server: Served, campaign: str) -> None:
    items = feed(shared_server)
    kinds = [item["kind"] for item in items]
    assert kinds.index("ad") >= 4
    ad = items[kinds.index("ad")]
    assert ad["reason"] == {"code": "sponsored"}
    about: dict[str, object] = ad["ad"]  # type: ignore[assignment]
    assert (about["sponsor"], about["paid_by"], about["label"]) == (SPONSOR, PAYER, "Ad")


@pytest.mark.parametrize("shape", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_an_ad_that_is_seen_is_counted_once(
    open_window: Open, shared_server: Served, campaign: str, shape: dict[str, object]
) -> None:
    before = counted(shared_server, campaign)
    window = open_window("/", shape=shape, user_agent=AGENT)
    go_to_ad(window)
    assert PAYER in window.text("ad")
    ends = time.monotonic() + WAIT_MS / 1000
    while (now := counted(shared_server, campaign)).viewable == before.viewable:
        assert time.monotonic() < ends, now
        time.sleep(0.3)
    window.page.keyboard.press("ArrowUp")
    window.page.wait_for_timeout(900)
    window.page.keyboard.press("ArrowDown")
    window.page.wait_for_timeout(3_500)
    after = counted(shared_server, campaign)
    assert (after.views, after.viewable) == (before.views + 1, before.viewable + 1)
    assert after.spent_micro > before.spent_micro
    assert after.invalid == before.invalid
    # The videos here are by two people, so that some slides have the same name.
    assert [one for one in findings(window) if not one.startswith("landmark-unique")] == []


def test_an_ad_explains_itself_is_hidden_and_is_in_the_library(
    open_window: Open, shared_server: Served, campaign: str
) -> None:
    window = open_window("/", shape=PHONE, user_agent=AGENT)
    go_to_ad(window)
    window.page.locator("section:has([data-testid=ad]) [data-testid=feed-more]").first.click()
    window.see("why-ad", PAYER)
    window.see("why-ad", "Nothing about you was used.")
    assert findings(window) == []
    before = counted(shared_server, campaign).hides
    window.press("ad-hide")
    window.until("() => !document.querySelector('[data-testid=ad]')")
    ends = time.monotonic() + WAIT_MS / 1000
    while counted(shared_server, campaign).hides == before:
        assert time.monotonic() < ends
        time.sleep(0.3)
    window.page.goto("/ads/library")
    window.see("library-ad", SPONSOR)
    window.see("library-ad", PAYER)
    assert findings(window) == []
    window.fill("library-query", "no such name")
    window.page.keyboard.press("Enter")
    window.until("() => !document.querySelector('[data-testid=library-ad]')")
    window.fill("library-query", "flour")
    window.page.keyboard.press("Enter")
    window.see("library-ad", SPONSOR)


def test_a_programs_view_is_marked_and_costs_nothing(shared_server: Served, campaign: str) -> None:
    ad = next(item for item in feed(shared_server) if item["kind"] == "ad")
    before = counted(shared_server, campaign)
    event = {"impression": ad["impression"], "kind": "viewable"}
    answer = shared_server.http.post("/api/ads/events", json={"events": [event]}, headers={"User-Agent": "curl/8"})
    assert answer.json() == {"accepted": 1}
    after = counted(shared_server, campaign)
    assert (after.viewable, after.spent_micro, after.invalid) == (
        before.viewable, before.spent_micro, before.invalid + 1
    )  # fmt: skip
    forged = {"impression": str(ad["impression"])[:-1] + "!", "kind": "view"}
    assert shared_server.http.post("/api/ads/events", json={"events": [forged]}).json() == {"accepted": 0}


def test_programs_get_no_ads(shared_server: Served, campaign: str) -> None:
    items = shared_server.http.get("/api/feed", headers={"User-Agent": "Googlebot/2.1"}).json()["items"]
    assert {item["kind"] for item in items} == {"video"}
