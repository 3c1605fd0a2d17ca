"""Forecasts and results over HTTP."""

from __future__ import annotations

import csv
import io
from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection
from starlette.responses import Response

from core.clock import Clock
from core.database import Database
from core.http import Call, Operation
from core.limits import Rate
from money.ledger.rules import TRANSFER_AMOUNT_MAX
from vod.ads.campaigns.booking import Objective, Terms
from vod.ads.campaigns.bookings import Bookings
from vod.ads.campaigns.campaign import Caps, Pricing, Targets
from vod.ads.campaigns.categories import Category, allowed_categories
from vod.ads.campaigns.dates import check_dates, checked_zone
from vod.ads.campaigns.floors import BID_MICRO_MAX, floor
from vod.ads.results.forecast import Forecast, forecast
from vod.ads.results.results import DayResult, Results, results

FORECAST_RATE = Rate(60, 60)
EXPORT_RATE = Rate(10, 60)

_Money = Annotated[int, Meta(ge=0, le=TRANSFER_AMOUNT_MAX)]


class ForecastRequest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """As a campaign, without who it is of and what it shows. `zone`: of its days."""

    zone: Annotated[str, Meta(max_length=64)]
    category: Category
    objective: Objective
    pricing: Pricing
    bid_micro: Annotated[int, Meta(ge=0, le=BID_MICRO_MAX)]
    total_micro: _Money
    starts_on: date
    ends_on: date
    day_micro: _Money | None = None
    caps: Caps = Caps()
    targets: Targets = Targets()


class ForecastRoutes:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def operations(self) -> list[Operation]:
        return [Operation("POST", "/api/ads/forecast", self.forecast, rate=FORECAST_RATE)]

    def forecast(self, body: ForecastRequest) -> Forecast:
        """How many views a campaign is likely to get, before it is booked."""
        zone, now = checked_zone(body.zone), self._clock()
        check_dates(body.starts_on, body.ends_on, zone, now)
        fields = {name: value for name, value in msgspec.structs.asdict(body).items() if name != "zone"}

        def read(connection: Connection) -> Forecast:
            terms = Terms(name="Forecast", **fields)
            checked = terms.checked(floor(connection), allowed_categories(connection), house=False)
            return forecast(connection, checked, zone, now)

        return self._database.read(read)


class ResultRoutes:
    def __init__(self, database: Database, clock: Clock, bookings: Bookings) -> None:
        self._database = database
        self._clock = clock
        self._bookings = bookings

    def operations(self) -> list[Operation]:
        one = "/api/ads/campaigns/{campaign}"
        return [
            Operation("GET", f"{one}/results", self.results),
            Operation("GET", f"{one}/results.csv", self.export, rate=EXPORT_RATE),
        ]

    def results(self, call: Call, campaign: str) -> Results:
        """What became of a campaign, by day, hour, hashtag, country and zone."""

        def read(connection: Connection) -> Results:
            self._bookings.check(connection, campaign, call.identity)
            return results(connection, campaign, self._clock())

        return self._database.read(read)

    def export(self, call: Call, campaign: str) -> Response:
        """Export a campaign's days as a CSV file."""
        found = self.results(call, campaign)
        out = io.StringIO()
        lines = csv.writer(out, lineterminator="\r\n")
        lines.writerow(DayResult.__struct_fields__)
        lines.writerows(msgspec.structs.astuple(day) for day in found.days)
        headers = {"Content-Disposition": 'attachment; filename="campaign.csv"'}
        return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=headers)
