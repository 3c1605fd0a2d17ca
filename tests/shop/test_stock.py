"""Stock is never sold twice, whoever asks at once and whoever dies in between."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.database import Database
from core.errors import IdempotencyKeyReused, Unavailable
from money.purchases.rows import Turns
from shop.errors import BadStock, OutOfStock, PriceChanged, TooManyOpenOrders
from shop.orders import settlement
from shop.orders.settlement import DAY_MS
from shop.pins.how import HELD_MS
from shop.placing.batch import HELD_CHECKOUTS_MAX
from shop.products import stock
from shop.products.products import Draft, VariantDraft
from shop.tables import shop_checkouts
from tests.money.conftest import HeldClock
from tests.money.providers.stripe_server import StripeServer
from tests.served import ROOT
from tests.shop.conftest import Market, open_market

BUYERS = 500
PIECES = 10


def test_of_500_buyers_on_two_connections_only_10_get_one_of_10_pieces(
    market: Market, database_url: str, stripe: StripeServer, clock: HeldClock, tmp_path: Path
) -> None:
    variant = market.product(market.seller(), PIECES)
    second = Database(database_url)
    other = open_market(second, tmp_path / "other", stripe, clock)

    def buy(number: int) -> bool:
        node = (market, other)[number % 2]
        try:
            _, purchase = node.place(f"b{number}", {variant: 1})
        except OutOfStock:
            return False
        node.pay(purchase)
        return True

    with ThreadPoolExecutor(8) as pool:
        won = list(pool.map(buy, range(BUYERS)))
    assert sum(won) == PIECES
    assert market.stock(variant) == (PIECES, PIECES)
    other.close()
    second.close()


def test_a_node_that_is_killed_while_it_places_orders_leaves_no_piece_held_twice_or_lost(
    market: Market, database_url: str, tmp_path: Path
) -> None:
    variant = market.product(market.seller(), 1_000)
    doomed = subprocess.Popen(
        [sys.executable, "-m", "tests.shop.doomed", database_url, str(tmp_path / "doomed"), variant],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert doomed.stdout is not None
    placed = [doomed.stdout.readline() for _ in range(20)]
    os.kill(doomed.pid, signal.SIGKILL)
    doomed.wait()
    doomed.stdout.close()
    assert all(placed)
    on_hand, reserved = market.stock(variant)
    assert reserved >= len(placed)  # acknowledged after the commit
    market.clock.now += HELD_MS + 1
    market.look()
    assert market.stock(variant) == (on_hand, 0)


def test_a_payment_that_comes_after_the_hold_is_an_order_if_there_are_enough_left(market: Market) -> None:
    variant = market.product(market.seller(), 1)
    placed, purchase = market.place("ada", {variant: 1})
    market.expire(purchase)
    assert market.stock(variant) == (1, 0)
    market.server.session(purchase.id)["status"] = "open"
    market.pay(purchase)
    assert [order.state for order in market.orders(placed)] == ["paid"]
    assert market.stock(variant) == (1, 1)


def test_a_payment_that_comes_after_the_last_piece_is_sold_is_refunded_by_a_job(market: Market) -> None:
    variant = market.product(market.seller(), 1)
    placed, purchase = market.place("ada", {variant: 1})
    market.expire(purchase)
    market.buy("bea", {variant: 1})
    market.pay(purchase)
    [order] = market.orders(placed)
    assert order.state == "cancelled"
    market.carry_out()
    assert market.server.charge_of(purchase.id)["amount_refunded"] == placed.total_minor
    assert market.held("checkout") == 0
    assert market.stock(variant) == (1, 1)


def test_a_hold_that_ran_out_is_released_only_when_nobody_can_pay_anymore(market: Market) -> None:
    variant = market.product(market.seller(), 1)
    placed, purchase = market.place("ada", {variant: 1})
    market.clock.now += HELD_MS + 1
    market.server.pay(purchase.id)  # its event is late
    market.look()
    assert [order.state for order in market.orders(placed)] == ["paid"]
    assert market.stock(variant) == (1, 1)


def test_webhook_and_browser_that_come_at_once_make_one_order(market: Market) -> None:
    variant = market.product(market.seller(), 5)
    placed, purchase = market.place("ada", {variant: 1})
    market.server.pay(purchase.id)
    together = [threading.Thread(target=market.hear, args=[purchase]) for _ in range(4)]
    for one in together:
        one.start()
    for one in together:
        one.join()
    [order] = market.orders(placed)
    assert order.state == "paid"
    assert market.held("order") == order.total_minor


def test_the_same_request_places_one_order_and_another_under_its_key_is_refused(market: Market) -> None:
    variant = market.product(market.seller(), 5)
    first, _ = market.place("ada", {variant: 1}, key="k")
    again, _ = market.place("ada", {variant: 1}, key="k")
    assert first.id == again.id
    assert market.stock(variant) == (5, 1)
    with pytest.raises(IdempotencyKeyReused):
        market.place("ada", {variant: 2}, key="k")


def test_who_holds_without_paying_may_hold_only_a_few_checkouts(market: Market) -> None:
    variant = market.product(market.seller(), 50)
    for _ in range(HELD_CHECKOUTS_MAX):
        market.place("ada", {variant: 1})
    with pytest.raises(TooManyOpenOrders):
        market.place("ada", {variant: 1})
    assert market.stock(variant) == (50, HELD_CHECKOUTS_MAX)


def test_an_order_counts_at_the_price_when_it_is_placed_and_is_refused_at_another_than_was_shown(
    market: Market,
) -> None:
    seller = market.seller()
    variant = market.product(seller, 5, 1_000)
    placed, purchase = market.place("ada", {variant: 1}, total=1_500)

    def dearer() -> None:
        [product] = market.database.read(lambda c: market.shop.product_views.own(c, seller.id, "", 9)).items
        draft = Draft("Mug", [VariantDraft({"EUR": 1_200}, variant)], "", "offered")
        market.database.write(lambda c: market.shop.products.change(c, seller, product.id, draft))

    dearer()
    with pytest.raises(PriceChanged):
        market.place("bea", {variant: 1}, total=1_500)
    market.pay(purchase)
    assert market.held("order") == placed.total_minor == 1_500
    assert market.stock(variant) == (5, 1)


def test_a_seller_cannot_take_away_what_is_sold(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller, 3)
    market.buy("ada", {variant: 2})

    def change(by: int, key: str) -> None:
        market.database.write(lambda c: stock.change(c, variant, by, key, 1))

    with pytest.raises(BadStock):
        change(-2, "a")
    change(-1, "b")
    change(-1, "b")
    assert market.stock(variant) == (2, 2)


def test_checkouts_that_cannot_be_ended_keep_no_other_stock_waiting(
    market: Market, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As after another payment provider was chosen."""
    variant = market.product(market.seller())
    _, lost = market.place("ada", {variant: 1})
    market.place("bob", {variant: 1})
    end = market.money.purchases.end

    def of_another_provider(purchase: str) -> None:
        if purchase == lost.id:
            raise Unavailable
        end(purchase)

    monkeypatch.setattr(market.money.purchases, "end", of_another_provider)
    monkeypatch.setattr(settlement, "ROUND_MAX", 1)
    market.shop.settlement._turns = Turns(shop_checkouts.c.id, 1)
    market.clock.now += DAY_MS
    for _ in range(2):
        market.look()
    assert market.stock(variant) == (10, 1)
