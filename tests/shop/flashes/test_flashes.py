"""A flash price counts by the server's clock and for no more pieces than it has: whoever asks at once, or pays late."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from core.database import Database
from core.errors import NotFound
from core.limits import Rate
from shop.errors import BadFlash, PriceChanged, SellerBlocked, TooManyProducts
from shop.flashes.flash import Flash
from shop.flashes.flashes import (
    AHEAD_DAYS_MAX,
    DAY_MS,
    FLASH_DAYS_MAX,
    FLASH_MS_MIN,
    FLASHES_MAX,
    PIECES_MAX,
    FlashDraft,
)
from shop.pins.how import How
from shop.products.products import Draft, VariantDraft
from shop.products.views import ProductView
from shop.routes.flashes import FLASH_RATE
from shop.sellers.sellers import Seller
from tests.money.conftest import HeldClock
from tests.money.providers.stripe_server import StripeServer
from tests.shop.conftest import Market, open_market
from tests.shop.coupons.conftest import make as make_coupon

BUYERS = 40
PIECES = 7
SHIPPING = 500
HOUR_MS = 3_600_000


def make(market: Market, seller: Seller, variant: str, price: int = 600, **more: Any) -> Flash:
    product, end = market.product_of(variant), market.clock() + HOUR_MS
    values: dict[str, Any] = {"prices": {"EUR": price}, "ends_at": end}
    draft = FlashDraft(**values | more)
    return market.database.write(lambda c: market.shop.flashes.make(c, seller, product, draft))


def taken(market: Market, seller: Seller, flash: Flash) -> int:
    flashes = market.database.read(lambda c: market.shop.flashes.of(c, seller, flash.product))
    return next(one.taken for one in flashes if one.id == flash.id)


def page(market: Market, variant: str) -> ProductView:
    return market.database.read(lambda c: market.shop.product_views.of_variant(c, variant, "ada"))


def test_of_many_buyers_on_two_connections_only_as_many_pay_the_price_as_there_are_pieces(
    market: Market, database_url: str, stripe: StripeServer, clock: HeldClock, tmp_path: Path
) -> None:
    seller = market.seller()
    variant = market.product(seller, BUYERS, 1_000)
    flash = make(market, seller, variant, pieces=PIECES)
    second = Database(database_url)
    other = open_market(second, tmp_path / "other", stripe, clock)

    def buy(number: int) -> bool:
        node = (market, other)[number % 2]
        try:
            _, purchase = node.place(f"b{number}", {variant: 1}, total=600 + SHIPPING)
        except PriceChanged:
            return False
        if number % 3:
            node.pay(purchase)
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(buy, range(BUYERS)))
    assert sum(won) == PIECES
    assert taken(market, seller, flash) == PIECES
    assert market.stock(variant) == (BUYERS, PIECES), "who was refused holds nothing"
    assert page(market, variant).flash is None
    market.buy("late", {variant: 1})
    other.close()
    second.close()


def test_it_begins_and_ends_by_the_servers_clock(market: Market) -> None:
    seller = market.seller()
    variant, now = market.product(seller, 10, 1_000), market.clock()
    make(market, seller, variant, starts_at=now + 1_000, ends_at=now + 1_000 + FLASH_MS_MIN)
    totals = []
    for ms in (999, 1_000, 1_000 + FLASH_MS_MIN - 1, 1_000 + FLASH_MS_MIN):
        market.clock.now = now + ms
        flash = page(market, variant).flash
        placed, purchase = market.place(f"b{ms}", {variant: 2})
        market.pay(purchase)
        totals.append((placed.total_minor - SHIPPING - 100, flash.ends_in_ms if flash else None))
    assert totals == [(2_000, None), (1_200, FLASH_MS_MIN), (1_200, 1), (2_000, None)]


def test_an_order_gets_all_of_a_product_at_the_price_or_none(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller, 10, 1_000)
    flash = make(market, seller, variant, pieces=3)
    assert market.place("ada", {variant: 2})[0].total_minor == 1_200 + SHIPPING + 100
    assert market.place("bea", {variant: 2})[0].total_minor == 2_000 + SHIPPING + 100
    assert market.place("cid", {variant: 1})[0].total_minor == 600 + SHIPPING
    assert taken(market, seller, flash) == 3


def test_what_is_not_paid_gives_its_pieces_back_and_what_is_refunded_does_not(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller, 10, 1_000)
    flash = make(market, seller, variant, pieces=1)
    _, purchase = market.place("ada", {variant: 1})
    market.expire(purchase)
    assert taken(market, seller, flash) == 0
    [order] = market.buy("bea", {variant: 1})
    assert order.total_minor == 600 + SHIPPING
    market.refund_all(order)
    assert taken(market, seller, flash) == 1


def test_a_late_payment_keeps_the_price_while_pieces_are_left_and_is_refunded_else(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller, 10, 1_000)
    flash = make(market, seller, variant, pieces=1)
    late, purchase = market.place("ada", {variant: 1})
    market.expire(purchase)
    kept, other = market.place("bea", {variant: 1})
    market.pay(purchase)
    assert [order.state for order in market.orders(late)] == ["cancelled"]
    market.carry_out()
    assert market.server.charge_of(purchase.id)["amount_refunded"] == late.total_minor
    market.expire(other)
    market.clock.now += HOUR_MS
    market.pay(other)
    assert [order.state for order in market.orders(kept)] == ["paid"]
    assert taken(market, seller, flash) == 1


def test_a_coupon_takes_its_part_of_the_flash_price(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller, 10, 1_000)
    make(market, seller, variant)
    make_coupon(market, seller, rate=1_000)
    placed, _ = market.place("ada", {variant: 1}, how=How(coupon="SPRING"))
    assert placed.total_minor == 540 + SHIPPING


def test_it_never_makes_anything_dearer_and_counts_in_its_currency_only(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller, 10, 1_000)
    flash, product = make(market, seller, variant, 900), market.product_of(variant)
    assert market.place("ada", {variant: 1}, currency="USD")[0].total_minor == 1_200 + 700
    cheaper = Draft("Mug", [VariantDraft({"EUR": 800}, variant)], state="offered")
    market.database.write(lambda c: market.shop.products.change(c, seller, product, cheaper))
    assert market.place("bea", {variant: 1})[0].total_minor == 800 + SHIPPING
    assert taken(market, seller, flash) == 0


def test_beside_it_stands_the_lowest_price_of_the_thirty_days_before(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller, 10, 1_000)
    make(market, seller, variant, 700)
    assert page(market, variant).variants[0].struck == {}, "it was not for sale for so long"
    market.clock.now += 40 * DAY_MS
    make(market, seller, variant, 600)
    assert page(market, variant).variants[0].struck == {"EUR": 1_000}
    market.clock.now += HOUR_MS
    make(market, seller, variant, 650)
    assert page(market, variant).variants[0].struck == {}, "it was cheaper an hour ago"


def test_a_seller_ends_it_and_one_at_a_time_counts(market: Market) -> None:
    seller, other, now = market.seller(), market.seller("tom"), market.clock()
    variant = market.product(seller, 10, 1_000)
    flash = make(market, seller, variant)
    with pytest.raises(BadFlash):
        make(market, seller, variant, starts_at=now + HOUR_MS - 1, ends_at=now + 2 * HOUR_MS)
    later = make(market, seller, variant, starts_at=now + HOUR_MS, ends_at=now + 2 * HOUR_MS)
    for stranger in (flash.id, "none"):
        with pytest.raises(NotFound):
            market.database.write(lambda c, one=stranger: market.shop.flashes.end(c, other, one))  # type: ignore[misc]
    market.clock.now += 1_000
    for one in (flash.id, later.id):
        market.database.write(lambda c, one=one: market.shop.flashes.end(c, seller, one))  # type: ignore[misc]
    assert market.place("ada", {variant: 1})[0].total_minor == 1_000 + SHIPPING
    [kept] = market.database.read(lambda c: market.shop.flashes.of(c, seller, flash.product))
    assert (kept.id, kept.ends_at) == (flash.id, now + 1_000)


@pytest.mark.parametrize(
    "bad",
    [
        {"prices": {}}, {"prices": {"EUR": 1_000}}, {"prices": {"EUR": 0}}, {"prices": {"CHF": 5}},
        {"prices": {"EUR": -5}}, {"prices": {"XXX": 5}}, {"pieces": 0}, {"pieces": PIECES_MAX + 1},
        {"starts_at": -1}, {"starts_at": (AHEAD_DAYS_MAX + 1) * DAY_MS}, {"ends_at": FLASH_MS_MIN - 1},
        {"ends_at": FLASH_DAYS_MAX * DAY_MS + 1},
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(market: Market, bad: dict[str, Any]) -> None:
    assert Rate(30, 60) == FLASH_RATE
    seller = market.seller()
    variant = market.product(seller, 10, 1_000)
    times = {name: market.clock() + bad[name] for name in ("starts_at", "ends_at") if name in bad}
    with pytest.raises(BadFlash):
        make(market, seller, variant, **bad | times)


def test_a_product_has_so_many_flash_prices_and_a_stopped_seller_none(market: Market) -> None:
    seller = market.seller()
    variant, now = market.product(seller, 10, 1_000), market.clock()
    for number in range(FLASHES_MAX):
        start = now + number * FLASH_MS_MIN
        make(market, seller, variant, starts_at=start, ends_at=start + FLASH_MS_MIN)
    with pytest.raises(TooManyProducts):
        make(market, seller, variant, starts_at=now + DAY_MS, ends_at=now + 2 * DAY_MS)
    stopped = market.database.write(lambda c: market.shop.sellers.review(c, seller.id, "stopped", "", "root"))
    with pytest.raises(SellerBlocked):
        make(market, stopped, variant)
