"""An agency: advertisers, their members, a reviewer and an admin, over the real domain."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from core.identity import Identity
from tests.vod.conftest import House
from vod.ads.campaigns.advertisers import Account, Role
from vod.ads.campaigns.booking import NewCampaign, NewCreative
from vod.ads.campaigns.bookings import CampaignView
from vod.ads.campaigns.creatives import CreativeView
from vod.ads.campaigns.dates import today
from vod.ads.campaigns.review import Verdict
from vod.ads.studio import Studio

ZONE = "Europe/Paris"
EURO = 1_000_000


class Agency:
    """`ada` owns the bakery, `eve` reviews, `root` is an admin, `bob` is an outsider."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.ada, self.bob = house.person(), house.person()
        self.eve = house.person(moderates=True)
        self.root = as_admin(house.person())
        self.bakery = self.open_account()
        self.video = house.show(self.ada)

    @property
    def studio(self) -> Studio:
        return self.house.vod.studio

    def open_account(self, who: Identity | None = None, **terms: Any) -> Account:
        values = {"name": "Corner Bakery", "payer": None, "country": "FR", "zone": ZONE} | terms
        return self.studio.advertisers.create(who or self.ada, **values)

    def join(self, who: Identity, role: Role) -> None:
        """Invite somebody, who agrees; or change their role."""
        members = self.studio.advertisers.set_member(self.bakery.id, self.ada, who.handle, role)
        if any(one.invited and one.person.id == who.id for one in members):
            self.studio.advertisers.accept(self.bakery.id, who)

    def verify(self, account: Account | None = None) -> None:
        one = account or self.bakery
        self.studio.advertisers.decide(one.id, self.eve, name=one.name, payer=one.payer, verified=True, reason="")

    def pay_in(self, euros: int) -> None:
        key = f"{euros} {self.house.time()}"
        asyncio.run(self.house.money.purchases.pay_in(self.ada.id, self.bakery.id, euros * 100, key))

    def terms(self, **terms: Any) -> NewCampaign:
        """A campaign of ten days from today with one creative, except for what is passed."""
        begins = today(ZONE, self.house.time())
        values: dict[str, Any] = {
            "advertiser": self.bakery.id, "name": "Opening", "category": "food", "objective": "views", "pricing": "cpm",
            "bid_micro": 8 * EURO, "total_micro": 100 * EURO, "starts_on": begins,
            "ends_on": begins + timedelta(days=9), "creatives": [self.creative()],
        } | terms  # fmt: skip
        return NewCampaign(**values)

    def creative(self, **values: Any) -> NewCreative:
        shown = {"video": self.video, "url": "https://bakery.example/bread", "text": "Fresh every morning"}
        return NewCreative(**(shown | values))

    def book(self, who: Identity | None = None, **terms: Any) -> CampaignView:
        return self.studio.bookings.create(who or self.ada, self.terms(**terms))

    def submit(self, campaign: CampaignView) -> CampaignView:
        return self.studio.bookings.submit(campaign.id, self.ada)

    def decide(self, campaign: CampaignView, *, approved: bool = True, **verdict: Any) -> CampaignView:
        """Decide every creative of a campaign that waits."""
        for one in self.view(campaign).creatives:
            if one.state == "waiting":
                reasons: list[Any] = [] if approved else ["misleading"]
                values = {"approved": approved, "revision": one.revision, "reasons": reasons} | verdict
                self.studio.review.decide(one.id, self.eve, msgspec.convert(values, Verdict))
        return self.view(campaign)

    def decide_by(self, who: Identity, creative: CreativeView) -> None:
        self.studio.review.decide(creative.id, who, Verdict(True, creative.revision))

    def running(self, **terms: Any) -> CampaignView:
        """A campaign that has been reviewed, and whose advertiser is verified."""
        if self.account().state != "verified":
            self.verify()
        campaign = self.book(**terms)
        self.submit(campaign)
        return self.decide(campaign)

    def account(self) -> Account:
        return self.house.database.read(lambda c: self.studio.advertisers.check(c, self.bakery.id, self.ada))

    def view(self, campaign: CampaignView) -> CampaignView:
        return self.house.database.read(lambda c: self.studio.bookings.view(c, campaign.id, self.ada))

    def shown(self) -> list[str]:
        """The campaigns that may be shown."""
        return [one.id for one in self.house.database.read(self.studio.campaigns.running)]


def as_admin(person: Identity) -> Identity:
    return Identity(person.id, person.handle, person.name, "admin", True)


@pytest.fixture
def agency(house: House) -> Agency:
    return Agency(house)
