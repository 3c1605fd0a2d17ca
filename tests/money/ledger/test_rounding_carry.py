"""A creator's shares are whole coins and add up to the exact share over time."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.database import Database
from money.gifts import GiftOrder, GiftReceipt
from money.ledger import rounding_carry
from money.ledger.rounding_carry import Split, left
from money.ledger.terms import Terms
from money.part import Money
from tests.coins import add_coins

AT = 1_800_000_000_000

percents = st.integers(0, 100)
gifts = st.lists(st.tuples(st.integers(1, 10_000), st.booleans()), max_size=60)


@given(percents, gifts)
def test_shares_are_whole_coins_and_add_up_despite_refusals(percent: int, given_: list[tuple[int, bool]]) -> None:
    """Batches of one to three gifts, some of which the ledger then refuses."""
    owed = exact = paid = 0
    for start in range(0, len(given_), 3):
        split = Split({"bob": owed})
        for coins, refused in given_[start : start + 3]:
            share, _ = split.shares("bob", coins, Terms(percent))
            assert 0 <= share <= coins
            if not refused:
                owed += left(coins, 100 - percent, share)
                exact += coins * (100 - percent)
                paid += share * 100
    assert owed == exact - paid, "nothing is lost"
    assert abs(owed) <= 300, "and it is never more than a batch can leave"


@given(percents, st.lists(st.integers(1, 500), min_size=1, max_size=60))
def test_without_refusals_a_creator_is_never_owed_a_whole_coin(percent: int, amounts: list[int]) -> None:
    split = Split({})
    paid = sum(split.shares("bob", coins, Terms(percent))[0] for coins in amounts)
    assert paid == sum(amounts) * (100 - percent) // 100


def roses(money: Money, *keys: str) -> list[int]:
    orders = [GiftOrder(key=k, giver="ada", creator="bob", gift="rose", count=1, room="r", at=AT) for k in keys]
    receipts = money.database.write(lambda c: money.gifts.give(c, orders))
    return [receipt.creator_coins for receipt in receipts if isinstance(receipt, GiftReceipt)]


def test_roses_given_one_by_one_pay_as_much_as_in_a_batch(database: Database, money: Money) -> None:
    """At 40 percent commission the creator gets three of five coins, in one batch or five. A retry pays nothing."""
    database.write(lambda c: add_coins(c, "ada", 100, "start"))
    assert [share for key in "abcde" for share in roses(money, key)] == [0, 1, 0, 1, 1]
    assert roses(money, "a", "c", "e") == [0, 0, 1], "as they were"
    assert sum(roses(money, "f", "g", "h", "i", "j")) == 3
    assert database.read(lambda c: rounding_carry.owed(c, {"bob"})).paid == {"bob": 0}


def test_a_refused_gift_leaves_no_carry(database: Database, money: Money) -> None:
    database.write(lambda c: add_coins(c, "ada", 1, "start"))
    assert roses(money, "a", "b", "c") == [0], "one coin, one gift"
    assert database.read(lambda c: rounding_carry.owed(c, {"bob"})).paid == {"bob": 60}
