"""Affiliates over HTTP: what sellers offer, and what creators promote and earn."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import Connection
from starlette.responses import Response

from core.clock import Clock
from core.database import Database
from core.http import Call, Operation, Page, Paging
from core.identity import Person
from core.limits import Rate
from money.reports.files import as_csv
from money.reports.months import Month, month_of
from money.reports.routes import csv_response
from shop.affiliates.commissions import CommissionDay, Commissions, CommissionSums, CommissionView
from shop.affiliates.plans import PlanMode, Plans
from shop.affiliates.promotions import Promotions
from shop.affiliates.statements import CommissionStatement, CommissionStatements, statement_rows
from shop.affiliates.touches import touch
from shop.affiliates.views import AffiliateRow, AffiliateViews, PlanView, Promotable, Report
from shop.products.products import Products
from shop.routes.products import ByHandle
from shop.sellers.sellers import Seller, Sellers

PLAN_RATE = Rate(60, 60)
TOUCH_RATE = Rate(60, 60)
COMMISSION_REPORT_RATE = Rate(60, 60)


class PlanRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`rate`: in hundredths of a percent."""

    mode: PlanMode
    rate: int


class RateRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`rate`: null: like all the others."""

    rate: int | None


class TouchRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`code`: of a creator's link."""

    code: Annotated[str, Meta(max_length=64)]


class ReportQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    days: Literal[7, 28, 90] = 28


class MonthQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`month`: UTC, as 2026-11; empty: this one."""

    month: Month | None = None


class Reports(msgspec.Struct):
    items: list[Report]


class Earning(msgspec.Struct):
    """What a creator promotes, who invited them, and what they have."""

    promoted: list[Promotable]
    invitations: list[Person]
    sums: list[CommissionSums]


class AffiliateRoutes:
    def __init__(
        self, database: Database, clock: Clock, by_handle: ByHandle, sellers: Sellers, products: Products, plans: Plans,
        promotions: Promotions, commissions: Commissions, views: AffiliateViews, statements: CommissionStatements,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._by_handle = by_handle
        self._sellers = sellers
        self._products = products
        self._plans = plans
        self._promotions = promotions
        self._commissions = commissions
        self._views = views
        self._statements = statements

    def operations(self) -> list[Operation]:
        seller, creator, slow = "/api/shop/affiliates", "/api/affiliate", COMMISSION_REPORT_RATE
        return [
            Operation("GET", "/api/shop/plan", self.plan),
            Operation("PUT", "/api/shop/plan", self.set_plan, rate=PLAN_RATE),
            Operation("PUT", "/api/shop/products/{id}/commission", self.set_rate, rate=PLAN_RATE),
            Operation("GET", seller, self.affiliates, rate=slow),
            Operation("PUT", f"{seller}/{{handle}}", self.invite, rate=PLAN_RATE),
            Operation("DELETE", f"{seller}/{{handle}}", self.end),
            Operation("GET", "/api/shop/commissions", self.sold, rate=slow),
            Operation("GET", "/api/shop/commissions/report", self.seller_report, rate=slow),
            Operation("GET", "/api/shop/commissions/statement", self.seller_statement, rate=slow),
            Operation("GET", "/api/shop/commissions/statement.csv", self.seller_export, rate=slow),
            Operation("POST", "/api/touches", self.touch, status=204, rate=TOUCH_RATE),
            Operation("GET", creator, self.earning, rate=slow),
            Operation("GET", f"{creator}/products", self.promotable),
            Operation("PUT", f"{creator}/products/{{id}}", self.pick, rate=PLAN_RATE),
            Operation("DELETE", f"{creator}/products/{{id}}", self.stop),
            Operation("GET", f"{creator}/commissions", self.brought, rate=slow),
            Operation("GET", f"{creator}/report", self.report, rate=slow),
            Operation("GET", f"{creator}/statement", self.statement, rate=slow),
            Operation("GET", f"{creator}/statement.csv", self.export, rate=slow),
        ]

    # -- sellers ---------------------------------------------------------------------------------

    def plan(self, call: Call) -> PlanView:
        """Your plan: who may promote your products, for which rate."""
        return self._database.read(lambda c: self._views.plan(c, self._own(c, call).id))

    def set_plan(self, call: Call, body: PlanRequest) -> PlanView:
        """Change your plan. A raised rate counts at once, a lowered one after 30 days for who promotes already."""

        def write(connection: Connection) -> PlanView:
            seller = self._own(connection, call)
            self._plans.change(connection, seller, body.mode, body.rate)
            return self._views.plan(connection, seller.id)

        return self._database.write(write)

    def set_rate(self, call: Call, id: str, body: RateRequest) -> PlanView:
        """Set the rate of one of your products; 0: it cannot be promoted."""

        def write(connection: Connection) -> PlanView:
            seller = self._own(connection, call)
            self._products.check(connection, seller, id)
            self._plans.set_rate(connection, seller, id, body.rate)
            return self._views.plan(connection, seller.id)

        return self._database.write(write)

    def affiliates(self, call: Call, query: Paging) -> Page[AffiliateRow]:
        """Who promotes your products, and what each has sold."""
        return self._database.read(
            lambda c: self._views.affiliates(c, self._own(c, call).id, query.cursor, query.limit)
        )

    def invite(self, call: Call, handle: str) -> None:
        """Invite a creator, or take back that you ended it."""
        self._database.write(lambda c: self._promotions.invite(c, self._own(c, call), self._by_handle(c, handle).id))

    def end(self, call: Call, handle: str) -> None:
        """Let a creator not pick your products anymore. What they promote already counts for 30 days."""
        self._database.write(lambda c: self._promotions.end(c, self._own(c, call), self._by_handle(c, handle).id))

    def sold(self, call: Call, query: Paging) -> Page[CommissionView]:
        """Your orders that creators brought, newest first."""
        return self._database.read(
            lambda c: self._commissions.of_seller(c, self._own(c, call).id, query.cursor, query.limit)
        )

    def seller_report(self, call: Call, query: ReportQuery) -> Reports:
        """What creators sold for you, by day and currency."""

        def read(connection: Connection) -> Reports:
            seller = self._own(connection, call).id
            return _reports(self._commissions.by_day(connection, seller=seller, days=query.days))

        return self._database.read(read)

    def seller_statement(self, call: Call, query: MonthQuery) -> CommissionStatement:
        """The commissions of a month that your settled orders paid, and what came back."""
        month = query.month or month_of(self._clock())
        return self._database.read(lambda c: self._statements.of_seller(c, self._own(c, call).id, month))

    def seller_export(self, call: Call, query: MonthQuery) -> Response:
        """The same as a CSV file."""
        return _file(self.seller_statement(call, query))

    # -- buyers and creators ---------------------------------------------------------------------

    def touch(self, call: Call, body: TouchRequest) -> None:
        """Say that a creator's link led you to a product. It counts for 7 days, and the last one does."""

        def write(connection: Connection) -> None:
            found = self._promotions.by_code(connection, body.code)
            touch(connection, call.identity.id, found.person, found.product, "link", self._clock())

        self._database.write(write)

    def earning(self, call: Call) -> Earning:
        """What you promote, who invited you, and your commissions by state."""
        person = call.identity.id
        return self._database.read(
            lambda c: Earning(
                self._views.promoted(c, person), self._views.invitations(c, person), self._commissions.sums(c, person)
            )
        )

    def promotable(self, call: Call, query: Paging) -> Page[Promotable]:
        """Products that you may promote, newest first."""
        return self._database.read(lambda c: self._views.promotable(c, call.identity.id, query.cursor, query.limit))

    def pick(self, call: Call, id: str) -> Earning:
        """Promote a product: you get a link. Adults only."""
        self._database.write(lambda c: self._promotions.pick(c, call.identity, id))
        return self.earning(call)

    def stop(self, call: Call, id: str) -> Earning:
        """Do not promote a product anymore."""
        self._database.write(lambda c: self._promotions.stop(c, call.identity.id, id))
        return self.earning(call)

    def brought(self, call: Call, query: Paging) -> Page[CommissionView]:
        """Orders that you brought, newest first."""
        return self._database.read(
            lambda c: self._commissions.of_creator(c, call.identity.id, query.cursor, query.limit)
        )

    def report(self, call: Call, query: ReportQuery) -> Reports:
        """What you sold, by day and currency."""
        person = call.identity.id
        return self._database.read(lambda c: _reports(self._commissions.by_day(c, person=person, days=query.days)))

    def statement(self, call: Call, query: MonthQuery) -> CommissionStatement:
        """Your commissions of a month: opening balance, each movement, closing balance."""
        month = query.month or month_of(self._clock())
        return self._database.read(lambda c: self._statements.of_creator(c, call.identity.id, month))

    def export(self, call: Call, query: MonthQuery) -> Response:
        """The same as a CSV file."""
        return _file(self.statement(call, query))

    def _own(self, connection: Connection, call: Call) -> Seller:
        return self._sellers.own(connection, call.identity.id)


def _reports(by_day: dict[str, list[CommissionDay]]) -> Reports:
    return Reports([Report(currency, days) for currency, days in by_day.items()])


def _file(statement: CommissionStatement) -> Response:
    return csv_response(as_csv(statement_rows(statement)), f"commissions-{statement.month}.csv")
