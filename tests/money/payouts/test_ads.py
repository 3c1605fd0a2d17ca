"""A creator's share of ads is paid out like everything else, once the payment it comes from is old enough."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import Refusal
from money.ads import HELD_DAYS, Capture, Reserve, payable_micro
from money.errors import CurrencyNotPaid, InsufficientEarnings
from money.ledger.accounts import AD_REDEEMED, MICRO_PER_MINOR, ad_share
from money.payouts.rails.rail import Paid, Refused, Returned
from money.payouts.states import Payout
from money.purchases.debts import balance
from tests.money.payouts.conftest import Told, World

EURO = 1_000_000
DAY_MS = 86_400_000


def show(world: World, euros: int, key: str = "1") -> None:
    """An ad made of bob's video is billed; half of it is his."""
    asyncio.run(world.money.purchases.pay_in("ada", "bakery", 2 * euros * 100, key))
    campaign, spent = f"spring {key}", 2 * euros * EURO
    budgets = world.money.ad_budgets
    world.write(lambda c: budgets.reserve(c, [Reserve(key, "bakery", campaign, spent, spent)]))
    captured = Capture(key, "bakery", campaign, spent, {}, "bob", spent // 2)
    assert world.write(lambda c: budgets.capture(c, [captured])) == [spent]


def ask(world: World, amount: int, currency: str = "EUR", key: str = "ads") -> Payout:
    return world.database.write(lambda c: world.part.payouts.request(c, "bob", amount, currency, key, "ads"))


def share(world: World) -> int:
    return world.database.read(lambda c: balance(c, ad_share("bob"), lock=False))


def test_a_share_waits_thirty_days_and_is_then_paid(world: World, told: Told) -> None:
    world.creator(coins=1)
    show(world, 50)
    world.clock.now += HELD_DAYS * DAY_MS - 1
    with pytest.raises(InsufficientEarnings):
        ask(world, 5_000)
    world.clock.now += 1
    show(world, 10, "2")  # which has to wait
    assert world.database.read(lambda c: payable_micro(c, "bob", world.clock.now)) == 50 * EURO
    for amount, refusal in ((5_001, InsufficientEarnings), (6_000, InsufficientEarnings)):
        with pytest.raises(refusal):
            ask(world, amount)
    with pytest.raises(CurrencyNotPaid):
        ask(world, 1_000, "USD")
    payout = ask(world, 5_000)
    assert (payout.source, payout.coins, payout.per_thousand) == ("ads", 0, 0)
    assert share(world) == 10 * EURO
    assert ask(world, 5_000).id == payout.id, "the same key is the same payout"
    world.approve(payout)
    world.round()
    assert world.see(payout).state == "paid"
    assert [one.amount_minor for one in told.paid.values()] == [5_000]
    assert world.database.read(lambda c: balance(c, AD_REDEEMED, lock=False)) == 50 * EURO
    assert world.payable() == 1, "coins are another matter"


@pytest.mark.parametrize("how", ["cancelled", "failed", "returned"])
def test_what_comes_back_is_their_share_again(world: World, told: Told, how: str) -> None:
    world.creator()
    show(world, 50)
    world.clock.now += HELD_DAYS * DAY_MS
    payout = ask(world, 3_000)
    if how == "cancelled":
        world.write(lambda c: world.part.payouts.cancel(c, "bob", payout.id))
    else:
        if how == "failed":
            told.plan = [Refused("closed")]
        world.approve(payout)
        world.round()
        if how == "returned":
            world.write(lambda c: world.part.sending.record(c, payout.id, Returned("r", "closed"), 1))
    assert world.see(payout).state == how
    assert share(world) == 50 * EURO
    assert world.database.read(lambda c: balance(c, AD_REDEEMED, lock=False)) == 0


def test_a_part_that_comes_back_is_their_share_again(world: World) -> None:
    world.creator()
    show(world, 50)
    world.clock.now += HELD_DAYS * DAY_MS
    payout = world.approve(ask(world, 3_000))
    world.round()
    world.write(lambda c: world.part.sending.record(c, payout.id, Paid("r", returned_minor=1_200), 1))
    assert share(world) == 20 * EURO + 1_200 * MICRO_PER_MINOR


def test_no_two_payouts_get_the_same_share(world: World) -> None:
    world.creator()
    show(world, 50)
    world.clock.now += HELD_DAYS * DAY_MS
    answers: list[Payout | Refusal] = []
    for key in ("a", "b"):
        try:
            answers.append(ask(world, 3_000, key=key))
        except Refusal as refusal:
            answers.append(refusal)
    assert [isinstance(one, InsufficientEarnings) for one in answers] == [False, True]
