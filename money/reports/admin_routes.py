"""The platform's revenue over HTTP, for admins."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from core.clock import Clock
from core.database import Database
from core.http import Access, Call, Operation
from core.limits import Rate
from money.payouts.routes.admins import admin_of
from money.reports.months import month_of
from money.reports.revenue import Revenue, RevenueReport
from money.reports.revenue_text import revenue_csv
from money.reports.routes import MonthQuery, csv_response
from money.reports.sums import Sums

REVENUE_RATE = Rate(30, 60)  # each looks at every account


class RevenueYear(msgspec.Struct):
    """Twelve months, the one that was asked for last."""

    items: list[Revenue]


class RevenueRoutes:
    def __init__(self, database: Database, clock: Clock, sums: Sums, report: RevenueReport) -> None:
        self._database = database
        self._clock = clock
        self._sums = sums
        self._report = report

    def operations(self) -> list[Operation]:
        return [
            Operation(
                "GET", "/api/admin/revenue", self.revenue, access=Access.MODERATOR, rate=REVENUE_RATE,
            ),
            Operation(
                "GET", "/api/admin/revenue.csv", self.export, access=Access.MODERATOR, rate=REVENUE_RATE,
            ),
        ]  # fmt: skip

    def revenue(self, call: Call, query: MonthQuery) -> RevenueYear:
        """Get the platform's revenue of a month and the eleven before, for admins."""
        return RevenueYear(self._months(call, query))

    def export(self, call: Call, query: MonthQuery) -> Response:
        """Export the same as a CSV file, for admins."""
        months = self._months(call, query)
        return csv_response(revenue_csv(months), f"revenue-{months[-1].month}.csv")

    def _months(self, call: Call, query: MonthQuery) -> list[Revenue]:
        admin_of(call)
        month = query.month or month_of(self._clock())
        self._sums.bring_up_all()
        return self._database.read(lambda c: self._report.months(c, month))
