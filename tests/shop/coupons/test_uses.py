"""A coupon gives what was promised, no more often than it may: whoever asks at once, pays late, or sends back."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.database import Database
from core.errors import IdempotencyKeyReused
from shop.affiliates.rates import LOWERED_MS
from shop.coupons import coupons
from shop.coupons.coupons import CODE_CHARS_MAX, COUPON_PRODUCTS_MAX, USES_MAX
from shop.coupons.discounts import COUPON_RATE_MAX
from shop.errors import BadCoupon, CouponNotValid, PriceChanged, SellerBlocked, TooManyProducts
from shop.pins.how import How
from tests.money.conftest import HeldClock
from tests.money.providers.stripe_server import StripeServer
from tests.shop.conftest import Market, open_market
from tests.shop.coupons.conftest import make, used

SPRING = How(coupon=" spring ")
BUYERS = 60
USES = 7


def test_of_many_buyers_on_two_connections_only_as_many_get_a_coupon_as_it_has_uses(
    market: Market, database_url: str, stripe: StripeServer, clock: HeldClock, tmp_path: Path
) -> None:
    seller = market.seller()
    variant = market.product(seller, BUYERS, 1_000)
    coupon = make(market, seller, rate=1_000, uses_max=USES)
    second = Database(database_url)
    other = open_market(second, tmp_path / "other", stripe, clock)

    def buy(number: int) -> bool:
        node = (market, other)[number % 2]
        try:
            placed, purchase = node.place(f"b{number}", {variant: 1}, how=SPRING)
        except CouponNotValid:
            return False
        assert placed.total_minor == 900 + 500
        if number % 3:
            node.pay(purchase)
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(buy, range(BUYERS)))
    assert sum(won) == USES
    assert used(market, seller, coupon) == USES
    assert market.stock(variant) == (BUYERS, USES)  # who was refused holds nothing
    other.close()
    second.close()


def test_one_buyer_who_orders_twice_at_once_uses_it_once(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller, 10)
    coupon = make(market, seller, rate=1_000, uses_each=1)
    refused: list[CouponNotValid] = []

    def place(key: str) -> None:
        try:
            market.place("ada", {variant: 1}, how=SPRING, key=key)
        except CouponNotValid as refusal:
            refused.append(refusal)

    together = [threading.Thread(target=place, args=[f"k{number}"]) for number in range(3)]
    for one in together:
        one.start()
    for one in together:
        one.join()
    assert len(refused) == 2
    assert used(market, seller, coupon) == 1
    market.buy("bea", {variant: 1})


def test_an_order_that_is_not_paid_gives_its_use_back(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller)
    coupon = make(market, seller, rate=1_000, uses_max=1)
    _, purchase = market.place("ada", {variant: 1}, how=SPRING)
    with pytest.raises(CouponNotValid):
        market.place("bea", {variant: 1}, how=SPRING)
    market.expire(purchase)
    assert used(market, seller, coupon) == 0
    market.place("bea", {variant: 1}, how=SPRING)


def test_a_payment_after_the_last_use_was_taken_is_refunded_and_one_before_counts(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller)
    coupon = make(market, seller, rate=1_000, uses_max=1)
    late, purchase = market.place("ada", {variant: 1}, how=SPRING)
    market.expire(purchase)
    taken, other = market.place("bea", {variant: 1}, how=SPRING)
    market.pay(purchase)
    assert [order.state for order in market.orders(late)] == ["cancelled"]
    market.carry_out()
    assert market.server.charge_of(purchase.id)["amount_refunded"] == late.total_minor
    market.pay(other)
    assert [order.state for order in market.orders(taken)] == ["paid"]
    assert used(market, seller, coupon) == 1
    assert market.stock(variant) == (10, 1)


def test_a_late_payment_keeps_its_coupon_though_it_has_ended_if_a_use_is_left(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller)
    coupon = make(market, seller, rate=1_000, uses_max=1, uses_each=1)
    placed, purchase = market.place("ada", {variant: 1}, how=SPRING)
    market.expire(purchase)
    market.database.write(lambda c: market.shop.coupons.end(c, seller, coupon.id))
    market.pay(purchase)
    assert [order.state for order in market.orders(placed)] == ["paid"]
    assert used(market, seller, coupon) == 1
    with pytest.raises(CouponNotValid):
        market.place("ada", {variant: 1}, how=SPRING)


def test_one_buyer_who_pays_late_and_again_uses_it_once(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller)
    coupon = make(market, seller, rate=1_000, uses_each=1)
    late, purchase = market.place("ada", {variant: 1}, how=SPRING)
    market.expire(purchase)
    _, again = market.place("ada", {variant: 1}, how=SPRING)
    market.pay(again)
    market.pay(purchase)
    assert [order.state for order in market.orders(late)] == ["cancelled"]
    market.carry_out()
    assert used(market, seller, coupon) == 1


def test_a_late_payment_for_what_is_sold_out_gives_its_use_back(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller, 1)
    coupon = make(market, seller, rate=1_000)
    _, purchase = market.place("ada", {variant: 1}, how=SPRING)
    market.expire(purchase)
    market.buy("bea", {variant: 1})
    market.pay(purchase)
    market.carry_out()
    assert used(market, seller, coupon) == 0


def test_refunds_bring_back_exactly_what_was_paid_piece_by_piece(market: Market) -> None:
    seller = market.seller()
    mug, bowl = market.product(seller, 10, 333), market.product(seller, 10, 1_999)
    make(market, seller, amount_minor=1_001, currency="EUR")
    placed, purchase = market.place("ada", {mug: 3, bowl: 1}, how=SPRING)
    market.pay(purchase)
    [order] = market.orders(placed)
    lines = market.lines(order)
    assert sum(line.discount_minor for line in lines) == 1_001
    assert order.total_minor == 3 * 333 + 1_999 - 1_001 + 800
    market.send(order)
    for line in lines:
        for _ in range(line.count if line.variant else 0):
            market.refund(order, {line.id: 1})
    market.carry_out()
    assert market.order(order).refunded_minor == order.total_minor
    assert market.held("order") == market.held("checkout") == 0


def test_one_code_counts_at_each_seller_who_has_it(market: Market) -> None:
    sam, kim, liu = market.seller("sam"), market.seller("kim"), market.seller("liu")
    variants = [market.product(one, 10, 1_000) for one in (sam, kim, liu)]
    make(market, sam, rate=1_000)
    make(market, kim, rate=5_000)
    placed, purchase = market.place("ada", dict.fromkeys(variants, 1), total=900 + 500 + 1_000 + 1_500, how=SPRING)
    market.pay(purchase)
    assert [order.coupon is None for order in market.orders(placed)] == [False, False, True]
    with pytest.raises(CouponNotValid):
        market.place("ada", {variants[2]: 1}, how=SPRING)
    with pytest.raises(PriceChanged):
        market.place("ada", {variants[0]: 1}, total=1_500, how=SPRING)


def test_the_same_key_with_another_coupon_is_another_request(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller)
    coupon = make(market, seller, rate=1_000)
    for _ in range(2):
        market.place("ada", {variant: 1}, how=SPRING, key="k")
    assert used(market, seller, coupon) == 1
    with pytest.raises(IdempotencyKeyReused):
        market.place("ada", {variant: 1}, key="k")


def test_the_owner_of_a_coupon_comes_before_the_last_touch_and_earns_on_what_was_paid(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller, 50, 1_200)
    market.plan(seller, 1_000)
    for creator in ("cleo", "dora"):
        market.promote(creator, variant)
    make(market, seller, rate=5_000, affiliate="dora")
    market.touch("ada", "cleo", variant)
    placed, purchase = market.place("ada", {variant: 2}, how=SPRING)
    market.pay(purchase)
    [order] = market.orders(placed)
    assert (order.affiliate, order.affiliate_source) == ("dora", "coupon")
    assert market.commission("dora").estimated_minor == 100  # of 10 euros: half the price, without the VAT
    own, purchase = market.place("dora", {variant: 1}, how=SPRING)
    assert [order.affiliate for order in market.orders(own)] == [None]
    market.pay(purchase)
    market.send(order)
    market.wait_for_settlement()
    market.carry_out()
    assert market.order(order).commission_minor == 100


def test_a_coupon_goes_on_without_its_owner_when_they_promote_no_more(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller, 50, 1_200)
    market.plan(seller, 1_000)
    for creator in ("cleo", "dora"):
        market.promote(creator, variant)
    make(market, seller, rate=5_000, affiliate="dora")
    market.touch("ada", "cleo", variant)
    market.database.write(lambda c: market.shop.promotions.end(c, seller, "dora"))
    placed, _ = market.place("ada", {variant: 1}, how=SPRING)
    [order] = market.orders(placed)
    assert (order.affiliate, order.affiliate_source) == ("cleo", "link")
    assert order.total_minor == 600 + 500


@pytest.mark.parametrize("ends", ["the creator stops", "the plan is closed"])
def test_the_owner_of_a_coupon_earns_only_while_they_promote(market: Market, ends: str) -> None:
    seller = market.seller()
    variant = market.product(seller, 50, 1_200)
    market.plan(seller, 1_000)
    product = market.promote("dora", variant)
    make(market, seller, rate=5_000, affiliate="dora")
    if ends == "the creator stops":
        market.database.write(lambda c: market.shop.promotions.stop(c, "dora", product))
    else:
        market.plan(seller, 1_000, "closed")
        market.clock.now += LOWERED_MS
    placed, _ = market.place("ada", {variant: 1}, how=SPRING)
    [order] = market.orders(placed)
    assert (order.affiliate, order.total_minor) == (None, 600 + 500)
    with pytest.raises(BadCoupon):
        make(market, seller, "AGAIN", rate=100, affiliate="dora")


@pytest.mark.parametrize(
    "bad",
    [
        {"code": "ab"}, {"code": "a b"}, {"code": "é" * 5}, {"code": "x" * (CODE_CHARS_MAX + 1)}, {"code": "<b>1</b>"},
        {}, {"rate": -1}, {"rate": COUPON_RATE_MAX + 1},
        {"amount_minor": 100}, {"amount_minor": 100, "currency": "XXX"},
        {"rate": 100, "amount_minor": 100, "currency": "EUR"}, {"rate": 100, "currency": "EUR"},
        {"rate": 100, "min_minor": 100}, {"rate": 100, "starts_at": 5, "ends_at": 5}, {"rate": 100, "ends_at": -1},
        {"rate": 100, "ends_at": 10**30}, {"rate": 100, "uses_max": 0}, {"rate": 100, "uses_each": USES_MAX + 1},
        {"rate": 100, "products": ["other"]}, {"rate": 100, "affiliate": "nobody"}, {"rate": 100, "affiliate": "sam"},
        {"rate": 100, "products": ["x"] * (COUPON_PRODUCTS_MAX + 1)}, {"amount_minor": 10**12, "currency": "EUR"},
    ],
)  # fmt: skip
def test_a_coupon_that_cannot_be_meant_is_refused(market: Market, bad: dict[str, object]) -> None:
    with pytest.raises(BadCoupon):
        make(market, market.seller(), **bad)  # type: ignore[arg-type]


def test_a_code_is_had_once_and_not_by_who_may_not_sell(market: Market, monkeypatch: pytest.MonkeyPatch) -> None:
    seller = market.seller()
    make(market, seller, "spring-24", rate=100)
    with pytest.raises(BadCoupon):
        make(market, seller, "SPRING-24", rate=200)
    monkeypatch.setattr(coupons, "COUPONS_MAX", 1)
    with pytest.raises(TooManyProducts):
        make(market, seller, "other", rate=200)
    stopped = market.database.write(lambda c: market.shop.sellers.review(c, seller.id, "stopped", "", "root"))
    with pytest.raises(SellerBlocked):
        make(market, stopped, "more", rate=200)
