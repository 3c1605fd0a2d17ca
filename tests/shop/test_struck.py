"""A struck price is what the product did cost: the lowest of the 30 days before it was lowered."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from shop.errors import TooManyProducts
from shop.products.products import Draft, ProductState, VariantDraft
from shop.products.struck import PRICE_CHANGES_MAX, STRUCK_DAYS, STRUCK_MS, Change, Lower, struck
from shop.sellers.sellers import Seller
from shop.tables import shop_pins
from tests.shop.conftest import Market

NOW = 100 * STRUCK_MS
OLD = NOW - 3 * STRUCK_MS
DAY = STRUCK_MS // STRUCK_DAYS


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ([], None), ([Change(500, OLD)], None),
        ([Change(500, OLD), Change(400, NOW)], 500),
        ([Change(500, OLD), Change(400, NOW - STRUCK_MS + 1)], 500),
        ([Change(500, OLD), Change(400, NOW - STRUCK_MS)], None),  # it is the price by now
        ([Change(500, OLD), Change(600, NOW)], None),
        ([Change(500, OLD), Change(None, NOW)], None),
        ([Change(500, NOW - STRUCK_MS), Change(400, NOW)], 500),
        ([Change(500, NOW - STRUCK_MS + 1), Change(400, NOW)], None),  # not for sale all these days
        ([Change(500, OLD), Change(None, NOW - 2 * DAY), Change(500, NOW - DAY), Change(400, NOW)], None),
        ([Change(500, OLD), Change(900, NOW - DAY), Change(400, NOW)], 500),  # raised just before
        ([Change(500, OLD), Change(300, NOW - 9 * DAY), Change(900, NOW - DAY), Change(400, NOW)], None),
        ([Change(500, OLD), Change(300, NOW - 40 * DAY), Change(500, NOW - 31 * DAY), Change(400, NOW)], 500),
        ([Change(500, OLD), Change(450, NOW - DAY), Change(400, NOW)], 450),
    ],
)  # fmt: skip
def test_the_lowest_of_the_days_before_is_struck_or_nothing(changes: list[Change], expected: int | None) -> None:
    assert struck(changes, [], NOW) == expected


@pytest.mark.parametrize(
    ("lower", "expected"),
    [
        (Lower(450, NOW - DAY, NOW - DAY + 1), 450), (Lower(400, NOW - DAY, NOW - DAY + 1), None),
        (Lower(300, NOW - 31 * DAY, NOW - 30 * DAY), 500), (Lower(300, NOW, NOW + DAY), 500),
    ],
)  # fmt: skip
def test_flash_prices_in_rooms_were_prices_too(lower: Lower, expected: int | None) -> None:
    assert struck([Change(500, OLD), Change(400, NOW)], [lower], NOW) == expected


def change(market: Market, seller: Seller, variant: str, price: int, state: ProductState = "offered") -> None:
    draft = Draft("Mug", [VariantDraft({"EUR": price}, id=variant)], "", state)
    product = market.product_of(variant)
    market.database.write(lambda c: market.shop.products.change(c, seller, product, draft))


def shown(market: Market, variant: str) -> dict[str, int]:
    product = market.product_of(variant)
    [one] = market.database.read(lambda c: market.shop.product_views.product(c, product, "sam")).variants
    return one.struck


def test_what_a_seller_changes_is_remembered_and_counts_while_it_was_for_sale(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller, 5, 1_000)
    change(market, seller, variant, 800)
    assert shown(market, variant) == {}  # just made
    market.clock.now += STRUCK_MS + DAY
    change(market, seller, variant, 700)
    change(market, seller, variant, 700)
    assert shown(market, variant) == {"EUR": 800}
    market.clock.now += DAY
    change(market, seller, variant, 900)
    change(market, seller, variant, 600)
    assert shown(market, variant) == {"EUR": 700}  # whatever was asked for a moment
    market.clock.now += STRUCK_MS
    assert shown(market, variant) == {}
    change(market, seller, variant, 100_000, "draft")
    market.clock.now += STRUCK_MS
    change(market, seller, variant, 500)
    assert shown(market, variant) == {}  # nobody could buy it at that


def test_a_flash_price_in_a_room_lowers_what_may_be_struck(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller, 5, 1_000)
    market.clock.now += STRUCK_MS
    pin = {
        "id": "pin", "room": "room", "host": "sam", "product": market.product_of(variant), "prices": {},
        "flash": {"EUR": 750}, "at": market.clock(), "ended_at": market.clock() + 30_000,
    }  # fmt: skip
    market.database.write(lambda c: c.execute(insert(shop_pins).values(pin)))
    market.clock.now += DAY
    change(market, seller, variant, 700)
    assert shown(market, variant) == {"EUR": 750}


def test_a_price_cannot_be_changed_all_day(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller, 5, 1_000)
    for number in range(1, PRICE_CHANGES_MAX):
        change(market, seller, variant, 1_000 - number)
    with pytest.raises(TooManyProducts):
        change(market, seller, variant, 10)
    market.clock.now += DAY
    change(market, seller, variant, 10)
