"""A limit holds in the gift's own transaction: lower at once, higher after 48 hours, on every node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import pytest

from core.database import Database
from core.errors import Refusal
from money.errors import InsufficientCoins, SpendingLimitReached
from money.gifts import GiftOrder, GiftReceipt
from money.part import Money
from money.spending import Caps, Limits
from money.spending.limits import SPENDING_KEPT_DAYS, Day
from money.spending.rules import DAY_MS, RAISE_AFTER_MS
from tests.money.conftest import START, HeldClock
from tests.money.test_gifts import coins, grant

Give = Callable[..., list[str]]
FULL = SpendingLimitReached.code


@pytest.fixture
def give(money: Money, clock: HeldClock) -> Give:
    def give(*keys: str, gift: str = "coffee", giver: str = "ada") -> list[str]:
        """Gives coffees (10 coins); what became of each."""
        orders = [GiftOrder(key, giver, "bob", gift, 1, "room", clock()) for key in keys]
        return [outcome(a) for a in money.database.write(lambda c: money.gifts.give(c, orders))]

    return give


def outcome(answer: GiftReceipt | Refusal) -> str:
    if isinstance(answer, Refusal):
        return answer.code
    return "again" if answer.replayed else "given"


def set_limits(money: Money, day: int | None = None, month: int | None = None, person: str = "ada") -> Limits:
    return money.database.write(lambda c: money.limits.set(c, person, day, month))


def limits(money: Money, person: str = "ada") -> Limits:
    return money.database.read(lambda c: money.limits.limits(c, person))


def test_a_gift_that_would_pass_the_limit_of_the_day_is_refused_and_moves_nothing(money: Money, give: Give) -> None:
    grant(money, "ada", 100)
    set_limits(money, day=25)
    assert give("a", "b", "c", "d") == ["given", "given", FULL, FULL]
    assert give("e") == [FULL]
    assert give("f", gift="heart") == ["given"]  # 5 coins still fit
    assert coins(money, "ada") == 75
    assert (limits(money).day_spent, limits(money).month_spent) == (25, 25)


def test_a_new_day_begins_anew_but_the_month_goes_on(money: Money, clock: HeldClock, give: Give) -> None:
    grant(money, "ada", 1000)
    set_limits(money, day=20, month=50)
    for day in range(2):
        assert give(f"{day}a", f"{day}b", f"{day}c") == ["given", "given", FULL]
        clock.now += DAY_MS
    assert give("x", "y") == ["given", FULL]
    clock.now += 27 * DAY_MS
    assert give("z") == [FULL]  # the first day still counts
    clock.now += DAY_MS
    assert give("z") == ["given"]


def test_a_gift_given_before_is_answered_even_when_the_limit_is_reached(money: Money, give: Give) -> None:
    grant(money, "ada", 100)
    set_limits(money, day=10)
    assert give("a") == ["given"]
    assert give("a", "b", "a") == ["again", FULL, "again"]
    assert coins(money, "ada") == 90


def test_a_gift_that_the_wallet_cannot_pay_counts_nothing(money: Money, give: Give) -> None:
    grant(money, "ada", 15)
    set_limits(money, day=15)
    assert give("a", "b") == ["given", InsufficientCoins.code]
    assert give("c", gift="heart") == ["given"]


def test_others_are_not_affected(money: Money, give: Give) -> None:
    grant(money, "ada", 100)
    grant(money, "cleo", 100)
    set_limits(money, day=0)
    assert (give("a"), give("a", giver="cleo")) == ([FULL], ["given"])


def test_fifty_gifts_at_once_cannot_pass_a_limit(money: Money, database: Database, give: Give) -> None:
    grant(money, "ada", 1000)
    set_limits(money, day=100)
    with ThreadPoolExecutor(10) as threads:
        outcomes = Counter(chain.from_iterable(threads.map(lambda n: give(f"k{n}"), range(50))))
    assert outcomes == {"given": 10, FULL: 40}
    assert limits(money).day_spent == 100


def test_a_lower_limit_holds_at_once_and_a_higher_one_after_48_hours(money: Money, clock: HeldClock) -> None:
    assert set_limits(money, day=100).day_coins == 100
    raised = set_limits(money, day=200)
    assert raised.day_coins == 100
    assert [(c.span, c.coins, c.at) for c in raised.waiting] == [("day", 200, START + RAISE_AFTER_MS)]
    assert set_limits(money, day=50).waiting == []  # lowering takes the raise back
    set_limits(money, day=200)
    clock.now += RAISE_AFTER_MS - 1
    assert limits(money).day_coins == 50
    clock.now += 1
    assert (limits(money).day_coins, limits(money).waiting) == (200, [])


def test_asking_again_for_a_higher_limit_does_not_begin_the_wait_anew(money: Money, clock: HeldClock) -> None:
    set_limits(money, day=100)
    set_limits(money, day=200)
    clock.now += RAISE_AFTER_MS // 2
    assert set_limits(money, day=200).waiting[0].at == START + RAISE_AFTER_MS


def test_giving_up_a_limit_waits_too(money: Money, clock: HeldClock) -> None:
    set_limits(money, day=100, month=1000)
    assert [change.coins for change in set_limits(money).waiting] == [None, None]
    assert (limits(money).day_coins, limits(money).month_coins) == (100, 1000)
    clock.now += RAISE_AFTER_MS
    assert (limits(money).day_coins, limits(money).month_coins) == (None, None)


def test_the_platforms_cap_holds_for_those_who_set_none(money: Money, give: Give) -> None:
    grant(money, "ada", 200_000)
    caps = money.limits.caps
    assert limits(money).day_max == caps.day
    assert give(*map(str, range(12)), gift="castle") == ["given"] * 10 + [FULL] * 2
    assert set_limits(money, day=10**9).day_max == caps.day


def test_a_clock_that_goes_back_gives_no_second_month(money: Money, clock: HeldClock, give: Give) -> None:
    grant(money, "ada", 100)
    set_limits(money, month=20)
    assert give("a", "b") == ["given", "given"]
    clock.now -= 3 * DAY_MS
    set_limits(money, month=20)
    assert give("c") == [FULL]


def test_a_person_is_told_each_time_they_have_given_much_until_they_have_seen_it(money: Money, give: Give) -> None:
    grant(money, "ada", 30_000)
    assert money.limits.caps.notice == 10_000
    give("a", gift="rocket")
    assert limits(money).notice is None
    give("b", gift="rocket")
    notice = limits(money).notice
    assert notice is not None
    assert notice.coins == 10_000
    money.database.write(lambda c: money.limits.notice_seen(c, "ada"))
    give("c")
    assert limits(money).notice is None


def test_what_was_given_is_shown_by_day_and_forgotten_in_the_end(money: Money, clock: HeldClock, give: Give) -> None:
    grant(money, "ada", 100)
    give("a")
    clock.now += 2 * DAY_MS
    give("b", "c")
    days = money.database.read(lambda c: money.limits.days(c, "ada"))
    today = clock.now // DAY_MS
    assert list(days) == [Day(today - 2, 10), Day(today, 20)]
    clock.now += (SPENDING_KEPT_DAYS + 1) * DAY_MS
    money.database.write(money.limits.forget_old)
    clock.now -= (SPENDING_KEPT_DAYS + 1) * DAY_MS
    assert money.database.read(lambda c: money.limits.days(c, "ada")) == []


def test_the_caps_are_settings(money: Money) -> None:
    assert money.limits.caps == Caps(100_000, 500_000, 10_000)
