"""Whichever limit is lower holds, and only a limit that allows more waits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from money.spending.rules import Caps, Spent, allowed, day_of, is_raise

COINS = st.integers(0, 10**9)


@given(own_day=st.none() | COINS, own_month=st.none() | COINS, day=COINS, month=COINS)
def test_the_lower_of_ones_own_limit_and_the_platforms_holds(
    own_day: int | None, own_month: int | None, day: int, month: int
) -> None:
    highest = 10**10
    assert allowed({"day": own_day, "month": own_month}, Caps(day, month)) == (
        min(day, highest if own_day is None else own_day),
        min(month, highest if own_month is None else own_month),
    )
    assert allowed({}, Caps(day, month)) == (day, month)


@given(gifts=st.lists(st.integers(1, 10_000)), day=COINS, month=COINS)
def test_gifts_that_are_allowed_one_by_one_never_pass_a_limit(gifts: list[int], day: int, month: int) -> None:
    spent = Spent(0, 0, day, month)
    for coins in gifts:
        if spent.exceeds(coins) is None:
            spent.add(coins)
    assert spent.day <= day
    assert spent.month <= month


@pytest.mark.parametrize(
    ("now", "wanted", "raised"),
    [(None, 5, False), (5, None, True), (5, 6, True), (5, 5, False), (5, 4, False), (None, None, False), (0, 1, True)],
)
def test_no_limit_is_the_highest_limit(now: int | None, wanted: int | None, raised: bool) -> None:
    assert is_raise(now, wanted) is raised


def test_each_step_is_passed_once() -> None:
    spent, passed = Spent(0, 0, 10**9, 10**9), []
    for _ in range(40):
        spent.add(7)
        passed.append(spent.passed(7, 100))
    assert [much for much in passed if much] == [100, 200]
    assert spent.passed(7, 0) == 0


def test_a_day_begins_at_midnight_utc() -> None:
    assert (day_of(86_399_999), day_of(86_400_000)) == (0, 1)
