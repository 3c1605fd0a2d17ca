"""Within 14 days a buyer may return the coins that they bought and have not spent."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import IdempotencyKeyReused, NotFound
from money.errors import InsufficientCoins, NotWithdrawable, WithdrawalChanged
from money.gifts import GiftOrder
from money.ledger.accounts import wallet
from money.providers import Purchase, RefundAnswer, Subject
from money.purchases.refunds import RETRY_AFTER_MS
from money.purchases.withdrawal import DAY_MS, WITHDRAWAL_DAYS, Offer
from tests.money.conftest import HeldClock
from tests.money.purchases.conftest import Shop


def offer(shop: Shop, purchase: Purchase) -> Offer | None:
    return shop.money.database.read(
        lambda c: shop.purchases.withdrawals.offer(c, shop.purchases.purchase(c, purchase.person, purchase.id))
    )


def withdraw(shop: Shop, purchase: Purchase, coins: int, amount: int, key: str = "w", person: str = "ada") -> str:
    return asyncio.run(shop.purchases.withdraw(person, purchase.id, coins, amount, key)).state


def test_all_of_an_unspent_purchase_is_refunded(shop: Shop) -> None:
    purchase = shop.buy()
    offered = offer(shop, purchase)
    assert offered is not None
    assert (offered.coins, offered.amount_minor, offered.currency) == (350, 499, "USD")
    for _ in range(2):
        assert withdraw(shop, purchase, 350, 499) == "done"
    assert shop.now(purchase).state == "refunded"
    assert shop.balance(wallet("ada")) == 0
    assert offer(shop, purchase) is None
    assert len(shop.server.refunds) == 1


def test_only_unspent_coins_are_refunded_at_their_price(shop: Shop) -> None:
    purchase = shop.buy()
    shop.give("bouquet")
    offered = offer(shop, purchase)
    assert offered is not None
    assert (offered.coins, offered.amount_minor) == (251, 499 * 251 // 350)
    assert withdraw(shop, purchase, 251, offered.amount_minor) == "done"
    now = shop.now(purchase)
    assert (now.state, now.taken_coins) == ("partly_refunded", 251)
    assert shop.balance(wallet("ada")) == 0
    assert shop.reversed == []
    with pytest.raises(NotWithdrawable):
        withdraw(shop, purchase, 1, 1, "again")


def test_coins_of_two_purchases_are_not_refunded_twice(shop: Shop) -> None:
    first, second = shop.buy(), shop.buy()
    shop.give("crown", creator="bob")  # 500 of 700
    assert withdraw(shop, first, 200, 499 * 200 // 350) == "done"
    assert offer(shop, second) is None


def test_nothing_can_be_withdrawn_after_fourteen_days(shop: Shop, clock: HeldClock) -> None:
    purchase = shop.buy()
    clock.now += WITHDRAWAL_DAYS * DAY_MS
    assert offer(shop, purchase) is not None
    clock.now += 1
    assert offer(shop, purchase) is None
    with pytest.raises(NotWithdrawable):
        withdraw(shop, purchase, 350, 499)


def test_an_offer_that_has_changed_is_refused(shop: Shop) -> None:
    purchase = shop.buy()
    shop.give("rose")
    with pytest.raises(WithdrawalChanged):
        withdraw(shop, purchase, 350, 499)
    assert shop.balance(wallet("ada")) == 349


def test_a_key_stands_for_one_withdrawal(shop: Shop) -> None:
    purchase = shop.buy()
    assert withdraw(shop, purchase, 350, 499) == "done"
    for coins, amount in ((349, 499), (350, 498)):
        with pytest.raises(IdempotencyKeyReused):
            withdraw(shop, purchase, coins, amount)


def test_a_buyer_cannot_repeat_an_admins_refund(shop: Shop) -> None:
    purchase = shop.buy()
    asyncio.run(shop.purchases.ask_refund(purchase.id, by="eve", key="w", reason="request", amount_minor=100))
    with pytest.raises(IdempotencyKeyReused):
        withdraw(shop, purchase, 0, 100)


def test_only_the_buyer_may_withdraw(shop: Shop) -> None:
    with pytest.raises(NotFound):
        withdraw(shop, shop.buy(), 350, 499, person="bob")


def test_coins_cannot_be_spent_while_the_provider_is_silent(shop: Shop, clock: HeldClock) -> None:
    purchase = shop.buy()
    shop.server.trouble = [500] * 3
    assert withdraw(shop, purchase, 350, 499) == "asked"
    order = GiftOrder("g", "ada", "bob", "rose", 1, "room", clock.now)
    [refused] = shop.money.database.write(lambda c: shop.money.gifts.give(c, [order]))
    assert isinstance(refused, InsufficientCoins)
    clock.now += RETRY_AFTER_MS + 1
    shop.purchases.look_after()
    assert shop.now(purchase).state == "refunded"


def test_a_withdrawal_stopped_by_a_dispute_restores_the_coins_only_when_it_is_won(shop: Shop) -> None:
    purchase = shop.buy()
    dispute = shop.server.dispute(purchase.id)
    assert withdraw(shop, purchase, 350, 499) == "failed"
    assert shop.now(purchase).state == "disputed"
    assert shop.balance(wallet("ada")) == 0
    shop.server.decide(dispute, "won")
    won = shop.hear(purchase)
    assert (won.state, shop.balance(wallet("ada")), shop.now(purchase).taken_coins) == ("won", 350, 0)


def test_no_key_of_a_buyer_stands_in_the_way_of_a_fraud_warning(shop: Shop) -> None:
    """Whoever pays with a stolen card withdraws a little, under the key that the warning's refund would have."""
    purchase = shop.buy()
    shop.give("bouquet")
    assert withdraw(shop, purchase, 251, 499 * 251 // 350, key="fraud_warning") == "done"
    shop.server.warn(purchase.id)
    shop.hear(purchase)
    assert shop.hear(purchase).state == "refunded"
    assert sum(one["amount"] for one in shop.server.refunds.values()) == 499


def test_a_withdrawal_that_fails_after_a_won_dispute_gives_its_coins_back(shop: Shop) -> None:
    purchase = shop.buy()
    shop.server.trouble = [500] * 3
    assert withdraw(shop, purchase, 350, 499) == "asked"
    dispute = shop.server.dispute(purchase.id)
    shop.hear(purchase)
    shop.server.decide(dispute, "won")
    shop.hear(purchase)
    refused = shop.purchases.refunds
    [asked] = shop.money.database.read(lambda c: refused.of(c, purchase.id))
    answer = RefundAnswer("failed", shop.stripe.payment(Subject("session", purchase.provider_ref or "")), detail="no")
    shop.money.database.write(lambda c: refused._record(c, asked, answer))
    assert shop.balance(wallet("ada")) == 350
    assert shop.now(purchase).taken_coins == 0


def test_a_withdrawal_that_fails_gives_back_no_coins_whose_money_went_back_otherwise(shop: Shop) -> None:
    """Somebody refunds at the provider what we are still asking for there."""
    purchase = shop.buy()
    shop.give("bouquet")
    shop.server.trouble = [500] * 3
    assert withdraw(shop, purchase, 251, 499 * 251 // 350) == "asked"
    shop.server.refund(purchase.id, 400)
    shop.hear(purchase)
    shop.clock.now += RETRY_AFTER_MS + 1
    shop.purchases.look_after()
    now = shop.now(purchase)
    assert (now.state, now.refunded_minor, now.taken_coins) == ("partly_refunded", 400, 350 * 400 // 499)
    assert shop.balance(wallet("ada")) == 0
