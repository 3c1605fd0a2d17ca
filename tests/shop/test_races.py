"""What two nodes, or two taps, do in the same moment."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import sleep
from typing import Any

from sqlalchemy import Connection

from core.errors import Conflict
from shop.sellers.sellers import Details
from tests.shop.conftest import Market, who


def at_once(market: Market, act: Callable[[Connection], Any]) -> Any:
    """Do it a second time while the first is not committed yet. Returns what the second got."""
    with ThreadPoolExecutor(1) as pool, market.database.engine.connect() as connection:
        act(connection)
        second = pool.submit(market.database.write, act)
        sleep(0.3)
        connection.commit()
        return second.result()


def test_two_taps_put_something_into_the_cart_once(market: Market) -> None:
    variant = market.product(market.seller())
    at_once(market, lambda c: market.shop.carts.put(c, "ada", variant, 2))
    assert market.database.read(lambda c: market.shop.carts.of(c, "ada")) == {variant: 2}


def test_who_asks_to_sell_twice_is_one_seller(market: Market) -> None:
    details = Details("Sam Ltd", "1 Main Street", "FR", "", "", "mail@example.org")
    with contextlib.suppress(Conflict):
        at_once(market, lambda c: market.shop.sellers.apply(c, who("sam"), details))
    assert [one.person for one in market.database.read(lambda c: market.shop.sellers.page(c, None, "", 10))] == ["sam"]


def test_a_payment_to_a_seller_that_is_noted_twice_is_one(market: Market) -> None:
    seller = market.seller()
    [order] = market.buy("ada", {market.product(seller): 1})
    market.send(order)
    market.wait_for_settlement()
    before = market.books()[f"sales {seller.id}"]
    pay = market.shop.balances.pay
    at_once(market, lambda c: pay(c, seller, 500, "EUR", "SEPA 1", "root", "key"))
    assert market.books()[f"sales {seller.id}"] == before - 500
