"""A creator's shares are whole coins, and over time exactly what is theirs."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from core.database import Database
from money import fractions
from money.fractions import Split
from money.gifts import GiftOrder, GiftReceipt
from money.part import Money

AT = 1_800_000_000_000

percents = st.integers(0, 100)
gifts = st.lists(st.tuples(st.integers(1, 10_000), st.booleans()), max_size=60)


@given(percents, gifts)
def test_shares_are_whole_and_add_up_whatever_is_refused(percent: int, given_: list[tuple[int, bool]]) -> None:
    """Batches of one to three gifts, some of which the ledger then refuses."""
    owed = exact = paid = 0
    for start in range(0, len(given_), 3):
        split = Split({"bob": owed}, percent)
        for coins, refused in given_[start : start + 3]:
            share = split.share("bob", coins)
            assert 0 <= share <= coins
            if not refused:
                owed += split.left(coins, share)
                exact += coins * (100 - percent)
                paid += share * 100
    assert owed == exact - paid, "nothing is lost"
    assert abs(owed) <= 300, "and it is never more than a batch can leave"


@given(percents, st.lists(st.integers(1, 500), min_size=1, max_size=60))
def test_without_refusals_a_creator_is_never_owed_a_whole_coin(percent: int, amounts: list[int]) -> None:
    split = Split({}, percent)
    paid = sum(split.share("bob", coins) for coins in amounts)
    assert paid == sum(amounts) * (100 - percent) // 100


def roses(money: Money, *keys: str) -> list[int]:
    orders = [GiftOrder(key=k, giver="ada", creator="bob", gift="rose", count=1, room="r", at=AT) for k in keys]
    receipts = money.database.write(lambda c: money.gifts.give(c, orders))
    return [receipt.creator_coins for receipt in receipts if isinstance(receipt, GiftReceipt)]


def test_single_roses_pay_their_creator(database: Database, money: Money) -> None:
    """A commission of 40 percent: of five coins three are the creator's, in one batch or five; a retry pays nothing."""
    database.write(lambda c: money.grant(c, "ada", 100, "grant", "test"))
    assert [share for key in "abcde" for share in roses(money, key)] == [0, 1, 0, 1, 1]
    assert roses(money, "a", "c", "e") == [0, 0, 1], "as they were"
    assert sum(roses(money, "f", "g", "h", "i", "j")) == 3
    assert database.read(lambda c: fractions.owed(c, {"bob"})) == {"bob": 0}


def test_a_refused_gift_leaves_nothing(database: Database, money: Money) -> None:
    database.write(lambda c: money.grant(c, "ada", 1, "grant", "test"))
    assert roses(money, "a", "b", "c") == [0], "one coin, one gift"
    assert database.read(lambda c: fractions.owed(c, {"bob"})) == {"bob": 60}
