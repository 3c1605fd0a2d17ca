"""Plans, promotions and touches that grow without end are refused."""

from __future__ import annotations

import pytest

from core.limits import Rate
from money.payouts import commissions
from money.payouts.commissions import movements
from money.reports.months import month_of, span
from shop.affiliates import plans, promotions
from shop.affiliates.touches import TOUCH_MS, forget_old, touches_by
from shop.errors import TooManyProducts
from shop.orders.settlement import DAY_MS
from shop.routes.affiliates import TOUCH_RATE
from tests.shop.conftest import Market


def test_a_rate_cannot_be_changed_all_day(market: Market) -> None:
    seller = market.seller()
    for rate in range(1, plans.RATE_CHANGES_MAX + 1):
        market.plan(seller, rate)
    with pytest.raises(TooManyProducts):
        market.plan(seller, 4_000)
    market.clock.now += DAY_MS
    market.plan(seller, 4_000)


def test_neither_products_nor_creators_are_promoted_without_end(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(promotions, "PROMOTIONS_MAX", 1)
    monkeypatch.setattr(promotions, "AFFILIATES_MAX", 1)
    seller = market.seller()
    market.plan(seller, 1_000)
    first, second = market.product(seller), market.product(seller)
    market.promote("cleo", first)
    with pytest.raises(TooManyProducts):
        market.promote("cleo", second)
    with pytest.raises(TooManyProducts):
        market.database.write(lambda c: market.shop.promotions.invite(c, seller, "dora"))


def test_touches_that_do_not_count_are_forgotten(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller)
    market.plan(seller, 1_000)
    market.promote("cleo", variant)
    market.touch("ada", "cleo", variant)
    market.clock.now += TOUCH_MS - 1
    assert market.database.read(lambda c: touches_by(c, ["ada"], market.clock())["ada"])
    assert market.database.write(lambda c: forget_old(c, market.clock())) == 0
    market.clock.now += 1
    assert market.database.write(lambda c: forget_old(c, market.clock())) == 1
    assert Rate(60, 60) == TOUCH_RATE


def test_a_statement_has_so_many_movements(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    seller = market.seller()
    variant = market.product(seller, 9)
    market.plan(seller, 1_000)
    market.promote("cleo", variant)
    for buyer in ("ada", "bea"):
        market.touch(buyer, "cleo", variant)
        [order] = market.buy(buyer, {variant: 1})
        market.send(order)
    market.wait_for_settlement()
    month = span(month_of(market.clock()))
    assert len(market.database.read(lambda c: movements(c, ["cleo"], month))) == 2
    monkeypatch.setattr(commissions, "MOVEMENTS_MAX", 1)
    assert len(market.database.read(lambda c: movements(c, ["cleo"], month))) == 1
