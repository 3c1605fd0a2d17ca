"""Rates over HTTP, for admins."""

from __future__ import annotations

from typing import Annotated

import msgspec

from core.database import Database
from core.http import Access, Call, Operation
from money.payouts.routes.admins import admin_of
from money.rates.break_even import RATE_MAX
from money.rates.rates import Rate, Rates


class NewRate(msgspec.Struct, forbid_unknown_fields=True):
    currency: Annotated[str, msgspec.Meta(min_length=3, max_length=3)]
    per_thousand: Annotated[int, msgspec.Meta(ge=1, le=RATE_MAX)]
    valid_from: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)] = 0


class PackView(msgspec.Struct):
    """Amounts in minor units, rounded to hundredths for reading."""

    pack: str
    price_minor: int
    currency: str
    vat_minor: float
    fees_minor: float
    left_minor: float
    earned_coins: float
    per_thousand: float | None


class RatesView(msgspec.Struct):
    """`files`: whether people are paid by files for a bank."""

    items: list[Rate]
    packs: list[PackView]
    vat_percent: int
    share_percent: int
    files: bool


class RateRoutes:
    def __init__(self, database: Database, rates: Rates, *, files: bool) -> None:
        self._database = database
        self._files = files
        self._rates = rates

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/admin/rates", self.list, access=Access.MODERATOR),
            Operation("POST", "/api/admin/rates", self.add, status=201, access=Access.MODERATOR),
        ]

    def list(self, call: Call) -> RatesView:
        """List the values of an earned coin, and the break-even of each pack, for admins."""
        admin_of(call)
        items = self._database.read(self._rates.all)
        told = self._rates.break_even
        packs = [
            PackView(
                one.pack.pack, one.pack.price_minor, one.pack.currency, round(float(one.vat), 2),
                round(float(one.fees), 2), round(float(one.left), 2), float(one.earned_coins),
                None if one.per_thousand is None else round(float(one.per_thousand), 2),
            )
            for one in told.results()
        ]  # fmt: skip
        return RatesView(items, packs, told.assumptions.vat_percent, told.assumptions.share_percent, self._files)

    def add(self, call: Call, body: NewRate) -> Rate:
        """Set the value of an earned coin from a time on, for admins."""
        by = admin_of(call)
        return self._database.write(lambda c: self._rates.add(c, body.currency, body.per_thousand, body.valid_from, by))
