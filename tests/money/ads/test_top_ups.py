"""Paying into an advertiser's balance, and back to the card that paid."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest
from sqlalchemy import Connection

from core.errors import IdempotencyKeyReused, NotFound
from money.ads import Release, Reserve
from money.ads.top_ups import (
    DAY_MS,
    NEW_DAYS,
    NEW_MINOR_MAX,
    TOP_UP_MINOR_MAX,
    TOP_UP_MINOR_MIN,
    AdBalance,
    ad_balance_of,
    top_ups,
)
from money.errors import AdBalanceTooLow, NotRefundable, TopUpAmount
from money.ledger.accounts import AD_CURRENCY, MICRO_PER_MINOR, ad_balance, ad_debt, cash, wallet
from money.part import Money
from money.providers import Purchase
from tests.money.conftest import HeldClock
from tests.money.purchases.conftest import Shop

EURO = 1_000_000


def pay_in(money: Money, cents: int, key: str = "1", advertiser: str = "bakery") -> Purchase:
    return asyncio.run(money.purchases.pay_in("ada", advertiser, cents, key))


def state(money: Money, clock: HeldClock) -> AdBalance:
    return money.database.read(lambda c: ad_balance_of(c, "bakery", clock.now))


def paid_at_stripe(shop: Shop, cents: int) -> Purchase:
    opened = asyncio.run(shop.purchases.pay_in("ada", "bakery", cents, "1"))
    shop.server.pay(opened.id)
    return shop.hear(opened)


def test_money_paid_in_is_there_in_millionths_and_once(money: Money, clock: HeldClock) -> None:
    first = pay_in(money, 10_000)
    assert pay_in(money, 10_000) == first
    assert (first.state, first.currency, first.price_minor) == ("paid", AD_CURRENCY, 10_000)
    held = state(money, clock)
    assert (held.available_micro, held.held_micro, held.debt_micro) == (10_000 * MICRO_PER_MINOR, 0, 0)
    [shown] = money.database.read(lambda c: top_ups(c, "bakery", "", 10)).items
    assert (shown.id, shown.state, shown.amount_minor, shown.refundable_minor) == (
        first.id,
        "completed",
        10_000,
        10_000,
    )


def test_a_key_is_for_one_amount_of_one_advertiser(money: Money) -> None:
    pay_in(money, 10_000)
    for cents, advertiser in ((10_001, "bakery"), (10_000, "butcher")):
        with pytest.raises(IdempotencyKeyReused):
            pay_in(money, cents, "1", advertiser)
    with pytest.raises(IdempotencyKeyReused):
        asyncio.run(money.purchases.buy("ada", "coins-70", "1"))


def test_payments_that_are_opened_at_once_do_not_pass_the_limit_of_a_new_advertiser(money: Money) -> None:
    def half_and_more(key: str) -> Callable[[Connection], Purchase]:
        return lambda c: money.purchases._open_top_up(c, "ada", "bakery", NEW_MINOR_MAX // 2 + 1, key, None)

    with ThreadPoolExecutor(1) as pool, money.database.engine.connect() as first:
        half_and_more("1")(first)
        second = pool.submit(money.database.write, half_and_more("2"))
        sleep(0.3)
        first.commit()
        with pytest.raises(TopUpAmount):
            second.result()


@pytest.mark.parametrize("cents", [-1, 0, TOP_UP_MINOR_MIN - 1, NEW_MINOR_MAX + 1, 2**63])
def test_amounts_outside_of_the_limits_are_refused(money: Money, clock: HeldClock, cents: int) -> None:
    with pytest.raises(TopUpAmount):
        pay_in(money, cents)
    assert state(money, clock).available_micro == 0


def test_a_new_advertiser_may_pay_in_so_much_until_its_card_has_proved_itself(money: Money, clock: HeldClock) -> None:
    pay_in(money, NEW_MINOR_MAX)
    assert state(money, clock).top_up_minor_max == 0
    with pytest.raises(TopUpAmount):
        pay_in(money, TOP_UP_MINOR_MIN, "2")
    clock.now += NEW_DAYS * DAY_MS
    assert state(money, clock).top_up_minor_max == TOP_UP_MINOR_MAX
    assert pay_in(money, TOP_UP_MINOR_MAX, "3").state == "paid"


def test_what_is_not_spent_goes_back_to_the_card_that_paid(money: Money, clock: HeldClock) -> None:
    first, second = pay_in(money, 2_000), pay_in(money, 3_000, "2")
    asked = Reserve("1", "bakery", "spring", 46 * EURO, 46 * EURO)
    money.database.write(lambda c: money.ad_budgets.reserve(c, [asked]))
    with pytest.raises(NotRefundable):
        asyncio.run(money.purchases.pay_back("ada", "bakery", second.id, 401, "r"))
    for _ in range(2):
        refund = asyncio.run(money.purchases.pay_back("ada", "bakery", second.id, 400, "r"))
        assert (refund.state, refund.amount_minor, refund.purchase) == ("done", 400, second.id)
    assert state(money, clock).available_micro == 0
    with pytest.raises(NotRefundable):
        asyncio.run(money.purchases.pay_back("ada", "bakery", first.id, 1, "s"))


def test_another_advertisers_payment_does_not_exist(money: Money) -> None:
    first = pay_in(money, 2_000)
    coins = asyncio.run(money.purchases.buy("ada", "coins-70", "coins"))
    for one in (first, coins):
        with pytest.raises(NotFound):
            asyncio.run(money.purchases.pay_back("eve", "butcher", one.id, 100, "r"))


def test_a_payment_for_ads_is_not_among_ones_own_coins(money: Money) -> None:
    paid = pay_in(money, 2_000)
    with pytest.raises(Exception, match="withdrawn"):
        asyncio.run(money.purchases.withdraw("ada", paid.id, paid.coins, 2_000, "w"))


def test_a_disputed_payment_is_taken_from_the_balance_and_the_rest_is_owed(shop: Shop) -> None:
    heard: list[tuple[str | None, str]] = []
    shop.purchases.outcomes.listen(lambda _, purchase: heard.append((purchase.advertiser, purchase.state)))
    paid = paid_at_stripe(shop, 5_000)
    held = Reserve("1", "bakery", "spring", 30 * EURO, 50 * EURO)
    shop.money.database.write(lambda c: shop.money.ad_budgets.reserve(c, [held]))
    dispute = shop.server.dispute(paid.id)
    assert shop.hear(paid).state == "disputed"
    assert (shop.balance(ad_balance("bakery")), shop.balance(ad_debt("bakery"))) == (0, -30 * EURO)
    assert (shop.balance(cash(AD_CURRENCY)), shop.balance(wallet("ada"))) == (0, 0)

    more = Reserve("2", "bakery", "spring", EURO, 50 * EURO)
    [refused] = shop.money.database.write(lambda c: shop.money.ad_budgets.reserve(c, [more]))
    assert isinstance(refused, AdBalanceTooLow)
    back = Release("1", "bakery", "spring", 30 * EURO)
    shop.money.database.write(lambda c: shop.money.ad_budgets.release(c, [back]))
    assert (shop.balance(ad_balance("bakery")), shop.balance(ad_debt("bakery"))) == (0, 0)
    shop.server.decide(dispute, "won")
    assert shop.hear(paid).state == "won"
    assert (shop.balance(ad_balance("bakery")), shop.balance(cash(AD_CURRENCY))) == (50 * EURO, 5_000)
    assert heard == [("bakery", "disputed"), ("bakery", "won")]


def test_a_warning_of_fraud_refunds_what_was_paid_in(shop: Shop) -> None:
    paid = paid_at_stripe(shop, 5_000)
    shop.server.warn(paid.id)
    shop.hear(paid)
    assert shop.now(paid).state == "refunded"
    assert shop.balance(ad_balance("bakery")) == 0


def test_the_buyer_reads_what_it_is_for(shop: Shop) -> None:
    paid = paid_at_stripe(shop, 5_000)
    assert (paid.title, paid.page) == ("Balance for ads", "/ads")
    assert shop.buy().title == "350 coins"
