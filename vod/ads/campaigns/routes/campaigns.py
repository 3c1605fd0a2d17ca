"""Campaigns over HTTP, for their advertisers."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

from core.database import Database
from core.http import Call, Operation, Page, Paging
from core.limits import Rate
from money.ads.top_ups import TOP_UP_MINOR_MIN
from vod.ads.campaigns.booking import (
    CREATIVES_MAX,
    DAY_MICRO_MIN,
    TOTAL_MICRO_MIN,
    CampaignEdit,
    NewCampaign,
    NewCreative,
)
from vod.ads.campaigns.bookings import Bookings, CampaignView
from vod.ads.campaigns.floors import BID_MICRO_MAX
from vod.ads.campaigns.routes.admin import AdSettings, ad_settings

BOOKING_RATE = Rate(60, 3_600)


class CampaignsQuery(Paging, forbid_unknown_fields=True, kw_only=True):
    advertiser: Annotated[str, Meta(max_length=64)]


class AdTerms(msgspec.Struct):
    """What can be booked here. Money is in millionths of the currency."""

    settings: AdSettings
    total_micro_min: int = TOTAL_MICRO_MIN
    day_micro_min: int = DAY_MICRO_MIN
    bid_micro_max: int = BID_MICRO_MAX
    top_up_minor_min: int = TOP_UP_MINOR_MIN
    creatives_max: int = CREATIVES_MAX


class CampaignRoutes:
    def __init__(self, database: Database, bookings: Bookings) -> None:
        self._database = database
        self._bookings = bookings

    def operations(self) -> list[Operation]:
        every, one = "/api/ads/campaigns", "/api/ads/campaigns/{campaign}"
        creative = "/api/ads/creatives/{creative}"
        return [
            Operation("GET", "/api/ads/terms", self.terms),
            Operation("GET", every, self.list),
            Operation("POST", every, self.create, status=201, rate=BOOKING_RATE),
            Operation("GET", one, self.show),
            Operation("PATCH", one, self.edit),
            Operation("POST", f"{one}/submit", self.submit),
            Operation("POST", f"{one}/pause", self.pause),
            Operation("POST", f"{one}/resume", self.resume),
            Operation("POST", f"{one}/end", self.end),
            Operation("POST", f"{one}/creatives", self.add_creative, status=201),
            Operation("PUT", creative, self.edit_creative),
            Operation("DELETE", creative, self.remove_creative),
        ]

    def terms(self) -> AdTerms:
        """What can be booked here, and from which price on."""
        return AdTerms(self._database.read(ad_settings))

    def list(self, call: Call, query: CampaignsQuery) -> Page[CampaignView]:
        """List the campaigns of an advertiser of yours, newest first."""
        return self._database.read(
            lambda c: self._bookings.page(c, query.advertiser, call.identity, query.cursor, query.limit)
        )

    def create(self, call: Call, body: NewCampaign) -> CampaignView:
        """Draft a campaign, as an owner or editor."""
        return self._bookings.create(call.identity, body)

    def show(self, call: Call, campaign: str) -> CampaignView:
        """Get a campaign of an advertiser of yours."""
        return self._database.read(lambda c: self._bookings.view(c, campaign, call.identity))

    def edit(self, call: Call, campaign: str, body: CampaignEdit) -> CampaignView:
        """Change a campaign. Another category or objective is reviewed again."""
        return self._bookings.edit(campaign, call.identity, body)

    def submit(self, call: Call, campaign: str) -> CampaignView:
        """Ask for a campaign to be reviewed."""
        return self._bookings.submit(campaign, call.identity)

    def pause(self, call: Call, campaign: str) -> CampaignView:
        """Pause a campaign."""
        return self._bookings.pause(campaign, call.identity)

    def resume(self, call: Call, campaign: str) -> CampaignView:
        """Let a paused campaign go on."""
        return self._bookings.resume(campaign, call.identity)

    def end(self, call: Call, campaign: str) -> CampaignView:
        """End a campaign for good."""
        return self._bookings.end(campaign, call.identity)

    def add_creative(self, call: Call, campaign: str, body: NewCreative) -> CampaignView:
        """Add a creative to a campaign."""
        return self._bookings.add_creative(campaign, call.identity, body)

    def edit_creative(self, call: Call, creative: str, body: NewCreative) -> CampaignView:
        """Change a creative, which is reviewed again."""
        return self._bookings.edit_creative(creative, call.identity, body)

    def remove_creative(self, call: Call, creative: str) -> CampaignView:
        """Remove a creative from its campaign."""
        return self._bookings.remove_creative(creative, call.identity)
