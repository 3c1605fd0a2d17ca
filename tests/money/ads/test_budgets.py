"""Budgets: nothing is spent beyond the campaign's budget or the advertiser's balance, and every step counts once."""

from __future__ import annotations

import asyncio
import random
import threading
from collections.abc import Sequence

import pytest

from core.errors import IdempotencyKeyReused, Refusal
from money.ads import Capture, Release, Reserve, Spending
from money.errors import AdBalanceTooLow, BudgetSpent, InvalidTransfer
from money.ledger.accounts import AD_REVENUE, MICRO_PER_MINOR, ad_balance
from money.part import Money
from money.purchases.debts import balance

EURO = 1_000_000


def pay_in(money: Money, euros: int, advertiser: str = "bakery") -> None:
    asyncio.run(money.purchases.pay_in("ada", advertiser, euros * 100, f"{advertiser} {euros}"))


def reserve(money: Money, *asked: Reserve) -> list[int | Refusal]:
    return money.database.write(lambda c: money.ad_budgets.reserve(c, asked))


def capture(money: Money, *asked: Capture) -> list[int | Refusal]:
    return money.database.write(lambda c: money.ad_budgets.capture(c, asked))


def release(money: Money, *asked: Release) -> list[int | Refusal]:
    return money.database.write(lambda c: money.ad_budgets.release(c, asked))


def spending(money: Money, campaign: str = "spring") -> Spending:
    return money.database.read(lambda c: money.ad_budgets.spending(c, [campaign]))[campaign]


def available(money: Money, advertiser: str = "bakery") -> int:
    return money.database.read(lambda c: balance(c, ad_balance(advertiser), lock=False))


def kinds(answers: Sequence[int | Refusal]) -> list[int | type[Refusal]]:
    return [answer if isinstance(answer, int) else type(answer) for answer in answers]


def test_what_is_reserved_is_billed_or_comes_back(money: Money) -> None:
    pay_in(money, 10)
    assert available(money) == 1_000 * MICRO_PER_MINOR
    assert reserve(money, Reserve("1", "bakery", "spring", 4 * EURO, 9 * EURO)) == [4 * EURO]
    assert capture(money, Capture("1", "bakery", "spring", 8_000)) == [8_000]
    assert release(money, Release("1", "bakery", "spring", 4 * EURO - 8_000)) == [4 * EURO - 8_000]
    assert spending(money) == Spending(8_000, 0)
    assert available(money) == 10 * EURO - 8_000
    assert money.database.read(lambda c: balance(c, AD_REVENUE, lock=False)) == 8_000


def test_a_reservation_gets_what_is_left_but_not_less_than_it_can_use(money: Money) -> None:
    pay_in(money, 10)
    asked = [Reserve(str(n), "bakery", "spring", 4 * EURO, 9 * EURO, least=EURO) for n in range(4)]
    assert kinds(reserve(money, *asked)) == [4 * EURO, 4 * EURO, EURO, BudgetSpent]
    another = Reserve("1", "bakery", "autumn", 4 * EURO, 9 * EURO, least=2 * EURO)
    assert kinds(reserve(money, another)) == [AdBalanceTooLow]


def test_a_repeated_step_gets_the_same_answer_and_moves_nothing(money: Money) -> None:
    pay_in(money, 10)
    asked = Reserve("1", "bakery", "spring", 4 * EURO, 5 * EURO)
    assert reserve(money, asked, asked) + reserve(money, asked) == [4 * EURO] * 3
    billed = Capture("1", "bakery", "spring", EURO)
    assert capture(money, billed) + capture(money, billed) == [EURO] * 2
    back = Release("1", "bakery", "spring", EURO)
    assert release(money, back) + release(money, back) == [EURO] * 2
    assert spending(money) == Spending(EURO, 2 * EURO)
    assert kinds(capture(money, Capture("1", "bakery", "spring", 2))) == [IdempotencyKeyReused]


@pytest.mark.parametrize("micro", [0, -1, 10**12 + 1, 2**63, -(2**63)])
def test_amounts_at_the_limits_are_refused(money: Money, micro: int) -> None:
    pay_in(money, 10)
    assert reserve(money, Reserve("ok", "bakery", "spring", EURO, 5 * EURO)) == [EURO]
    assert kinds(reserve(money, Reserve("1", "bakery", "spring", micro, 2**63))) == [InvalidTransfer]
    assert kinds(capture(money, Capture("1", "bakery", "spring", micro))) == [InvalidTransfer]
    assert kinds(release(money, Release("1", "bakery", "spring", micro))) == [InvalidTransfer]
    assert spending(money) == Spending(0, EURO)


def test_nobody_bills_or_returns_more_than_is_held(money: Money) -> None:
    pay_in(money, 10)
    reserve(money, Reserve("1", "bakery", "spring", EURO, 5 * EURO))
    assert kinds(capture(money, Capture("1", "bakery", "spring", EURO + 1))) == [InvalidTransfer]
    assert kinds(release(money, Release("1", "bakery", "spring", EURO + 1))) == [InvalidTransfer]


def test_what_is_returned_can_be_spent_again_within_the_budget(money: Money) -> None:
    pay_in(money, 10)
    reserve(money, Reserve("1", "bakery", "spring", 5 * EURO, 5 * EURO))
    answers = release(money, Release("1", "bakery", "spring", 2 * EURO))
    answers += reserve(money, Reserve("2", "bakery", "spring", 5 * EURO, 5 * EURO))
    assert answers == [2 * EURO, 2 * EURO]


def test_two_threads_that_race_for_a_budget_never_exceed_it(money: Money) -> None:
    pay_in(money, 100)
    budget, price = 5 * EURO, 70_001
    got: list[int] = []

    def serve(name: str) -> None:
        draw = random.Random(name)
        for number in range(40):
            key = f"{name}{number}"
            [answer] = reserve(money, Reserve(key, "bakery", "spring", 3 * price, budget, least=price))
            if not isinstance(answer, int):
                continue
            views = draw.randint(0, answer // price)
            if views:
                assert capture(money, Capture(key, "bakery", "spring", views * price)) == [views * price]
            if answer > views * price:
                assert release(money, Release(key, "bakery", "spring", answer - views * price))
            got.append(views * price)

    threads = [threading.Thread(target=serve, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert spending(money) == Spending(sum(got), 0)
    assert sum(got) <= budget
    assert sum(got) > budget - price, "what was left would have paid another view"
