"""Takeovers over HTTP: what a day costs, and which days are taken."""

from __future__ import annotations

from datetime import timedelta

import msgspec

from core.clock import Clock
from core.database import Database
from core.http import Operation
from money.ledger.accounts import AD_CURRENCY
from vod.ads.campaigns.booking import TAKEOVER_DAYS_MAX, TAKEOVER_MS_MAX
from vod.ads.campaigns.categories import Category
from vod.ads.campaigns.dates import today
from vod.ads.campaigns.floors import offers
from vod.ads.takeover.days import SHOWN_DAYS_MAX, taken_days


class TakeoverQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    category: Category


class TakeoverOffer(msgspec.Struct):
    """What a day costs, in millionths of `currency`. `taken`: the days from `first` to `last` (UTC) that somebody has
    booked for this product category."""

    currency: str
    day_micro: int
    first: str
    last: str
    taken: list[str]
    days_max: int = TAKEOVER_DAYS_MAX
    video_ms_max: int = TAKEOVER_MS_MAX


class TakeoverRoutes:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def operations(self) -> list[Operation]:
        return [Operation("GET", "/api/ads/takeovers", self.offer)]

    def offer(self, query: TakeoverQuery) -> TakeoverOffer:
        """What a day of a takeover costs, and which days are taken."""
        present = today("UTC", self._clock())
        first, last = present.isoformat(), (present + timedelta(days=SHOWN_DAYS_MAX - 1)).isoformat()
        return self._database.read(
            lambda c: TakeoverOffer(
                AD_CURRENCY, offers(c).takeover_day_micro, first, last, taken_days(c, query.category, first, last)
            )
        )
