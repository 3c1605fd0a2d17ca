"""Bonus coins are spent first and marked, and what a creator gets of them is never paid out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.database import Database
from core.errors import Refusal
from core.ids import new_id
from core.settings import Settings
from money import part as money_part
from money.catalogue import GIFTS
from money.earnings import DAY_MS
from money.errors import InsufficientCoins
from money.gifts import GiftOrder, GiftReceipt, count_max
from money.ledger import rounding_carry
from money.part import Money
from money.tables import accounts, transfers
from tests.coins import add_coins
from tests.cores import core_over
from tests.money.conftest import START, HeldClock, brief


@pytest.fixture
def funded(database: Database, clock: HeldClock, tmp_path: Path) -> Iterator[Money]:
    """The platform pays creators their share of bonus coins."""
    chosen = Settings(data_dir=tmp_path, commission_percent=40, marketing_funds_bonus=True)
    opened = money_part.open(core_over(database, tmp_path, settings=chosen, clock=clock), brief=brief)
    yield opened.api
    assert database.read(opened.api.verify) == []
    opened.close()


def give(money: Money, key: str, gift: str, count: int = 1) -> GiftReceipt | Refusal:
    order = GiftOrder(key, "ada", "bob", gift, count, "room", START)
    [answer] = money.database.write(lambda c: money.gifts.give(c, [order]))
    return answer


def start(money: Money, *, bought: int, bonus: int) -> None:
    money.database.write(lambda c: add_coins(c, "ada", bought, "start")) if bought else None
    money.database.write(lambda c: money.grant(c, "ada", bonus, "start", "welcome"))


def held(money: Money) -> dict[tuple[str, str], int]:
    rows = money.database.read(lambda c: c.execute(select(accounts.c.owner, accounts.c.kind, accounts.c.balance)).all())
    return {(owner, kind): balance for owner, kind, balance in rows}


def test_bonus_coins_are_spent_first_and_the_gift_says_how_many(money: Money) -> None:
    start(money, bought=100, bonus=40)
    assert give(money, "a", "cake") == GiftReceipt(30, 0, 110, False, bonus=30)
    assert give(money, "b", "cake") == GiftReceipt(30, 12, 80, False, bonus=10), "60 % of the 20 that were bought"
    assert give(money, "c", "cake") == GiftReceipt(30, 18, 50, False, bonus=0)
    balances = held(money)
    assert (balances["ada", "bonus"], balances["ada", "wallet"]) == (0, 50)
    assert (balances["bob", "pending"], balances["bob", "promoted"]) == (30, 24)
    assert (balances["platform", "grant"], balances["platform", "commission"]) == (-24, 20)
    details = money.database.read(
        lambda c: c.execute(
            select(transfers.c.detail).where(transfers.c.kind == "gift").order_by(transfers.c.id)
        ).scalars().all()
    )  # fmt: skip
    assert [detail.get("bonus", 0) for detail in details] == [30, 10, 0]


def test_a_repeated_gift_of_bonus_coins_gets_the_same_receipt(money: Money) -> None:
    start(money, bought=100, bonus=40)
    for key in ("a", "b"):
        first = give(money, key, "cake")
        assert isinstance(first, GiftReceipt)
        give(money, f"{key}2", "rose")
        assert give(money, key, "cake") == GiftReceipt(
            first.coins, first.creator_coins, first.balance, True, first.bonus
        )


def test_bonus_and_bought_coins_together_do_not_buy_more_than_there_are(money: Money) -> None:
    start(money, bought=19, bonus=10)
    assert isinstance(give(money, "a", "cake"), InsufficientCoins)
    wallet = money.database.read(lambda c: money.wallets.wallet(c, "ada"))
    assert (wallet.coins, wallet.bonus, wallet.debt) == (29, 10, 0)


def test_the_share_of_bonus_coins_is_carried_to_the_hundredth(money: Money) -> None:
    """At 40 percent commission a creator gets three of five roses, of bonus coins, too, and apart from bought ones."""
    start(money, bought=5, bonus=5)
    for n in range(10):
        give(money, f"{n}", "rose")
    balances = held(money)
    assert (balances["bob", "promoted"], balances["bob", "pending"]) == (3, 3)
    owed = money.database.read(lambda c: rounding_carry.owed(c, {"bob"}))
    assert (owed.paid, owed.bonus) == ({"bob": 0}, {"bob": 0})


def test_the_platform_may_pay_for_bonus_coins_out_of_marketing(funded: Money, clock: HeldClock) -> None:
    start(funded, bought=100, bonus=40)
    assert give(funded, "a", "cake") == GiftReceipt(30, 18, 110, False, bonus=30)
    assert give(funded, "b", "cake") == GiftReceipt(30, 18, 80, False, bonus=10)
    balances = held(funded)
    assert balances["platform", "marketing"] == -24
    assert balances["platform", "grant"] == 0, "every bonus coin is back"
    assert balances["bob", "pending"] == 36
    clock.now = START + 9 * DAY_MS
    funded.database.write(funded.earnings.release)
    assert held(funded)["bob", "payable"] == 36


actions = st.lists(
    st.one_of(
        st.tuples(st.just("buy"), st.integers(1, 300)),
        st.tuples(st.just("grant"), st.integers(1, 300)),
        st.tuples(st.sampled_from(sorted(GIFTS)[:6]), st.integers(1, 20)),
        st.tuples(st.just("release"), st.just(0)),
    ),
    max_size=25,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(actions)
def test_bonus_coins_never_become_payable(money: Money, clock: HeldClock, steps: list[tuple[str, int]]) -> None:
    """Whatever is bought, granted, given and released: creators earn their share of bought coins and no more."""
    run = new_id()
    giver, creator = f"{run}a", f"{run}b"
    bought = spent = 0
    for number, (what, n) in enumerate(steps):
        key = f"{run}{number}"
        if what == "buy":
            money.database.write(lambda c: add_coins(c, giver, n, key))  # noqa: B023
            bought += n
        elif what == "grant":
            money.database.write(lambda c: money.grant(c, giver, n, key, "test"))  # noqa: B023
        elif what == "release":
            clock.now += 9 * DAY_MS
            money.database.write(money.earnings.release)
        else:
            order = GiftOrder(key, giver, creator, what, min(n, count_max(what)), "room", clock.now)
            [answer] = money.database.write(lambda c: money.gifts.give(c, [order]))  # noqa: B023
            if isinstance(answer, GiftReceipt):
                spent += answer.coins - answer.bonus
        earned = money.database.read(lambda c: money.wallets.wallet(c, creator)).earnings
        assert earned.pending + earned.payable == spent * 60 // 100
        assert spent <= bought
