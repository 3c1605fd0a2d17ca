"""A gift debits its price once, and creator and platform together get all of it."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from core.database import Database
from core.errors import IdempotencyKeyReused, Refusal
from money.agreements import InForce
from money.catalogue import GIFTS
from money.errors import BadCount, CannotGiveToYourself, InsufficientCoins, UnknownGift
from money.gifts import GiftOrder, GiftReceipt, Gifts, count_max
from money.ledger.accounts import COMMISSION
from money.part import Money
from money.tables import accounts
from tests.coins import add_coins
from tests.money.conftest import START


def order(key: str = "k", gift: str = "rose", count: int = 1, giver: str = "ada", creator: str = "bob") -> GiftOrder:
    return GiftOrder(key=key, giver=giver, creator=creator, gift=gift, count=count, room="room", at=START)


def give(money: Money, *orders: GiftOrder) -> list[GiftReceipt | Refusal]:
    return money.database.write(lambda c: money.gifts.give(c, orders))


def grant(money: Money, person: str, coins: int) -> None:
    money.database.write(lambda c: add_coins(c, person, coins, f"{person}:{coins}"))


def coins(money: Money, person: str) -> int:
    return money.database.read(lambda c: money.wallets.wallet(c, person)).coins


def test_a_gift_moves_its_price_and_splits_it(money: Money) -> None:
    grant(money, "ada", 1000)
    assert give(money, order(gift="bouquet", count=3)) == [
        GiftReceipt(coins=297, creator_coins=178, balance=703, replayed=False)  # 60 % of 297 is 178.2
    ]
    wallet = money.database.read(lambda c: money.wallets.wallet(c, "bob"))
    assert (wallet.coins, wallet.earnings.pending, wallet.earnings.payable) == (0, 178, 0)


def test_every_gift_of_the_catalogue_can_be_given(money: Money) -> None:
    total = sum(gift.coins for gift in GIFTS.values())
    grant(money, "ada", total)
    receipts = give(money, *(order(key=gift, gift=gift) for gift in GIFTS))
    assert [r.coins for r in receipts if isinstance(r, GiftReceipt)] == [gift.coins for gift in GIFTS.values()]
    assert coins(money, "ada") == 0


def test_a_repeated_order_returns_the_same_receipt_and_moves_nothing(money: Money) -> None:
    grant(money, "ada", 100)
    [first] = give(money, order(gift="heart"))
    [other] = give(money, order(key="k2", gift="heart"))
    [again] = give(money, order(gift="heart"))
    assert first == GiftReceipt(5, 3, 95, False)
    assert other == GiftReceipt(5, 3, 90, False)
    assert again == GiftReceipt(5, 3, 95, True)
    assert coins(money, "ada") == 90


def test_a_duplicate_order_in_one_batch_is_posted_once(money: Money) -> None:
    grant(money, "ada", 100)
    assert give(money, order(gift="cake"), order(gift="cake")) == [
        GiftReceipt(30, 18, 70, False),
        GiftReceipt(30, 18, 70, True),
    ]


def test_a_key_cannot_be_used_for_another_gift(money: Money) -> None:
    grant(money, "ada", 100)
    answers = give(money, order(gift="rose"), order(gift="heart"), order(gift="rose", count=2), order(creator="cleo"))
    assert [type(a) for a in answers] == [GiftReceipt, IdempotencyKeyReused, IdempotencyKeyReused, IdempotencyKeyReused]
    assert coins(money, "ada") == 99
    answers = give(money, order(gift="heart"), order(gift="rose"), order(creator="cleo"))
    assert answers[1] == GiftReceipt(1, 0, 99, True)
    assert [type(answers[0]), type(answers[2])] == [IdempotencyKeyReused, IdempotencyKeyReused]


def test_two_people_may_use_the_same_key(money: Money) -> None:
    grant(money, "ada", 10)
    grant(money, "cleo", 10)
    answers = give(money, order(), order(giver="cleo"))
    assert [a.replayed for a in answers if isinstance(a, GiftReceipt)] == [False, False]


def test_a_refused_gift_can_be_given_with_the_same_key_once_there_are_coins(money: Money) -> None:
    [refused] = give(money, order(gift="crown"))
    assert isinstance(refused, InsufficientCoins)
    grant(money, "ada", 500)
    [given] = give(money, order(gift="crown"))
    assert isinstance(given, GiftReceipt)


def test_a_dear_gift_is_sent_one_at_a_time(money: Money) -> None:
    grant(money, "ada", 30_000)
    [pair] = give(money, order("1", "castle", count=2))
    assert isinstance(pair, BadCount)
    assert coins(money, "ada") == 30_000
    give(money, order("2", "castle"))
    give(money, order("3", "bouquet", count=10))
    assert coins(money, "ada") == 30_000 - 10_000 - 990
    assert {gift for gift in GIFTS if count_max(gift) == 1} == {"teddy", "crown", "fireworks", "rocket", "castle"}


def test_one_refused_order_does_not_affect_the_rest_of_its_batch(money: Money) -> None:
    grant(money, "ada", 12)
    answers = give(
        money,
        order("1", "coffee"),
        order("2", "nothing"),
        order("3", count=0),
        order("4", count=1000),
        order("5", creator="ada"),
        order("6", "heart"),
        order("7", count=2),
        order("\0"),
        order("9" * 65),
    )
    assert [type(a).__name__ for a in answers] == [
        "GiftReceipt", UnknownGift.__name__, BadCount.__name__, BadCount.__name__, CannotGiveToYourself.__name__,
        InsufficientCoins.__name__, "GiftReceipt", "InvalidRequest", "InvalidRequest",
    ]  # fmt: skip
    assert coins(money, "ada") == 0


@pytest.mark.parametrize(("percent", "creator", "platform"), [(0, 99, 0), (30, 69, 30), (50, 49, 50), (100, 0, 99)])
def test_a_gift_records_the_commission_in_force(
    database: Database, money: Money, percent: int, creator: int, platform: int
) -> None:
    grant(money, "ada", 1000)
    gifts = Gifts(money.ledger, money.earnings, InForce(percent), money.limits.caps)
    [receipt] = database.write(lambda c: gifts.give(c, [order(gift="bouquet")]))
    assert isinstance(receipt, GiftReceipt)
    assert receipt.creator_coins == creator
    later = Gifts(money.ledger, money.earnings, InForce(75), money.limits.caps)
    [again] = database.write(lambda c: later.give(c, [order(gift="bouquet")]))
    assert again == GiftReceipt(99, creator, 901, True)
    line = database.read(lambda c: money.wallets.statement(c, "bob", "gift_received", "", 10)).items[0]
    assert (line.amount, line.detail["commission_percent"]) == (creator, percent)
    [commission] = database.read(
        lambda c: c.execute(select(accounts.c.balance).where(accounts.c.kind == COMMISSION.kind)).scalars().all()
    )
    assert commission == platform
