"""Booking and changing campaigns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.errors import Conflict, NotAllowed
from money.ads import Reserve, Spending
from tests.vod.ads.campaigns.conftest import EURO, ZONE, Agency
from vod.ads.campaigns import bookings as bookings_module
from vod.ads.campaigns import creatives as creatives_module
from vod.ads.campaigns.booking import CampaignEdit, NewCampaign
from vod.ads.campaigns.bookings import CampaignView
from vod.ads.campaigns.campaign import Caps, Targets
from vod.ads.campaigns.dates import midnight, today
from vod.ads.campaigns.floors import Floor, set_floor
from vod.ads.conversions.secrets import ConversionSecrets
from vod.errors import (
    AdvertiserNotFound,
    BidTooLow,
    BudgetTooLow,
    CampaignNotFound,
    CampaignNotOpen,
    CategoryNotAllowed,
    ConversionsNotReported,
    CreativeNotFound,
    InvalidCampaign,
    InvalidLandingPage,
)


def edit(agency: Agency, campaign: CampaignView, **values: Any) -> CampaignView:
    return agency.studio.bookings.edit(campaign.id, agency.ada, CampaignEdit(**values))


def hold(agency: Agency, campaign: CampaignView, micro: int) -> None:
    asked = Reserve("1", agency.bakery.id, campaign.id, micro, campaign.budget_micro)
    [held] = agency.house.database.write(lambda c: agency.house.money.ad_budgets.reserve(c, [asked]))
    assert held == micro


def test_a_campaign_is_drafted_with_all_that_was_asked(agency: Agency) -> None:
    targets = Targets(hashtags=("#Bread", "bread"), languages=("FR",), hours=(8, 7, 8))
    made = agency.book(day_micro=10 * EURO, caps=Caps(2, 6), targets=targets)
    assert (made.state, made.tier, made.zone, made.currency) == ("draft", "auction", ZONE, "EUR")
    assert (made.budget_micro, made.spent_micro, made.held_micro, made.views) == (100 * EURO, 0, 0, 0)
    assert made.targets == Targets(("bread",), (), ("fr",), (), (7, 8), ())
    assert made.starts_at == midnight(today(ZONE, agency.house.time()), ZONE)
    assert [(one.video, one.state, one.shown) for one in made.creatives] == [(agency.video, "draft", True)]
    page = agency.house.database.read(lambda c: agency.studio.bookings.page(c, agency.bakery.id, agency.ada, "", 5))
    assert page.items == [made]


def test_campaigns_are_listed_page_by_page_the_newest_first(agency: Agency) -> None:
    made = [agency.book(name=str(number)).id for number in range(3)]
    found: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        read = agency.studio.bookings.page
        page = agency.house.database.read(lambda c: read(c, agency.bakery.id, agency.ada, cursor or "", 2))  # noqa: B023
        found += [one.id for one in page.items]
        cursor = page.next
    assert found == made[::-1]


def test_for_outsiders_a_campaign_does_not_exist(agency: Agency) -> None:
    made, bookings = agency.book(), agency.studio.bookings
    creative = made.creatives[0].id
    attempts: list[Callable[[], object]] = [
        lambda: agency.house.database.read(lambda c: bookings.view(c, made.id, agency.bob)),
        lambda: bookings.edit(made.id, agency.bob, CampaignEdit(name="Mine")),
        lambda: bookings.submit(made.id, agency.bob),
        lambda: bookings.pause(made.id, agency.bob),
        lambda: bookings.end(made.id, agency.eve),
        lambda: bookings.add_creative(made.id, agency.bob, agency.creative()),
        lambda: bookings.edit_creative(creative, agency.bob, agency.creative()),
        lambda: bookings.remove_creative(creative, agency.bob),
    ]
    for attempt in attempts:
        with pytest.raises(CampaignNotFound):
            attempt()
    with pytest.raises(AdvertiserNotFound):
        agency.book(agency.bob)
    with pytest.raises(CampaignNotFound):
        bookings.submit("nothing", agency.ada)
    with pytest.raises(CreativeNotFound):
        bookings.remove_creative("nothing", agency.ada)


def test_a_viewer_reads_and_changes_nothing(agency: Agency) -> None:
    made, bookings = agency.book(), agency.studio.bookings
    agency.join(agency.bob, "viewer")
    assert agency.house.database.read(lambda c: bookings.view(c, made.id, agency.bob)).id == made.id
    attempts: list[Callable[[], object]] = [
        lambda: bookings.create(agency.bob, agency.terms()),
        lambda: bookings.edit(made.id, agency.bob, CampaignEdit(name="Mine")),
        lambda: bookings.submit(made.id, agency.bob),
        lambda: bookings.end(made.id, agency.bob),
        lambda: bookings.remove_creative(made.creatives[0].id, agency.bob),
    ]
    for attempt in attempts:
        with pytest.raises(NotAllowed):
            attempt()
    agency.join(agency.bob, "editor")
    assert bookings.edit(made.id, agency.bob, CampaignEdit(name="Ours")).name == "Ours"


@pytest.mark.parametrize(
    ("terms", "refusal"),
    [
        ({"name": ""}, InvalidCampaign),
        ({"name": "\u200b\u202e"}, InvalidCampaign),
        ({"name": "x" * 81}, InvalidCampaign),
        ({"bid_micro": 0}, BidTooLow),
        ({"bid_micro": 999_999}, BidTooLow),
        ({"pricing": "cpc", "bid_micro": 49_999}, BidTooLow),
        ({"total_micro": 4_999_999}, InvalidCampaign),
        ({"day_micro": 0}, InvalidCampaign),
        ({"day_micro": 100 * EURO + 1}, InvalidCampaign),
        ({"pricing": "cpc", "bid_micro": 6 * EURO, "day_micro": 5 * EURO}, InvalidCampaign),
        ({"category": "politics"}, CategoryNotAllowed),
        ({"category": "gambling"}, CategoryNotAllowed),
        ({"targets": Targets(languages=("français",))}, InvalidCampaign),
        ({"targets": Targets(countries=("FRA",))}, InvalidCampaign),
    ],
)
def test_what_cannot_be_booked_is_refused(agency: Agency, terms: dict[str, Any], refusal: type[Exception]) -> None:
    with pytest.raises(refusal):
        agency.book(**terms)
    made = agency.book()
    with pytest.raises(refusal):
        edit(agency, made, **terms)
    assert agency.view(made) == made


def test_conversions_are_paid_for_only_by_who_reports_them(agency: Agency) -> None:
    terms: dict[str, Any] = {"pricing": "ocpm", "objective": "conversions", "bid_micro": 4 * EURO}
    made = agency.book()
    with pytest.raises(ConversionsNotReported):
        agency.book(**terms)
    with pytest.raises(ConversionsNotReported):
        edit(agency, made, **terms)
    ConversionSecrets(agency.house.database, agency.house.time, agency.studio.advertisers).make(
        agency.bakery.id, agency.ada
    )
    assert edit(agency, made, **terms).pricing == "ocpm"
    with pytest.raises(BidTooLow):
        agency.book(**terms | {"bid_micro": 2 * EURO})  # fifty clicks at the floor lead to one
    with pytest.raises(InvalidCampaign):
        agency.book(**terms | {"bid_micro": 200 * EURO})


def test_countries_are_targets_in_capital_letters(agency: Agency) -> None:
    assert agency.book(targets=Targets(countries=("fr", "FR", "DE"))).targets.countries == ("FR", "DE")


def test_days_outside_of_the_calendar_of_bookings_are_refused(agency: Agency) -> None:
    begins = today(ZONE, agency.house.time())
    for starts, ends in ((1, 0), (-3, -1), (0, 400), (500, 501)):
        with pytest.raises(InvalidCampaign):
            agency.book(starts_on=begins + timedelta(days=starts), ends_on=begins + timedelta(days=ends))


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"category": None},
        {"category": ""},
        {"category": "Food"},
        {"bid_micro": -1},
        {"bid_micro": 2**63},
        {"bid_micro": 1.5},
        {"total_micro": 10**12 + 1},
        {"total_micro": 2**64},
        {"caps": {"day": 0}},
        {"caps": {"day": 101}},
        {"targets": {"hours": [24]}},
        {"targets": {"hashtags": ["x"] * 51}},
        {"targets": {"hashtags": ["x" * 101]}},
        {"targets": {"age": ["13-17"]}},
        {"starts_on": "2026-02-30"},
        {"creatives": [{"video": "v", "url": "u", "text": "t"}] * 11},
        {"tier": "house"},
    ],
)
def test_bodies_that_are_no_campaigns_are_not_read(agency: Agency, body: dict[str, Any]) -> None:
    """An empty category would evade every ban."""
    whole = msgspec.to_builtins(agency.terms())
    given = {key: value for key, value in whole.items() if key != "category"} if not body else whole | body
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(msgspec.json.encode(given), type=NewCampaign)


def test_a_creative_is_a_public_video_of_a_member(agency: Agency) -> None:
    house = agency.house
    for video in (
        house.show(agency.bob), house.show(agency.ada, "processing"), house.show(agency.ada, visibility="private"), "x",
    ):  # fmt: skip
        with pytest.raises(InvalidCampaign):
            agency.book(creatives=[agency.creative(video=video)])
    for values in ({"text": " "}, {"text": "x" * 101}):
        with pytest.raises(InvalidCampaign):
            agency.book(creatives=[agency.creative(**values)])
    with pytest.raises(InvalidLandingPage):
        agency.book(creatives=[agency.creative(url="javascript:alert(1)")])
    agency.join(agency.bob, "editor")
    agency.book(creatives=[agency.creative(video=house.show(agency.bob))])


def test_a_zone_changed_at_midnight_changes_no_day_that_was_booked(agency: Agency) -> None:
    """So no hour belongs to two days, and nothing of it is billed twice."""
    before = agency.running()
    agency.studio.advertisers.edit(
        agency.bakery.id, agency.ada, name="Corner Bakery", payer=None, country="FR", zone="Pacific/Auckland"
    )
    after = agency.view(before)
    assert (after.zone, after.starts_at, after.ends_at) == (ZONE, before.starts_at, before.ends_at)
    longer = edit(agency, before, ends_on=today(ZONE, agency.house.time()) + timedelta(days=20))
    assert (longer.zone, longer.starts_at) == (ZONE, before.starts_at)
    later = today("Pacific/Auckland", agency.house.time())
    assert agency.book(starts_on=later, ends_on=later).zone == "Pacific/Auckland"


def test_the_budget_is_never_less_than_what_is_spent_and_held(agency: Agency) -> None:
    agency.pay_in(50)
    made = agency.running()
    hold(agency, made, 20 * EURO)
    with pytest.raises(BudgetTooLow):
        edit(agency, made, total_micro=20 * EURO - 1)
    assert edit(agency, made, total_micro=20 * EURO).budget_micro == 20 * EURO
    assert (agency.view(made).held_micro, agency.view(made).spent_micro) == (20 * EURO, 0)
    found = agency.house.database.read(lambda c: agency.house.money.ad_budgets.spending(c, [made.id]))
    assert found[made.id] == Spending(0, 20 * EURO)


def test_a_campaign_that_runs_keeps_its_first_day(agency: Agency) -> None:
    made = agency.running()
    with pytest.raises(InvalidCampaign):
        edit(agency, made, starts_on=today(ZONE, agency.house.time()) + timedelta(days=1))
    assert edit(agency, made, name="Still open").state == "running"


def test_floors_that_rose_are_asked_for_at_the_next_change(agency: Agency) -> None:
    made = agency.book()
    price = Floor(9 * EURO, 100_000)
    agency.house.database.write(lambda c: set_floor(c, "in_feed", price, "root", 0))
    with pytest.raises(BidTooLow):
        agency.submit(made)
    assert agency.submit(edit(agency, made, bid_micro=9 * EURO)).state == "review"


def test_house_campaigns_cost_nothing(agency: Agency) -> None:
    account = agency.open_account(agency.root, name="The platform", house=True)
    video = agency.house.show(agency.root)
    terms = agency.terms(advertiser=account.id, creatives=[agency.creative(video=video)])
    made = agency.studio.bookings.create(agency.root, terms)
    assert (made.tier, made.bid_micro, made.budget_micro, made.day_micro) == ("house", 0, 0, None)


def test_nothing_changes_after_the_end(agency: Agency) -> None:
    made, bookings = agency.running(), agency.studio.bookings
    bookings.end(made.id, agency.ada)
    attempts: list[Callable[[], object]] = [
        lambda: edit(agency, made, name="Again"),
        lambda: bookings.resume(made.id, agency.ada),
        lambda: bookings.end(made.id, agency.ada),
        lambda: bookings.add_creative(made.id, agency.ada, agency.creative()),
        lambda: bookings.remove_creative(made.creatives[0].id, agency.ada),
    ]
    for attempt in attempts:
        with pytest.raises(CampaignNotOpen):
            attempt()


def test_campaigns_and_creatives_are_limited(agency: Agency, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bookings_module, "CAMPAIGNS_MAX", 1)
    made = agency.book()
    with pytest.raises(Conflict):
        agency.book()
    monkeypatch.setattr(creatives_module, "CREATIVES_MAX", 2)
    agency.studio.bookings.add_creative(made.id, agency.ada, agency.creative(text="Second"))
    with pytest.raises(InvalidCampaign):
        agency.studio.bookings.add_creative(made.id, agency.ada, agency.creative(text="Third"))
    agency.studio.bookings.remove_creative(made.creatives[0].id, agency.ada)
    agency.studio.bookings.add_creative(made.id, agency.ada, agency.creative(text="Third"))
