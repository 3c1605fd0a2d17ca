"""A challenge promoted in the feed: its ads say what it is, lead to its page, and stop when it is over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from core.errors import Refusal
from money.tables import coin_rates
from people.inbox.notices import SILENCE
from tests.vod.ads.scene import EURO, Scene
from tests.vod.conftest import House
from vod.ads.campaigns.bookings import CampaignView
from vod.ads.campaigns.campaign import Targets
from vod.ads.campaigns.creatives import Creatives
from vod.ads.campaigns.dates import today
from vod.ads.campaigns.notices import AdNotices
from vod.ads.campaigns.review import Verdict
from vod.ads.challenges.terms import NewChallenge
from vod.ads.challenges.views import OwnChallenge
from vod.ads.events.events import Claim
from vod.ads.landing.checks import LandingChecks
from vod.ads.landing.page import Page
from vod.ads.results.results import results
from vod.ads.tables import ad_conversion_secrets, ad_library, ad_serves
from vod.errors import ChallengeNotFound, InvalidCampaign
from vod.feed.feed import FeedAd

DAY_MS = 86_400_000
ZONE = "Europe/Paris"


class Promoting(Scene):
    """The bakery runs a challenge."""

    def __init__(self, house: House) -> None:
        super().__init__(house)
        rate = {"currency": "EUR", "valid_from": 0, "per_thousand": 460, "by": "root"}
        house.database.write(lambda c: c.execute(insert(coin_rates).values(rate)))
        self.challenge = self.approved(self.draft())

    def draft(self, tag: str = "bestbread", days: int = 5, ahead: int = 0) -> OwnChallenge:
        begins = today(ZONE, self.house.time()) + timedelta(days=ahead)
        asked = NewChallenge(
            self.bakery.id, tag, "Your best bread", "Show it.", "food", 100 * EURO, begins,
            begins + timedelta(days=days - 1),
        )  # fmt: skip
        return self.house.vod.challenges.challenges.create(self.ada, asked)

    def approved(self, challenge: OwnChallenge) -> OwnChallenge:
        opened = self.house.vod.challenges
        booked = opened.challenges.submit(challenge.id, self.ada)
        return opened.review.decide(challenge.id, self.eve, Verdict(True, booked.revision))

    def wanted(self, **terms: Any) -> dict[str, Any]:
        creatives = [self.creative(url="")]
        return {"challenge": self.challenge.id, "creatives": creatives} | terms

    def promotion(self, **terms: Any) -> CampaignView:
        """It runs, and the node knows."""
        campaign = self.running(**self.wanted(**terms))
        self.warm()
        return campaign

    def click(self, ad: FeedAd) -> None:
        ads = self.house.vod.ads
        serve, now = ads.signatures.serve(ad.impression), self.house.time()
        assert serve is not None
        claim = Claim(serve, "click", now, None, serve, program=False)
        self.house.database.write(lambda c: ads.events.apply(c, [claim]))


@pytest.fixture
def scene(house: House) -> Promoting:
    return Promoting(house)


def test_an_ad_names_the_challenge_its_prize_and_its_end_and_leads_to_its_page(scene: Promoting) -> None:
    campaign = scene.promotion()
    [ad, *_] = scene.ads(scene.visitor())
    assert ad.ad.challenge is not None
    assert (ad.ad.challenge.id, ad.ad.challenge.title) == (scene.challenge.id, "Your best bread")
    assert (ad.ad.challenge.prize_micro, ad.ad.challenge.ends_at) == (100 * EURO, scene.challenge.ends_at)
    assert (ad.ad.label, ad.ad.sponsor, ad.ad.format) == ("Ad", "Corner Bakery", "in_feed")
    assert ad.ad.landing == f"/challenges/{scene.challenge.id}"
    scene.see(ad)
    scene.bill()
    seen = scene.view(campaign)
    assert seen.spent_micro > 0
    assert seen.challenge is not None
    assert seen.challenge.state == "running"
    listed = scene.house.database.read(lambda c: c.execute(select(ad_library.c.landing)).scalars().all())
    assert set(listed) == {ad.ad.landing}
    assert scene.faults() == []


def test_visits_to_the_challenge_are_counted_and_billed_as_clicks(scene: Promoting) -> None:
    campaign = scene.promotion(pricing="cpc", objective="clicks", bid_micro=EURO)
    [ad, *_] = scene.ads(scene.visitor())
    scene.see(ad)
    scene.click(ad)
    scene.click(ad)
    scene.bill()
    found = scene.house.database.read(lambda c: results(c, campaign.id, scene.house.time()))
    assert [day.clicks for day in found.days] == [1]
    assert scene.view(campaign).spent_micro > 0
    assert scene.faults() == []


def test_no_click_id_is_added_to_a_page_of_this_site(scene: Promoting) -> None:
    row = {"advertiser": scene.bakery.id, "digest": b"x", "by": scene.ada.id, "at": 0}
    scene.house.database.write(lambda c: c.execute(insert(ad_conversion_secrets).values(row)))
    scene.promotion()
    [ad, *_] = scene.ads(scene.visitor())
    assert ad.ad.landing == f"/challenges/{scene.challenge.id}"


def test_nothing_is_shown_from_the_end_of_the_challenge_on(scene: Promoting) -> None:
    campaign = scene.promotion(caps={"day": None, "total": None})
    ends = scene.challenge.ends_at
    scene.later(ends - scene.house.time() - 20_000)
    scene.warm()
    shown = scene.ads(scene.visitor("~before"))
    assert shown
    assert {ad.ad.expires_at for ad in shown} == {ends}, "not on a page that was loaded before, either"
    scene.house.time.leap_ms += ends - scene.house.time()  # no node has heard of it
    assert scene.ads(scene.visitor("~after")) == []
    scene.warm()
    assert scene.ads(scene.visitor("~later")) == []
    scene.studio.lifecycle.tick()
    assert scene.view(campaign).state == "ended"
    scene.later(180_000)
    scene.house.vod.ads.billing.run()
    assert scene.view(campaign).held_micro == 0
    expired = select(ad_serves.c.id).where(ad_serves.c.expires_at > ends)
    assert scene.house.database.read(lambda c: c.execute(expired).first()) is None


def test_nothing_is_shown_once_the_challenge_is_stopped(scene: Promoting) -> None:
    campaign = scene.promotion()
    assert scene.ads(scene.visitor("~before"))
    scene.house.vod.challenges.review.stop(scene.challenge.id, scene.root, "Unsafe.")
    assert scene.ads(scene.visitor("~after")) == [], "at once: the node has not heard of it"
    scene.studio.lifecycle.tick()
    assert scene.view(campaign).state == "ended"


def test_a_challenge_that_its_own_review_has_not_passed_is_not_shown(scene: Promoting) -> None:
    waiting = scene.house.vod.challenges.challenges.submit(scene.draft("cake").id, scene.ada)
    campaign = scene.promotion(challenge=waiting.id)
    assert scene.ads(scene.visitor()) == []
    scene.house.vod.challenges.review.decide(waiting.id, scene.eve, Verdict(True, waiting.revision))
    scene.warm()
    assert [ad.ad.challenge.id for ad in scene.ads(scene.visitor()) if ad.ad.challenge] == [waiting.id]
    assert scene.view(campaign).state == "running"


def test_a_creators_post_promotes_a_challenge_only_while_they_consent(scene: Promoting) -> None:
    consent = scene.consent()
    creatives = [scene.creative(video=scene.post, url="")]
    scene.promotion(format="promoted", consent=consent.code, creatives=creatives)
    [ad, *_] = scene.ads(scene.visitor("~before"))
    assert (ad.ad.format, ad.video.by.id, ad.ad.challenge is not None) == ("promoted", scene.creator.id, True)
    scene.consents.revoke(scene.creator, consent.code)
    assert scene.ads(scene.visitor("~after")) == []


def test_what_cannot_promote_a_challenge_is_refused(scene: Promoting) -> None:
    far = today(ZONE, scene.house.time()) + timedelta(days=30)
    for terms in (
        {"creatives": [scene.creative()]},
        {"creatives": [scene.creative(url="/challenges/other")]},
        {"targets": Targets(zones=("feed", "live"))},
        {"objective": "conversions"},
        {"challenge": scene.draft("cake").id},
        {"starts_on": far, "ends_on": far},
        scene.takeover_terms(),
    ):  # fmt: skip
        with pytest.raises(InvalidCampaign):
            scene.book(**scene.wanted(**terms))
    other = scene.open_account(scene.bob, name="Butcher")
    with pytest.raises(ChallengeNotFound):
        scene.book(scene.bob, **scene.wanted(advertiser=other.id, creatives=[]))
    with pytest.raises(ChallengeNotFound):
        scene.book(**scene.wanted(challenge="nothing"))
    campaign = scene.book(**scene.wanted())
    scene.house.vod.challenges.review.stop(scene.challenge.id, scene.root, "Unsafe.")
    with pytest.raises(Refusal):
        scene.submit(campaign)


def test_the_page_of_a_challenge_is_not_fetched_as_a_landing_page(scene: Promoting) -> None:
    scene.promotion()
    asked: list[str] = []

    def fetch(url: str) -> Page:
        asked.append(url)
        raise AssertionError

    house, studio = scene.house, scene.studio
    notices = AdNotices(SILENCE)
    LandingChecks(
        house.database, house.time, Creatives(house.time), studio.lifecycle, notices, fetch
    ).run()  # fmt: skip
    assert asked == []
