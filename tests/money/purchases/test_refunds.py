"""A refund is carried out once, whatever fails and however often it is asked for."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import update

from core.errors import Conflict, IdempotencyKeyReused, NotFound
from money import tables
from money.errors import AnotherAdminNeeded, NotRefundable
from money.ledger.accounts import cash, wallet
from money.purchases.purchases import CHECKOUT_MS_MAX
from money.purchases.refunds import RETRY_AFTER_MS
from money.purchases.rows import Turns
from tests.money.conftest import HeldClock
from tests.money.purchases.conftest import Shop


def test_parts_may_be_refunded_up_to_the_price(shop: Shop) -> None:
    purchase = shop.buy()
    assert shop.refund(purchase, 100) == "done"
    assert shop.now(purchase).state == "partly_refunded"
    for amount in (0, -1, 400, 10**12):
        with pytest.raises(NotRefundable):
            shop.refund(purchase, amount)
    assert shop.refund(purchase, 399) == "done"
    assert shop.now(purchase).state == "refunded"
    assert shop.balance(cash("USD")) == 0
    with pytest.raises(NotRefundable):
        shop.refund(purchase)


def test_the_same_key_refunds_once(shop: Shop) -> None:
    purchase = shop.buy()
    for _ in range(3):
        asyncio.run(shop.purchases.ask_refund(purchase.id, by="eve", key="k", reason="request", amount_minor=100))
    assert shop.now(purchase).refunded_minor == 100
    with pytest.raises(IdempotencyKeyReused):
        asyncio.run(shop.purchases.ask_refund(purchase.id, by="eve", key="k", reason="request", amount_minor=99))


def test_the_same_key_with_another_reason_or_note_is_refused(shop: Shop) -> None:
    purchase = shop.buy()
    asyncio.run(shop.purchases.ask_refund(purchase.id, by="eve", key="k", reason="request", amount_minor=100))
    for other in ({"reason": "fraud"}, {"reason": "request", "note": "as agreed"}):
        with pytest.raises(IdempotencyKeyReused):
            asyncio.run(shop.purchases.ask_refund(purchase.id, by="eve", key="k", amount_minor=100, **other))


def test_a_purchase_that_was_paid_before_its_payment_was_noted_is_refunded(shop: Shop) -> None:
    """Those of before there were refunds. One that cannot be asked for would keep all later ones waiting."""
    purchase = shop.buy()
    shop.money.database.write(lambda c: c.execute(update(tables.purchases).values(payment_ref=None)))
    assert shop.refund(purchase, 100) == "done"
    assert shop.now(purchase).refunded_minor == 100


def test_nobody_refunds_their_own_purchase(shop: Shop) -> None:
    purchase = shop.buy("eve")
    with pytest.raises(AnotherAdminNeeded):
        shop.refund(purchase)
    assert shop.server.refunds == {}


def test_an_unknown_or_unpaid_purchase_cannot_be_refunded(shop: Shop) -> None:
    with pytest.raises(NotFound):
        asyncio.run(shop.purchases.ask_refund("unknown", by="eve", key="k", reason="request"))
    pending = asyncio.run(shop.purchases.buy("ada", "coins-70", "k"))
    with pytest.raises(NotRefundable):
        shop.refund(pending)


def test_a_disputed_purchase_cannot_be_refunded(shop: Shop) -> None:
    purchase = shop.buy()
    shop.server.dispute(purchase.id)
    shop.hear(purchase)
    with pytest.raises(NotRefundable):
        shop.refund(purchase)
    assert shop.server.refunds == {}


def test_a_dispute_that_we_have_not_heard_of_stops_a_refund(shop: Shop) -> None:
    purchase = shop.buy()
    shop.server.dispute(purchase.id)
    assert shop.refund(purchase) == "failed"
    assert shop.now(purchase).state == "disputed"
    assert shop.now(purchase).returned_minor == 499


@pytest.mark.parametrize("answers", [[200, "lost", "lost", "lost"], [500, 500, 500], ["lost", "lost", "lost"]])
def test_after_a_silence_the_provider_is_asked_before_it_is_tried_again(
    shop: Shop, clock: HeldClock, answers: list[int | str]
) -> None:
    """The first request lists the refunds, the second makes one: its answer is lost here."""
    purchase = shop.buy()
    shop.server.trouble = list(answers)
    assert shop.refund(purchase) == "asked"
    with pytest.raises(Conflict):
        shop.refund(purchase)
    clock.now += RETRY_AFTER_MS + 1
    for _ in range(2):
        shop.purchases.look_after()
    assert shop.now(purchase).state == "refunded"
    assert len(shop.server.refunds) == 1


def test_a_refund_waits_for_a_balance_that_lacks(shop: Shop, clock: HeldClock) -> None:
    purchase = shop.buy()
    shop.server.balance_lacks = True
    assert shop.refund(purchase) == "asked"
    clock.now += RETRY_AFTER_MS + 1
    shop.purchases.look_after()
    assert shop.now(purchase).state == "paid"
    shop.server.balance_lacks = False
    shop.purchases.look_after()
    assert shop.now(purchase).state == "refunded"
    assert shop.balance(wallet("ada")) == 0


def test_a_refund_that_somebody_made_at_the_provider_meanwhile_is_done(shop: Shop) -> None:
    purchase = shop.buy()
    shop.server.refund(purchase.id, 499)
    assert shop.refund(purchase) == "done"
    assert shop.now(purchase).refunded_minor == 499
    assert len(shop.server.refunds) == 1


def test_refunds_that_have_to_wait_keep_no_others_waiting(shop: Shop, clock: HeldClock) -> None:
    bought = [shop.buy() for _ in range(5)]
    shop.server.balance_lacks = True
    for one in bought:
        assert shop.refund(one) == "asked"
    clock.now += RETRY_AFTER_MS + 1
    refunds = shop.purchases.refunds
    refunds._turns = Turns(tables.refunds.c.id, 2)
    shop.server.asked.clear()
    for _ in range(3):
        refunds.retry()
    tried = [asked for asked in shop.server.asked if asked == "POST /v1/refunds"]
    assert len(tried) == 5, "two, two and one: each in its turn"
    shop.server.balance_lacks = False
    for _ in range(3):
        refunds.retry()
    assert {shop.now(one).state for one in bought} == {"refunded"}


def test_checkouts_that_do_not_end_keep_no_others_waiting(shop: Shop, clock: HeldClock) -> None:
    begun = [asyncio.run(shop.purchases.buy("ada", "coins-70", f"b{n}")) for n in range(5)]
    for one in begun[:4]:
        shop.server.complete_unpaid(one.id)  # bank transfers that have not arrived
    shop.server.expire(begun[4].id)
    clock.now += CHECKOUT_MS_MAX + 1
    shop.purchases._turns = Turns(tables.purchases.c.id, 2)
    for _ in range(3):
        shop.purchases.look_after()
    assert [shop.now(one).state for one in begun] == ["pending"] * 4 + ["expired"]
