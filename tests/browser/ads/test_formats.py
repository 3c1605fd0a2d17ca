"""A promoted post and a takeover: seen by a viewer, counted once, and gone when there is no more consent."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import Connection, update

from core.clock import system_clock
from core.database import Database
from core.ids import new_id
from money.ledger import Ledger
from money.ledger.accounts import AD_MINT, ad_balance
from money.ledger.rules import Transfer
from tests.browser.ads.test_campaigns import state
from tests.browser.ads.test_in_feed import AGENT, counted, feed, go_to_ad
from tests.browser.conftest import DESKTOP, PHONE, WAIT_MS, Open, Window, findings
from tests.browser.feed.conftest import videos as videos
from tests.browser.test_first_load import maker as maker
from tests.browser.test_first_load import published
from tests.served import Person, Served
from tests.vod.ads.campaigns.rows import add_advertiser
from vod.ads.campaigns.tables import advertiser_members, campaigns

EUROS = 900

FILM_S = 40  # longer than anybody needs to press what is shown over it, however busy the machine


@pytest.fixture(scope="module")
def video(maker: Person, tmp_path_factory: pytest.TempPathFactory) -> str:
    return published(maker, tmp_path_factory.mktemp("film"), FILM_S)


@pytest.fixture(scope="module")
def database(shared_server: Served) -> Iterator[Database]:
    opened = Database(f"sqlite:///{shared_server.data_dir / 'cadeau.db'}")
    yield opened
    opened.close()


@pytest.fixture(scope="module", autouse=True)
def alone(database: Database) -> Iterator[None]:
    """Campaigns of other tests on this server do not compete, and those of these tests do not stay."""
    over = update(campaigns).values(state="ended")
    database.write(lambda c: c.execute(over))
    yield
    database.write(lambda c: c.execute(over))


def advertise(database: Database, person: Person, name: str) -> None:
    """A verified advertiser of theirs, with money on its account."""

    def write(connection: Connection) -> None:
        advertiser = add_advertiser(connection, name=name, payer=None, zone="UTC")
        row = {"advertiser": advertiser, "person": person.id, "role": "owner", "at": system_clock()}
        connection.execute(advertiser_members.insert().values(row))
        entries = {ad_balance(advertiser): EUROS * 10**6, AD_MINT: -EUROS * 10**6}
        Ledger().post(connection, [Transfer(new_id(), "ad_top_up", system_clock(), "", entries, {})])

    database.write(write)


@pytest.fixture(scope="module")
def owner(shared_server: Served, database: Database) -> Person:
    person = shared_server.join()
    advertise(database, person, "Corner Bakery")
    return person


@pytest.fixture(scope="module")
def reviewer(shared_server: Served) -> Person:
    person = shared_server.join()
    shared_server.grant(person, "moderator")
    return person


def approve(window: Window) -> None:
    window.page.goto("/admin/ads")
    window.press("approve")
    window.until("() => !document.querySelector('[data-testid=waiting]')")


def until_counted(server: Served, campaign: str, viewable: int) -> None:
    ends = time.monotonic() + WAIT_MS / 1000
    while (now := counted(server, campaign)).viewable < viewable:
        assert time.monotonic() < ends, now
        time.sleep(0.3)
    assert now.viewable == viewable, now


def wait_for(what: str, found: object, ends: float) -> None:
    assert time.monotonic() < ends, f"{what}: {found}"
    time.sleep(0.5)


def test_a_creators_post_is_promoted_seen_once_and_stopped_by_them(
    open_window: Open, shared_server: Served, maker: Person, video: str, owner: Person, reviewer: Person,
    videos: list[str],
) -> None:  # fmt: skip
    mine = open_window(f"/ads/consents?video={video}", maker, PHONE)
    mine.see("share-now", "30")
    assert findings(mine) == []
    mine.press("make-code")
    mine.see("consent")
    code = mine.text("code").strip()

    desk = open_window("/ads/new", owner, DESKTOP)
    desk.page.get_by_test_id("format-promoted").check(force=True)
    desk.fill("consent-code", code.lower())
    desk.see("consent-found", "30")
    desk.fill("ad-text", "Warm bread every morning")
    desk.fill("ad-url", "https://bakery.example/bread")
    desk.page.get_by_test_id("category").select_option("food")
    desk.see("preview-by", maker.handle)
    assert findings(desk) == []
    desk.press("send")
    desk.page.wait_for_url("**/ads/campaigns/*")
    assert state(desk) == "review"
    address, campaign = desk.page.url, desk.page.url.rsplit("/", 1)[1]
    approve(open_window("/admin/ads", reviewer))

    ends = time.monotonic() + WAIT_MS / 1000
    while not (ads := [item for item in feed(shared_server) if item["kind"] == "ad"]):
        wait_for("no ad is shown", ads, ends)
    window = open_window("/", shape=PHONE, user_agent=AGENT)
    go_to_ad(window)
    assert "Corner Bakery" in window.text("ad")
    until_counted(shared_server, campaign, 1)
    assert counted(shared_server, campaign).spent_micro > 0

    mine.press("revoke")
    mine.until("() => document.querySelector('[data-testid=consent]')?.dataset.state === 'revoked'")
    assert [item["kind"] for item in feed(shared_server) if item["kind"] == "ad"] == [], "at once"
    desk.page.goto(address)
    desk.see("promotion", "took their consent back")
    assert findings(desk) == []


def test_a_takeover_comes_first_once_a_day_and_is_skipped_after_three_seconds(
    open_window: Open, shared_server: Served, database: Database, maker: Person, video: str, reviewer: Person,
    videos: list[str],
) -> None:  # fmt: skip
    advertise(database, maker, "Grand Cinema")
    desk = open_window("/ads/new", maker, PHONE)
    desk.page.get_by_test_id("format-takeover").check(force=True)
    desk.fill("ad-text", "Tonight at eight")
    desk.fill("ad-url", "https://cinema.example/")
    desk.page.get_by_test_id("category").select_option("events")
    today = datetime.now(UTC).date().isoformat()
    for field in ("starts", "ends"):
        desk.fill(field, today)
    desk.see("takeover-price", "200")
    assert findings(desk) == []
    desk.press("send")
    desk.page.wait_for_url("**/ads/campaigns/*")
    assert state(desk) == "review"
    campaign = desk.page.url.rsplit("/", 1)[1]
    assert desk.page.get_by_test_id("takeover-day").get_attribute("data-state") == "booked"
    approve(open_window("/admin/ads", reviewer))

    ends = time.monotonic() + WAIT_MS / 1000
    while opening(shared_server) != "takeover":
        wait_for("no takeover is shown", "", ends)
    linked = open_window(f"/video/{videos[0]}", shape=PHONE, user_agent=AGENT)
    linked.page.locator("a[href='/']:visible").first.click()
    linked.see("feed-video")
    assert linked.page.get_by_test_id("takeover").count() == 0, "not after a link to a video"

    window = open_window("/", shape=PHONE, user_agent=AGENT)
    window.see("takeover", "Grand Cinema")
    skip = window.page.get_by_test_id("takeover-skip")
    assert skip.is_disabled()
    window.page.keyboard.press("Escape")
    window.press("takeover-more")
    window.see("why-ad", "for everybody who opens the feed")
    window.until("() => document.querySelector('[data-testid=takeover] video').paused")
    assert findings(window) == []
    window.page.keyboard.press("Escape")
    window.until("() => !document.querySelector('[data-testid=takeover] video').paused")
    window.until("() => document.querySelector('[data-testid=takeover-skip]')?.disabled === false")
    until_counted(shared_server, campaign, 1)
    window.press("takeover-skip")
    window.until("() => !document.querySelector('[data-testid=takeover]')")
    window.see("feed-video")
    window.page.reload()
    window.see("feed-video")
    assert window.page.get_by_test_id("takeover").count() == 0, "once a day"
    assert counted(shared_server, campaign).viewable == 1
    desk.page.reload()
    desk.until("() => document.querySelector('[data-testid=takeover-day]')?.dataset.state === 'billed'")


def opening(server: Served) -> str:
    """What the feed begins with for somebody who opens it."""
    items = server.http.get("/api/feed?opening=true", headers={"User-Agent": AGENT}).json()["items"]
    return str(items[0].get("ad", {}).get("format", ""))
