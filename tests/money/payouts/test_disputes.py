"""Payouts and disputes of the coins they were earned with: whoever comes first, every coin and cent is somewhere."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.executors import Executors
from money.earnings import DAY_MS
from money.errors import InsufficientEarnings
from money.ledger.accounts import debt, payable, pending, wallet
from money.payouts.sending import SILENCE_MS
from money.payouts.states import Payout
from money.providers import Purchase
from money.providers.stripe import Stripe
from money.purchases.purchases import Purchases
from tests.money.conftest import HeldClock
from tests.money.payouts.conftest import Open, Told, World
from tests.money.providers.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer
from tests.money.purchases.conftest import Shop, server

__all__ = ["server"]
COINS = 7_000


@pytest.fixture
def world(open_world: Open, told: Told) -> World:
    """The commission is a half; every gift is held for 7 days."""
    made = open_world(earnings_new_hold_days=7, commission_percent=50)
    made.part.rails["sandbox"] = told
    return made


@pytest.fixture
def shop(world: World, server: StripeServer, clock: HeldClock) -> Iterator[Shop]:
    stripe = Stripe(
        secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, api_url=server.url, site_url="https://live.example",
        clock=clock,
    )  # fmt: skip
    money = world.money
    pay, receipts = Executors().payments, money.receipts
    purchases = Purchases(world.database, clock, money.ledger, money.earnings, stripe, pay, receipts)
    yield Shop(money, server, purchases, stripe, clock)
    stripe.close()


def earned(world: World, shop: Shop) -> Purchase:
    """Ada buys coins and gives all of them to Bob, whose hold then ends; nothing has swept it."""
    world.creator("bob", coins=1)
    bought = shop.buy("ada", "coins-7000")
    shop.give("coffee", COINS // 10)
    world.clock.now += 9 * DAY_MS
    return bought


def test_a_dispute_after_all_coins_were_given_and_paid_out_is_a_debt_that_the_next_purchase_pays(
    world: World, shop: Shop, told: Told
) -> None:
    bought = earned(world, shop)
    paid = world.approved(1_750)  # at 500 cents for 1,000 coins: all that Bob has
    world.round()
    assert (world.see(paid).state, paid.coins) == ("paid", COINS // 2)
    dispute = shop.server.dispute(bought.id)
    assert shop.hear(bought).state == "disputed"
    assert shop.reversed == []
    assert (shop.balance(wallet("ada")), shop.balance(debt("ada"))) == (0, -COINS)
    assert (shop.balance(payable("bob")), shop.balance(debt("bob"))) == (1, 0)
    assert len(told.paid) == 1
    shop.buy("ada", "coins-350")
    assert (shop.balance(wallet("ada")), shop.balance(debt("ada"))) == (0, 350 - COINS)
    shop.server.decide(dispute, "won")
    assert shop.hear(bought).state == "won"
    assert (shop.balance(wallet("ada")), shop.balance(debt("ada"))) == (350, 0)


@pytest.mark.parametrize("number", range(3))
def test_a_payout_that_races_with_a_dispute_gets_the_coins_or_finds_them_gone(
    world: World, shop: Shop, number: int
) -> None:
    purchase = earned(world, shop)
    shop.server.dispute(purchase.id)

    def ask() -> Payout | None:
        try:
            return world.approved(1_750)
        except InsufficientEarnings:
            return None

    with ThreadPoolExecutor(2) as threads:
        first, second = (ask, lambda: shop.hear(purchase)) if number % 2 else (lambda: shop.hear(purchase), ask)
        outcomes = [one.result() for one in (threads.submit(first), threads.submit(second))]
    payout = outcomes[0] if number % 2 else outcomes[1]
    assert shop.now(purchase).state == "disputed"
    assert shop.now(purchase).taken_coins == COINS
    world.round()
    if isinstance(payout, Payout):
        assert world.see(payout).state == "paid"
        assert (shop.balance(debt("ada")), shop.balance(payable("bob"))) == (-COINS, 1)
    else:
        assert (shop.balance(debt("ada")), shop.balance(payable("bob"))) == (0, 1)
        assert sum(gift.coins for gift in shop.reversed) == COINS
    assert shop.balance(pending("bob")) == 0


def test_a_clock_that_goes_back_releases_and_pays_nothing_twice(world: World, shop: Shop, told: Told) -> None:
    earned(world, shop)
    told.plan = ["after"]
    payout = world.approved(1_750)
    world.round()
    assert world.see(payout).state == "sent"
    world.clock.now -= 20 * DAY_MS  # to before the gifts
    world.database.write(world.money.earnings.release)
    for _ in range(3):
        world.round(SILENCE_MS)
    with pytest.raises(InsufficientEarnings):
        world.ask(1_750)
    shop.buy("eve", "coins-70")
    shop.give("rose", giver="eve")
    world.clock.now += 20 * DAY_MS
    world.database.write(world.money.earnings.release)
    world.round(SILENCE_MS)
    assert world.see(payout).state == "paid"
    assert len(told.paid) == 1
    assert shop.balance(payable("bob")) == 1, "half a rose is no coin yet"
