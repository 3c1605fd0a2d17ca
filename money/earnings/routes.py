"""Earnings over HTTP."""

from __future__ import annotations

import msgspec

from core.database import Database
from core.http import Call, Operation
from money.earnings.earnings import Earnings, Held
from money.earnings.report import EarningsReport, Period, Report


class ReportQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    days: Period = 28


class HeldEarnings(msgspec.Struct):
    """`items`: the next to become payable first. The days for which each class is held explain the reasons."""

    items: list[Held]
    standard_days: int
    new_days: int


class EarningsRoutes:
    def __init__(self, database: Database, earnings: Earnings, reports: EarningsReport) -> None:
        self._database = database
        self._earnings = earnings
        self._reports = reports

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/wallet/held", self.held),
            Operation("GET", "/api/earnings", self.report),
        ]

    def held(self, call: Call) -> HeldEarnings:
        """List your pending earnings, with the reason and the end of their hold."""
        items = self._database.read(lambda c: self._earnings.held(c, call.identity.id))
        holds = self._earnings.holds
        return HeldEarnings(items, holds.days("standard"), holds.days("new"))

    def report(self, call: Call, query: ReportQuery) -> Report:
        """Get what you earned, by day, source and room."""
        return self._database.read(lambda c: self._reports.report(c, call.identity.id, query.days))
