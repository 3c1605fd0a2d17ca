"""Just what a gift lacks can be bought, at a price that no pack beats."""

from __future__ import annotations

import asyncio
import random

import pytest

from core.errors import IdempotencyKeyReused
from money.catalogue import COIN_PACKS
from money.earnings import DAY_MS
from money.errors import BadCount, NothingLacking, UnknownGift
from money.ledger.accounts import debt, wallet
from money.purchases.lacking import CHARGE_MINOR_MIN, lack, priced
from tests.money.conftest import HeldClock
from tests.money.purchases.conftest import Shop


def test_just_the_coins_that_are_missing_are_bought(shop: Shop) -> None:
    shop.buy("ada", "coins-70")
    bought = asyncio.run(shop.purchases.buy_lacking("ada", "teddy", 1, "k"))
    assert (bought.coins, bought.price_minor, bought.pack) == (129, 183, "")  # 129 coins at 99 cents for 70, rounded up
    shop.server.pay(bought.id)
    shop.hear(bought)
    shop.give("teddy")
    assert shop.balance(wallet("ada")) == 0


def test_the_same_key_is_the_same_purchase_even_when_the_balance_changed(shop: Shop) -> None:
    first = asyncio.run(shop.purchases.buy_lacking("ada", "cake", 3, "k"))
    shop.buy("ada", "coins-70")
    assert asyncio.run(shop.purchases.buy_lacking("ada", "cake", 3, "k")) == first
    for gift, count in (("cake", 2), ("rose", 3)):
        with pytest.raises(IdempotencyKeyReused):
            asyncio.run(shop.purchases.buy_lacking("ada", gift, count, "k"))
    with pytest.raises(IdempotencyKeyReused):
        asyncio.run(shop.purchases.buy("ada", "coins-70", "k"))


def test_a_small_lack_is_rounded_up_to_the_least_charge() -> None:
    offer = priced("rose", 1, 1)
    assert (offer.coins, offer.price_minor) == (35, CHARGE_MINOR_MIN)


def test_no_pack_with_as_many_coins_is_cheaper() -> None:
    dice = random.Random(7)
    for coins in [*range(1, 400), *(dice.randint(400, 100_000) for _ in range(2_000))]:
        offer = priced("rose", 1, coins)
        assert offer.coins >= coins
        assert offer.price_minor >= CHARGE_MINOR_MIN
        assert all(offer.price_minor <= p.price_minor for p in COIN_PACKS.values() if p.coins >= offer.coins)


def test_what_is_owed_is_bought_first(shop: Shop, clock: HeldClock) -> None:
    purchase = shop.buy("ada", "coins-350")
    for _ in range(3):
        shop.give("bouquet")
    clock.now += 9 * DAY_MS
    shop.money.database.write(shop.money.earnings.release)
    shop.server.dispute(purchase.id)
    shop.hear(purchase)
    assert shop.balance(debt("ada")) == -297
    assert shop.money.database.read(lambda c: lack(c, "ada", "coffee", 9)).coins == 90 + 297


@pytest.mark.parametrize(
    ("gift", "count"), [("unknown", 1), ("rose", 0), ("rose", -1000), ("rose", 10**9), ("castle", 2)]
)
def test_strange_gifts_and_counts_are_refused(shop: Shop, gift: str, count: int) -> None:
    with pytest.raises((UnknownGift, BadCount)):
        asyncio.run(shop.purchases.buy_lacking("ada", gift, count, "k"))


def test_nothing_is_sold_when_nothing_lacks(shop: Shop) -> None:
    shop.buy("ada", "coins-70")
    with pytest.raises(NothingLacking):
        asyncio.run(shop.purchases.buy_lacking("ada", "balloons", 1, "k"))
