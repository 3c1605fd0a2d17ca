"""A campaign of each format, a sponsored effect, and the platform's own ad: approved and running, each made once."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta

from msgspec.structs import replace
from sqlalchemy import Connection

from cadeau.app import Cadeau
from cadeau.demo.effects import offer_effect
from cadeau.demo.videos import identity
from core.identity import Identity, Person
from vod.ads.campaigns.advertisers import Account
from vod.ads.campaigns.booking import Action, NewCampaign, NewCreative
from vod.ads.campaigns.bookings import CampaignView
from vod.ads.campaigns.campaign import AdFormat, Caps, Targets
from vod.ads.campaigns.categories import Category
from vod.ads.campaigns.dates import today
from vod.ads.campaigns.floors import Offers, offers, set_offers
from vod.ads.campaigns.review import Verdict
from vod.ads.promoted.consents import NewConsent
from vod.catalogue.videos import Video

ZONE = "Europe/Paris"
DAYS = 90
PAID_MINOR = 10_000
TOTAL_MICRO = 100_000_000
BID_MICRO = 8_000_000
TAKEOVER_DAYS = 20
TAKEOVER_DAY_MICRO = 5_000_000  # so that a hundred euros buy all of them


@dataclass(frozen=True, slots=True)
class Sponsor:
    """Who advertises with which video of which maker. A promoted post's `owner` is somebody else than its maker."""

    name: str
    maker: str
    caption: str  # how its video's begins
    url: str
    text: str
    action: Action
    category: Category
    house: bool = False
    format: AdFormat = "in_feed"
    owner: str = ""

    @property
    def member(self) -> str:
        return self.owner or self.maker


SPONSORS = (
    Sponsor(
        "Boulangerie du Port", "sofia", "Put the phone against the wall", "https://boulangerie.example/",
        "Bread from a wood oven, every morning from seven", "visit", "food",
    ),
    Sponsor(
        "Cadeau", "lumiere", "Tonight's sky", "https://cadeau.example/", "Go live yourself: it takes a minute",
        "learn_more", "apps", house=True,
    ),
    Sponsor(
        "Cycles du Col", "theo.rides", "5 h 40, col du Galibier", "https://cycles.example/",
        "Théo rides our bikes. Try one for a day", "book", "sports", format="promoted", owner="marin",
    ),
    Sponsor(
        "Planétarium de Brest", "amina", "If Saturn had picked", "https://planetarium.example/",
        "The rings of Saturn over your head, from Friday on", "book", "events", format="takeover",
    ),
)  # fmt: skip


class DemoCampaigns:
    """Through the same functions as everybody: booked, paid in the sandbox, reviewed by somebody else."""

    def __init__(self, cadeau: Cadeau, people: dict[str, Person], reviewer: Person) -> None:
        self._cadeau = cadeau
        self._studio = cadeau.vod.studio
        self._people = people
        self._reviewer = Identity(reviewer.id, reviewer.handle, reviewer.name, "moderator", True)

    def offer(self, video: Video) -> None:
        """A video of the demo is ready: whoever advertises with it books. Blocks."""
        for sponsor in SPONSORS:
            if video.by.handle == sponsor.maker and video.caption.startswith(sponsor.caption):
                self._book(sponsor, video)

    def _book(self, sponsor: Sponsor, video: Video) -> None:
        owner = identity(self._people[sponsor.member])
        if sponsor.house:
            owner = Identity(owner.id, owner.handle, owner.name, "admin", True)
        accounts = self._cadeau.core.database.read(lambda c: self._studio.advertisers.of(c, owner))
        if any(account.name == sponsor.name for account in accounts):
            return
        account = self._account(sponsor, owner)
        campaign = self._studio.bookings.create(owner, self._booked(sponsor, account, video))
        self._approve(owner, self._studio.bookings.submit(campaign.id, owner))
        if sponsor is SPONSORS[0]:  # "Fresh bread"
            offer_effect(self._cadeau, owner, account, self._reviewer)

    def _account(self, sponsor: Sponsor, owner: Identity) -> Account:
        advertisers = self._studio.advertisers
        account = advertisers.create(owner, name=sponsor.name, payer=None, country="FR", zone=ZONE, house=sponsor.house)
        if not sponsor.house:
            advertisers.decide(account.id, self._reviewer, name=account.name, payer=None, verified=True, reason="")
            paid = self._cadeau.money.purchases.pay_in(owner.id, account.id, PAID_MINOR, f"demo:{account.id}")
            asyncio.run(paid)
        return account

    def _booked(self, sponsor: Sponsor, account: Account, video: Video) -> NewCampaign:
        terms = self._terms(sponsor, account, video)
        if sponsor.format == "promoted":
            until = terms.starts_on + timedelta(days=DAYS)
            share = self._cadeau.core.database.read(offers).creator_share_percent
            asked = NewConsent(video.id, until, share, sponsor.name)
            consent = self._studio.consents.give(identity(self._people[sponsor.maker]), asked)
            return replace(terms, format="promoted", consent=consent.code)
        if sponsor.format == "takeover":
            self._cadeau.core.database.write(self._make_cheap)
            begins = today("UTC", self._cadeau.core.clock())
            ends = begins + timedelta(days=TAKEOVER_DAYS - 1)
            return replace(terms, format="takeover", pricing="day", starts_on=begins, ends_on=ends)
        return terms

    def _make_cheap(self, connection: Connection) -> None:
        share = offers(connection).creator_share_percent
        set_offers(connection, Offers(TAKEOVER_DAY_MICRO, share), self._reviewer.id, self._cadeau.core.clock())

    def _terms(self, sponsor: Sponsor, account: Account, video: Video) -> NewCampaign:
        begins = today(ZONE, self._cadeau.core.clock())
        return NewCampaign(
            advertiser=account.id, name=sponsor.text[:40], category=sponsor.category, objective="views",
            pricing="cpm", bid_micro=BID_MICRO, total_micro=TOTAL_MICRO, starts_on=begins,
            ends_on=begins + timedelta(days=DAYS), caps=Caps(20, None),
            creatives=[NewCreative(video.id, sponsor.url, sponsor.text, sponsor.action)],
            targets=Targets(zones=("feed", "live") if sponsor.format == "in_feed" else ("feed",)),
        )  # fmt: skip

    def _approve(self, owner: Identity, campaign: CampaignView) -> None:
        reviewer = owner if campaign.tier == "house" else self._reviewer
        for creative in campaign.creatives:
            self._studio.review.decide(creative.id, reviewer, Verdict(True, creative.revision))
