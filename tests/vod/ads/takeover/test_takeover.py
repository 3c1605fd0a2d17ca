"""Takeovers: one advertiser for a category and day, one for a person and day, paid for once or not at all."""

from __future__ import annotations

import contextlib
import random
import threading
from dataclasses import replace

import pytest
from sqlalchemy import update

from core.errors import Refusal
from money.errors import AdBalanceTooLow
from tests.vod.ads.scene import EURO, Scene
from tests.vod.conftest import House
from vod.ads.billing.billing import DAY_MS
from vod.ads.campaigns.booking import CampaignEdit
from vod.ads.campaigns.bookings import CampaignView
from vod.ads.campaigns.floors import Offers, set_offers
from vod.ads.takeover.days import taken_days
from vod.errors import DayTaken, InvalidCampaign
from vod.feed.feed import FeedAd
from vod.tables import videos

DAY = 200 * EURO


@pytest.fixture
def scene(house: House) -> Scene:
    return Scene(house)


def states(scene: Scene, campaign: CampaignView) -> list[str]:
    return [one.state for one in scene.view(campaign).days]


def test_it_is_the_first_thing_once_a_person_and_day_and_only_when_the_feed_is_opened(scene: Scene) -> None:
    scene.running(**scene.takeover_terms(days=2))
    scene.warm()
    person = scene.viewer(scene.bob)
    assert all(one.ad.format != "takeover" for one in scene.ads(person)), "a link, or the next page"
    first, *_ = scene.items(person, opening=True)
    assert isinstance(first, FeedAd)
    assert first.ad.format == "takeover"
    assert scene.ads(person, opening=True) == [], "the first may still be on its way"
    scene.see(first, scene.bob)
    scene.later(600_000)
    assert scene.ads(person, opening=True) == []
    scene.later(DAY_MS)
    assert [one.ad.format for one in scene.ads(person, opening=True)] == ["takeover"]


def test_two_nodes_that_serve_one_person_at_once_show_one(scene: Scene) -> None:
    for category in ("food", "books"):
        scene.running(**scene.takeover_terms(category=category))
    scene.warm()
    person, ads = scene.viewer(scene.bob), scene.house.vod.ads.in_feed(lambda _, ids, __: [scene.house_video(ids[0])])
    chosen = [scene.house.database.read(lambda c: ads.opening(c, person, "s")) for _ in range(2)]
    placed = [one for one in chosen if one is not None]
    assert len(placed) == 2, "neither knows of the other"
    assert [len(ads.record(person, "s", [one])) for one in placed] == [1, 0]


def test_a_page_that_is_never_seen_does_not_use_up_the_day(scene: Scene) -> None:
    scene.running(**scene.takeover_terms())
    scene.warm()
    person = scene.viewer(scene.bob)
    assert scene.ads(person, opening=True)
    scene.later(130_000)
    assert scene.ads(person, opening=True)


def test_a_client_that_tells_only_what_is_billed_uses_up_the_day(scene: Scene) -> None:
    scene.running(**scene.takeover_terms())
    scene.warm()
    person = scene.viewer(scene.bob)
    [first] = scene.ads(person, opening=True)
    scene.see(first, scene.bob, kinds=("viewable",))
    scene.later(130_000)
    assert scene.ads(person, opening=True) == []


def test_minors_programs_and_the_advertisers_people_see_none(scene: Scene) -> None:
    scene.running(**scene.takeover_terms())
    scene.warm()
    minor = replace(scene.bob, adult=False)
    assert scene.ads(scene.viewer(minor), opening=True) == []
    assert scene.ads(scene.viewer(scene.ada), opening=True) == []
    assert scene.ads(replace(scene.visitor(), agent="Googlebot/2.1"), opening=True) == []
    assert scene.ads(scene.visitor(), opening=True)


def test_a_day_is_billed_once_at_its_first_view_and_a_day_without_one_goes_back_in_full(scene: Scene) -> None:
    before = scene.available()
    campaign = scene.running(**scene.takeover_terms(days=2))
    assert (scene.available(), scene.view(campaign).held_micro) == (before - 2 * DAY, 2 * DAY)
    scene.warm()
    for number in range(3):
        [ad] = scene.ads(scene.visitor(f"~{number}"), opening=True)
        scene.see(ad)
    scene.bill()
    assert (scene.view(campaign).spent_micro, scene.view(campaign).viewable) == (DAY, 3)
    assert states(scene, campaign) == ["billed", "booked"]
    assert scene.faults() == []
    scene.later(2 * DAY_MS)
    scene.studio.lifecycle.tick()
    assert states(scene, campaign) == ["billed", "returned"]
    assert scene.available() == before - DAY
    scene.later(DAY_MS)
    scene.studio.lifecycle.tick()
    scene.studio.lifecycle.tick()
    assert scene.view(campaign).state == "settled"
    assert scene.faults() == []


def test_a_day_is_sold_to_one_advertiser_of_a_category(scene: Scene) -> None:
    terms = scene.takeover_terms(days=2, ahead=3)
    first = scene.submit(scene.book(**terms))
    again = scene.book(**scene.takeover_terms(days=3, ahead=4))
    with pytest.raises(DayTaken):
        scene.submit(again)
    assert scene.view(again).state == "draft"
    assert states(scene, again) == []
    assert scene.view(again).held_micro == 0
    scene.submit(scene.book(**scene.takeover_terms(ahead=3, category="books")))
    begins = terms["starts_on"].isoformat()
    assert len(scene.house.database.read(lambda c: taken_days(c, "food", begins, "9999"))) == 2
    scene.studio.bookings.end(first.id, scene.ada)
    assert states(scene, first) == ["returned", "returned"]
    scene.submit(again)
    assert states(scene, again) == ["booked"] * 3
    assert scene.faults() == []


def test_a_rejected_takeover_gives_its_days_back_and_may_book_them_again(scene: Scene) -> None:
    before = scene.available()
    campaign = scene.submit(scene.book(**scene.takeover_terms(ahead=1)))
    scene.decide(campaign, approved=False)
    assert (scene.view(campaign).state, states(scene, campaign)) == ("draft", ["returned"])
    assert scene.available() == before
    [creative] = scene.view(campaign).creatives
    scene.studio.bookings.edit_creative(creative.id, scene.ada, scene.creative(text="Better"))
    scene.submit(campaign)
    assert states(scene, campaign) == ["booked"]
    assert scene.available() == before - DAY
    assert scene.faults() == []


def test_who_cannot_pay_every_day_books_none(scene: Scene) -> None:
    campaign = scene.book(**scene.takeover_terms(days=10, ahead=1))
    with pytest.raises(AdBalanceTooLow):
        scene.submit(campaign)
    assert (states(scene, campaign), scene.view(campaign).held_micro) == ([], 0)
    assert scene.faults() == []


def test_its_price_and_days_are_not_the_advertisers_to_choose(scene: Scene) -> None:
    campaign = scene.book(**scene.takeover_terms(days=2, ahead=1, bid_micro=1, total_micro=1))
    assert (campaign.bid_micro, campaign.budget_micro, campaign.zone) == (DAY, 2 * DAY, "UTC")
    scene.house.database.write(lambda c: set_offers(c, Offers(DAY + 1, 30), "root", 0))
    with pytest.raises(InvalidCampaign, match="costs"):
        scene.submit(campaign)
    edits = scene.studio.bookings
    assert edits.edit(campaign.id, scene.ada, CampaignEdit(name="Now")).bid_micro == DAY + 1
    scene.submit(campaign)
    for edit in (CampaignEdit(category="books"), CampaignEdit(ends_on=campaign.starts_on)):  # type: ignore[arg-type]
        with pytest.raises(InvalidCampaign):
            edits.edit(campaign.id, scene.ada, edit)
    for wrong in (scene.takeover_terms(days=40), {"pricing": "day"}, scene.takeover_terms() | {"pricing": "cpm"}):
        with pytest.raises(InvalidCampaign):
            scene.book(**wrong)
    scene.house.database.write(
        lambda c: c.execute(update(videos).where(videos.c.id == scene.video).values(duration_ms=60_001))
    )
    with pytest.raises(InvalidCampaign):
        scene.book(**scene.takeover_terms())


def test_its_days_cannot_be_moved_to_another_time_zone(scene: Scene) -> None:
    """They would end on a day that is not paid, and that somebody else may have."""
    campaign = scene.book(**scene.takeover_terms(ahead=1))
    edit = CampaignEdit(zone="Pacific/Pago_Pago")
    with pytest.raises(InvalidCampaign):
        scene.studio.bookings.edit(campaign.id, scene.ada, edit)
    scene.submit(campaign)
    with pytest.raises(InvalidCampaign):
        scene.studio.bookings.edit(campaign.id, scene.ada, edit)
    assert scene.view(campaign).ends_at == campaign.ends_at


def test_many_who_book_one_day_at_once_are_one(scene: Scene) -> None:
    drafts = [scene.book(**scene.takeover_terms(ahead=2)) for _ in range(4)]
    done: list[str] = []

    def submit(one: CampaignView) -> None:
        try:
            done.append(scene.submit(one).state)
        except Refusal as refusal:
            done.append(refusal.code)

    threads = [threading.Thread(target=submit, args=(one,)) for one in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == ["day_taken"] * 3 + ["review"]
    assert scene.faults() == []


@pytest.mark.parametrize("seed", range(3))
def test_whatever_happens_each_day_is_held_billed_or_back(scene: Scene, seed: int) -> None:
    """A model: bookings, endings, views and nights in any order. What is not billed is in the balance or held."""
    chance, before = random.Random(seed), scene.available()
    open_: list[CampaignView] = []

    def book() -> None:
        terms = scene.takeover_terms(
            chance.randint(1, 2), chance.randint(0, 1), category=chance.choice(["food", "books"])
        )
        with contextlib.suppress(DayTaken, AdBalanceTooLow):
            open_.append(scene.running(**terms))

    def end() -> None:
        if open_:
            scene.studio.bookings.end(open_.pop(chance.randrange(len(open_))).id, scene.ada)

    def watch() -> None:
        scene.later(2_500)
        for ad in scene.ads(scene.visitor(f"~{chance.random()}"), opening=True):
            if ad.ad.format == "takeover":
                scene.see(ad, after_ms=chance.choice((1_900, 2_500, 130_000)))

    def night() -> None:
        scene.later(DAY_MS)
        scene.studio.lifecycle.tick()
        open_[:] = [one for one in open_ if scene.view(one).state not in ("ended", "settled")]

    made: list[CampaignView] = []
    for _ in range(14):
        count = len(open_)
        chance.choice([book, book, end, watch, watch, night])()
        made += open_[count:]
    scene.bill()
    days = [(one.state, one.price_micro) for campaign in made for one in scene.view(campaign).days]
    billed = sum(price for state, price in days if state == "billed")
    booked = sum(price for state, price in days if state == "booked")
    views = [scene.view(one) for one in made]
    assert sum(one.spent_micro for one in views) == billed
    assert sum(one.held_micro for one in views) == booked
    assert scene.available() == before - billed - booked
    assert scene.faults() == []
