"""Prizes: what is held can only be paid to a winner or go back, once, and a debt is paid first."""

from __future__ import annotations

import pytest
from sqlalchemy import insert

from core.ids import new_id
from money.ads.prizes import Prizes
from money.ads.statement import AdStatement, Spent, ad_statement
from money.errors import AdBalanceTooLow, CurrencyNotPaid, InvalidTransfer
from money.ledger.accounts import AD_MINT, AD_PRIZES, PRIZE_COINS, ad_balance, ad_debt, ad_prize, debt, payable
from money.ledger.rules import Account, Posted, Transfer
from money.part import Money
from money.rates.rates import coins_for
from money.reports.months import month_of
from money.tables import coin_rates
from tests.money.conftest import HeldClock
from tests.money.purchases.conftest import Shop

EURO = 1_000_000


def post(money: Money, entries: dict[Account, int]) -> None:
    transfer = Transfer(new_id(), "test", 0, "", entries, {})
    [verdict] = money.database.write(lambda c: money.ledger.post(c, [transfer]))
    assert isinstance(verdict, Posted)


@pytest.fixture
def prizes(shop: Shop) -> Prizes:
    """A bakery has a hundred euros."""
    post(shop.money, {AD_MINT: -100 * EURO, ad_balance("bakery"): 100 * EURO})
    rate = {"currency": "EUR", "valid_from": 0, "per_thousand": 333, "by": "root"}
    shop.money.database.write(lambda c: c.execute(insert(coin_rates).values(rate)))
    return shop.money.prizes


def test_a_prize_is_paid_once_first_to_what_its_winner_owes(shop: Shop, prizes: Prizes) -> None:
    write = shop.money.database.write
    write(lambda c: prizes.hold(c, "one", "bakery", 60 * EURO, 5 * EURO))
    assert (shop.balance(ad_prize("one")), shop.balance(ad_balance("bakery"))) == (65 * EURO, 35 * EURO)
    with pytest.raises(InvalidTransfer):
        write(lambda c: prizes.hold(c, "one", "bakery", 10 * EURO, 0))
    with pytest.raises(InvalidTransfer):
        write(lambda c: prizes.pay(c, "one", "bob"))  # it has not begun
    write(lambda c: prizes.begin(c, "one"))
    post(shop.money, {debt("bob"): -1_000, PRIZE_COINS: 1_000})
    paid = write(lambda c: prizes.pay(c, "one", "bob"))
    assert paid.coins == coins_for(6_000, 333) == 18_019
    assert (shop.balance(debt("bob")), shop.balance(payable("bob"))) == (0, 17_019)
    assert (shop.balance(ad_prize("one")), shop.balance(AD_PRIZES)) == (0, 60 * EURO)
    for again in (
        lambda c: prizes.pay(c, "one", "bob"), lambda c: prizes.pay(c, "one", "eve"),
        lambda c: prizes.give_back(c, "one"), lambda c: prizes.begin(c, "one"),
    ):  # fmt: skip
        with pytest.raises(InvalidTransfer):
            write(again)


def test_what_goes_back_pays_what_the_advertiser_owes_first(shop: Shop, prizes: Prizes) -> None:
    write = shop.money.database.write
    write(lambda c: prizes.hold(c, "one", "bakery", 60 * EURO, 5 * EURO))
    post(shop.money, {ad_balance("bakery"): -35 * EURO, ad_debt("bakery"): -20 * EURO, AD_MINT: 55 * EURO})  # a dispute
    with pytest.raises(AdBalanceTooLow):
        write(lambda c: prizes.hold(c, "two", "bakery", 10 * EURO, 0))
    assert shop.balance(ad_prize("one")) == 65 * EURO  # it stays the winner's
    write(lambda c: prizes.give_back(c, "one"))
    assert (shop.balance(ad_debt("bakery")), shop.balance(ad_balance("bakery"))) == (0, 45 * EURO)
    write(lambda c: prizes.hold(c, "one", "bakery", 10 * EURO, 0))  # booked again
    assert shop.balance(ad_prize("one")) == 10 * EURO


def test_prizes_and_their_fees_are_spent_when_they_are_paid_and_nothing_was_paid_in_or_back(
    shop: Shop, prizes: Prizes, clock: HeldClock
) -> None:
    write, month = shop.money.database.write, month_of(clock.now)
    for challenge, fee in (("one", 5), ("two", 1), ("three", 0)):
        write(lambda c, name=challenge, fee=fee: prizes.hold(c, name, "bakery", 10 * EURO, fee * EURO))  # type: ignore[misc]
    write(lambda c: prizes.begin(c, "one"))
    write(lambda c: prizes.pay(c, "one", "bob"))
    write(lambda c: prizes.give_back(c, "two"))
    assert shop.money.database.read(lambda c: ad_statement(c, clock, "bakery", month)) == AdStatement(
        month, False, "EUR", 100 * EURO, 0, 0, 15 * EURO, 85 * EURO, [Spent("one", 15 * EURO)]
    )


def test_what_cannot_be_held_or_paid_is_refused(shop: Shop, prizes: Prizes) -> None:
    write = shop.money.database.write
    for micro in (0, -1, 5, 10**11):
        with pytest.raises(InvalidTransfer):
            write(lambda c, micro=micro: prizes.hold(c, "one", "bakery", micro, 0))  # type: ignore[misc]
    with pytest.raises(AdBalanceTooLow):
        write(lambda c: prizes.hold(c, "one", "bakery", 100 * EURO, 10_000))
    write(lambda c: c.execute(coin_rates.delete()))
    with pytest.raises(CurrencyNotPaid):
        write(lambda c: prizes.hold(c, "one", "bakery", 50 * EURO, 0))
    assert shop.balance(ad_prize("one")) == 0
