"""A landing page that is not the reviewed one any more takes its ad back to a reviewer, with the reason."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from sqlalchemy import Connection, select

from people.inbox.notices import Notice
from tests.vod.ads.campaigns.conftest import Agency
from tests.vod.ads.landing.site import HTML, Site
from vod.ads.campaigns.bookings import CampaignView
from vod.ads.campaigns.notices import AdNotices
from vod.ads.campaigns.tables import ad_landings
from vod.ads.landing.checks import AGAIN_MS, DOUBT_MS, STRIKES, LandingChecks
from vod.ads.landing.fetching import fetch
from vod.ads.landing.page import Finding

OTHER = "<title>Win</title><p>You have won a phone. Enter your card number and the code on its back to receive it now."


class Told:
    """An inbox that remembers."""

    def __init__(self) -> None:
        self.notices: list[Notice] = []

    def tell(self, connection: Connection, notices: list[Notice]) -> None:
        self.notices += notices


class Desk:
    def __init__(self, agency: Agency, site: Site) -> None:
        self.agency, self.site, self.told = agency, site, Told()
        house, studio = agency.house, agency.studio
        self.checks = LandingChecks(
            house.database, house.time, studio.bookings._creatives, studio.lifecycle,
            AdNotices(self.told),  # type: ignore[arg-type]
            lambda url: fetch(url, site.look_up), random.Random(1),
        )  # fmt: skip
        self.campaign = agency.running(creatives=[agency.creative(url="https://bakery.example/")])
        self.checks.run()
        assert len(site.asked) == 1

    def look(self, ms: int = AGAIN_MS[1]) -> CampaignView:
        """Look as soon as it is due."""
        self.agency.house.time.leap_ms += ms
        self.checks.run()
        return self.agency.view(self.campaign)


@pytest.fixture
def desk(agency: Agency, site: Site) -> Desk:
    return Desk(agency, site)


def _gone(site: Site) -> None:
    site.answers["/"] = (404, "")


def _changed(site: Site) -> None:
    site.answers["/"] = OTHER


def _elsewhere(site: Site) -> None:
    site.answers["/"] = (302, "https://evil.example/offer")
    site.answers["/offer"] = HTML


def _inside(site: Site) -> None:
    site.answers["/"] = (302, "https://169.254.169.254/latest/meta-data")


@pytest.mark.parametrize(
    ("spoil", "finding"),
    [(_gone, "gone"), (_changed, "changed"), (_elsewhere, "elsewhere"), (_inside, "unsafe")],
)
def test_another_page_is_reviewed_again_with_the_reason(
    desk: Desk, spoil: Callable[[Site], None], finding: Finding
) -> None:
    spoil(desk.site)
    for _ in range(STRIKES[finding] - 1):
        assert desk.look().state == "running", "once may be an accident"
    view = desk.look()
    [creative] = view.creatives
    assert (view.state, creative.state, creative.finding) == ("review", "waiting", finding)
    assert desk.agency.shown() == []
    [waiting] = desk.agency.house.database.read(lambda c: desk.agency.studio.review.queue(c, "", 10)).items
    assert waiting.creative.finding == finding
    [notice] = desk.told.notices
    assert (notice.person, notice.kind, notice.subject) == (desk.agency.ada.id, "ad", view.id)
    assert notice.text == f"again {finding}"
    asked = len(desk.site.asked)
    desk.look()
    assert len(desk.site.asked) == asked, "a person looks now"


def test_what_a_reviewer_has_approved_is_the_page_from_then_on(desk: Desk) -> None:
    _changed(desk.site)
    desk.look()
    assert desk.look().state == "review"
    view = desk.agency.decide(desk.campaign)
    assert (view.state, view.creatives[0].finding) == ("running", "")
    for _ in range(3):
        assert desk.look().state == "running"


def test_a_page_that_comes_back_is_the_same_one(desk: Desk) -> None:
    for _ in range(5):
        _gone(desk.site)
        desk.look()
        desk.site.answers["/"] = HTML.replace("noon", "two o’clock on 30 November")
        assert desk.look().state == "running"
    assert desk.told.notices == []


def test_looks_come_at_times_nobody_can_foresee(desk: Desk) -> None:
    times = set[int]()
    for _ in range(6):
        due = desk.agency.house.database.read(lambda c: c.execute(select(ad_landings.c.due_at)).scalar_one())
        ahead = due - desk.agency.house.time()
        assert AGAIN_MS[0] - 60_000 <= ahead <= AGAIN_MS[1]
        times.add(ahead)
        asked = len(desk.site.asked)
        desk.look(DOUBT_MS[0])
        assert len(desk.site.asked) == asked, "not yet"
        desk.look()
    assert len(times) == 6


def test_a_changed_creative_and_house_ads_are_not_compared_with_what_was(desk: Desk) -> None:
    _changed(desk.site)
    desk.look()
    [creative] = desk.agency.view(desk.campaign).creatives
    desk.agency.studio.bookings.edit_creative(
        creative.id, desk.agency.ada, desk.agency.creative(url="https://bakery.example/", text="You have won")
    )
    assert desk.agency.view(desk.campaign).state == "review", "a bait that is changed is looked at by a person"
    assert desk.agency.decide(desk.campaign).state == "running"
    assert desk.look().state == "running"
    account = desk.agency.open_account(desk.agency.root, name="House", house=True)
    video = desk.agency.house.show(desk.agency.root)
    made = desk.agency.book(
        desk.agency.root, advertiser=account.id,
        creatives=[desk.agency.creative(video=video, url="https://nowhere.example/")],
    )  # fmt: skip
    desk.agency.studio.bookings.submit(made.id, desk.agency.root)
    asked = len(desk.site.asked)
    desk.look()
    assert all("nowhere" not in one for one in desk.site.asked[asked:])
