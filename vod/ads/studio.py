"""Opens what advertisers and reviewers use: accounts, campaigns, reviews, money."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from core.core import Core
from core.http import Operation
from core.jobs import Job, JobKind, Lane, Schedule
from money.part import Money
from money.vat.terms import seller_of
from people.inbox.notices import SILENCE, Notifies
from vod.ads.campaigns.advertisers import Advertisers, Brief, ByHandle
from vod.ads.campaigns.bookings import Bookings
from vod.ads.campaigns.campaign import Campaigns
from vod.ads.campaigns.categories import allowed_categories
from vod.ads.campaigns.creatives import Creatives
from vod.ads.campaigns.figures import Figures, FiguresOf
from vod.ads.campaigns.lifecycle import TICK_EVERY_S, Lifecycle
from vod.ads.campaigns.notices import AdNotices
from vod.ads.campaigns.review import Review
from vod.ads.campaigns.routes.admin import AdAdminRoutes
from vod.ads.campaigns.routes.advertisers import AdvertiserRoutes
from vod.ads.campaigns.routes.campaigns import CampaignRoutes
from vod.ads.campaigns.routes.documents import DocumentRoutes
from vod.ads.conversions.conversions import Conversions
from vod.ads.conversions.routes import ConversionRoutes
from vod.ads.conversions.secrets import ConversionSecrets
from vod.ads.landing.checks import LOOK_EVERY_S, LandingChecks
from vod.ads.promoted.consents import Consents
from vod.ads.promoted.routes import ConsentRoutes
from vod.ads.promoted.sources import VideoSources
from vod.ads.results.routes import ForecastRoutes, ResultRoutes
from vod.ads.takeover.days import TakeoverDays
from vod.ads.takeover.routes import TakeoverRoutes


def no_figures(_: Connection, __: Collection[str]) -> Mapping[str, Figures]:
    """Before anything was shown."""
    return {}


@dataclass(frozen=True, slots=True)
class Studio:
    advertisers: Advertisers
    bookings: Bookings
    campaigns: Campaigns
    lifecycle: Lifecycle
    review: Review
    consents: Consents
    operations: Sequence[Operation]
    schedules: Sequence[Schedule]


def open_studio(
    core: Core, money: Money, brief: Brief, by_handle: ByHandle, conversions: Conversions,
    figures: FiguresOf = no_figures, inbox: Notifies = SILENCE,
) -> Studio:  # fmt: skip
    database, clock = core.database, core.clock
    notices = AdNotices(inbox)
    advertisers = Advertisers(database, clock, brief, by_handle, notices)
    money.purchases.outcomes.listen(advertisers.disputed)
    documents = money.receipts.ads
    documents.name_buyers(advertisers.buyer)
    creatives = Creatives(clock)
    days, consents = TakeoverDays(clock, money.ad_budgets), Consents(database, clock)
    lifecycle = Lifecycle(database, clock, creatives, money.ad_budgets, days)
    sources = VideoSources(advertisers, consents)
    bookings = Bookings(
        database, clock, advertisers, creatives, lifecycle, money.ad_budgets, figures, sources, days
    )  # fmt: skip
    review = Review(database, clock, advertisers, creatives, lifecycle, notices)
    landing = LandingChecks(database, clock, creatives, lifecycle, notices)

    def tick(_: Job) -> None:
        lifecycle.tick()

    def look(_: Job) -> None:
        landing.run()

    return Studio(
        advertisers, bookings, Campaigns(clock, allowed_categories), lifecycle, review, consents,
        [
            *AdvertiserRoutes(
                database, clock, advertisers, money.purchases, money.receipts.ad_vat
            ).operations(),
            *DocumentRoutes(database, clock, advertisers, documents, seller_of(core.settings), money.pdfs).operations(),
            *CampaignRoutes(database, bookings).operations(),
            *ConversionRoutes(
                database, ConversionSecrets(database, clock, advertisers), conversions
            ).operations(),
            *ForecastRoutes(database, clock).operations(),
            *ResultRoutes(database, clock, bookings).operations(),
            *ConsentRoutes(database, clock, consents, advertisers, brief).operations(),
            *TakeoverRoutes(database, clock).operations(),
            *AdAdminRoutes(database, clock, advertisers, review).operations(),
        ],
        [
            Schedule("ads.campaigns", TICK_EVERY_S, JobKind(tick, Lane.TRUST)),
            Schedule("ads.landing_pages", LOOK_EVERY_S, JobKind(look, Lane.TRUST)),
        ],
    )  # fmt: skip
