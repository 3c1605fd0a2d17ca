"""Opens the showing of ads: this process's node, events, billing, the library, and their routes and schedules."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import Connection

from core.core import Core
from core.http import Operation
from core.part import Run
from money.ads import AdBudgets
from vod.ads.billing.billing import POST_EVERY_S, Billing
from vod.ads.campaigns.campaign import Campaigns
from vod.ads.campaigns.categories import allowed_categories
from vod.ads.conversions.conversions import Conversions
from vod.ads.conversions.follows import FollowConversions
from vod.ads.events.events import AdEvents
from vod.ads.events.invalid import SEES, Kind
from vod.ads.events.routes import AdEventRoutes
from vod.ads.library import FORGET_EVERY_S, AdLibrary, LibraryRoutes
from vod.ads.retention import forget_serves
from vod.ads.serving.feed_ads import CountryOf, FeedAds, VideosById
from vod.ads.serving.node import AdNode
from vod.ads.serving.signing import Signatures
from vod.ads.serving.slices import Slices
from vod.ads.serving.upkeep import Upkeep
from vod.ads.serving.why import AdReasons, Explain


@dataclass(frozen=True, slots=True)
class OpenAds:
    core: Core
    node: AdNode
    slices: Slices
    upkeep: Upkeep
    signatures: Signatures
    events: AdEvents
    billing: Billing
    library: AdLibrary
    conversions: Conversions
    follows: FollowConversions
    country_of: CountryOf

    def in_feed(self, videos: VideosById) -> FeedAds:
        core = self.core
        return FeedAds(core.database, core.clock, self.node, self.slices, self.signatures, videos, self.country_of)

    @property
    def explain(self) -> Explain:
        return AdReasons(self.signatures).explain

    @property
    def operations(self) -> Sequence[Operation]:
        return [*AdEventRoutes(self.events).operations(), *LibraryRoutes(self.library).operations()]

    @property
    def tasks(self) -> Mapping[str, Run]:
        return {"ads": self.upkeep.run}

    @property
    def schedules(self) -> Mapping[str, tuple[float, Callable[[], object]]]:
        """What one process of the deployment does, and how often."""
        database, clock = self.core.database, self.core.clock
        return {
            "vod.bill_ads": (POST_EVERY_S, self.billing.run),
            "vod.forget_ads": (FORGET_EVERY_S, self.library.forget_old),
            "vod.forget_serves": (FORGET_EVERY_S, lambda: forget_serves(database, clock())),
        }

    def metrics(self) -> Sequence[Metric]:
        held = self.node.holds.held_micro
        return [GaugeMetricFamily("cadeau_ads_held_micro", "Held for ads that were just shown, millionths.", held)]


def nowhere(_: Connection, __: str) -> str:
    """Nobody has told a country."""
    return ""


def open_ads(core: Core, budgets: AdBudgets, country_of: CountryOf = nowhere) -> OpenAds:
    """`country_of` asks `people`."""
    database, clock = core.database, core.clock
    node, slices = AdNode(), Slices(budgets)
    campaigns = Campaigns(clock, allowed_categories)
    signatures = Signatures(database)

    def noted(viewer: str, serve: str, campaign: str, kind: Kind) -> None:
        if kind in SEES:
            node.viewed(viewer, serve)
        elif kind in ("hide", "report"):
            node.hidden(viewer, campaign)

    return OpenAds(
        core=core, node=node, slices=slices, upkeep=Upkeep(database, clock, campaigns.running, slices, node),
        signatures=signatures, events=AdEvents(database, clock, signatures, noted),
        billing=Billing(database, clock, budgets), library=AdLibrary(database, clock),
        conversions=Conversions(database, clock, signatures), follows=FollowConversions(database, clock),
        country_of=country_of,
    )  # fmt: skip
