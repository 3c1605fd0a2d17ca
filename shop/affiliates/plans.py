"""A seller's plan: who may promote their products, and for which rate."""

from __future__ import annotations

from collections.abc import Collection
from typing import Literal

import msgspec
from sqlalchemy import Connection, func, insert, or_, select, update

from core.clock import Clock
from core.ids import new_id
from shop.affiliates.rates import LOWERED_MS, RATE_MAX, RateRule
from shop.errors import BadRate, TooManyProducts
from shop.sellers.sellers import Seller
from shop.tables import shop_plans, shop_promotions, shop_rates
from shop.tables.upsert import upsert

PlanMode = Literal["open", "invited", "closed"]
DAY_MS = 86_400_000
RATE_CHANGES_MAX = 20  # of one product on a day

_RULE = (shop_rates.c.seller, *(shop_rates.c[name] for name in RateRule.__struct_fields__))


class Plan(msgspec.Struct, frozen=True):
    """`rate`: of all products without one of their own, in hundredths of a percent."""

    mode: PlanMode
    rate: int


class Plans:
    def __init__(self, clock: Clock, fee_rate: int) -> None:
        """`fee_rate`: the platform's. With the VAT on it, it comes out of the same price as commission."""
        self._clock = clock
        self.rate_max = max(0, min(RATE_MAX, 10_000 - fee_rate * 13 // 10))

    def of(self, connection: Connection, seller: str) -> Plan:
        """The rate as it is for those who begin now."""
        mode = connection.execute(select(shop_plans.c.mode).where(shop_plans.c.seller == seller)).scalar()
        return Plan(mode or "closed", self._now(connection, seller, "") or 0)

    def own_rates(self, connection: Connection, seller: str, products: Collection[str]) -> dict[str, int]:
        """Of the products that have a rate of their own."""
        found: dict[str, int] = {}
        for rule in sorted(self.rules(connection, [seller], products).get(seller, []), key=lambda one: one.id):
            if rule.product and rule.rate is None:
                found.pop(rule.product, None)
            elif rule.product and rule.rate is not None:
                found[rule.product] = rule.rate
        return found

    def change(self, connection: Connection, seller: Seller, mode: PlanMode, rate: int) -> Plan:
        """Who promotes something already goes on for a while after the plan is closed. Raises BadRate."""
        self.set_rate(connection, seller, "", rate)
        before, now = self.of(connection, seller.id).mode, self._clock()
        upsert(connection, shop_plans, {"seller": seller.id}, {"mode": mode, "at": now})
        if mode == "closed" and before != "closed":
            goes_on = shop_promotions.c.seller == seller.id, shop_promotions.c.ends_at.is_(None)
            connection.execute(update(shop_promotions).where(*goes_on).values(ends_at=now + LOWERED_MS))
        return self.of(connection, seller.id)

    def set_rate(self, connection: Connection, seller: Seller, product: str, rate: int | None) -> None:
        """Of a product, or of all without one of their own: then `product` is empty. None: a product goes with the
        others again. Raises BadRate, TooManyProducts. The caller has checked whose product it is."""
        fits = (rate is None and product) or (type(rate) is int and 0 <= rate <= self.rate_max)
        if not fits:
            raise BadRate(f"Between 0 and {self.rate_max} hundredths of a percent.")
        if self._now(connection, seller.id, product) == rate:
            return
        today = self._clock() // DAY_MS * DAY_MS
        of_it = shop_rates.c.seller == seller.id, shop_rates.c.product == product, shop_rates.c.at >= today
        if (connection.execute(select(func.count()).where(*of_it)).scalar() or 0) >= RATE_CHANGES_MAX:
            raise TooManyProducts(f"A rate can be changed {RATE_CHANGES_MAX} times a day.")
        row = {"id": new_id(), "seller": seller.id, "product": product, "rate": rate, "at": self._clock()}
        connection.execute(insert(shop_rates).values(row))

    def rules(
        self, connection: Connection, sellers: Collection[str], products: Collection[str]
    ) -> dict[str, list[RateRule]]:
        """By seller: all rates there ever were of these products, and of all products."""
        which = shop_rates.c.seller.in_(sellers), or_(shop_rates.c.product == "", shop_rates.c.product.in_(products))
        found: dict[str, list[RateRule]] = {}
        for seller, *rule in connection.execute(select(*_RULE).where(*which)) if sellers else ():
            found.setdefault(seller, []).append(RateRule(*rule))
        return found

    def _now(self, connection: Connection, seller: str, product: str) -> int | None:
        of_it = select(shop_rates.c.rate).where(shop_rates.c.seller == seller, shop_rates.c.product == product)
        return connection.execute(of_it.order_by(shop_rates.c.id.desc()).limit(1)).scalar()
