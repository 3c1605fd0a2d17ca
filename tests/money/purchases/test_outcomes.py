"""Whatever events come, how often and in which order: the books follow what the provider says, once."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

import pytest
from sqlalchemy import select

from core.errors import Unavailable
from money.ledger.accounts import cash, fees, losses, provider, wallet
from money.providers import Purchase, Subject
from money.tables import purchases
from tests.money.conftest import HeldClock
from tests.money.providers.stripe_server import DISPUTE_FEE
from tests.money.purchases.conftest import Shop

Happening = Callable[[Shop, Purchase], object]
STORIES: dict[str, tuple[Happening, ...]] = {
    "refunded": (lambda shop, p: shop.server.pay(p.id), lambda shop, p: shop.server.refund(p.id, 499)),
    "partly_refunded": (lambda shop, p: shop.server.pay(p.id), lambda shop, p: shop.server.refund(p.id, 100)),
    "disputed": (lambda shop, p: shop.server.pay(p.id), lambda shop, p: shop.server.dispute(p.id)),
    "lost": (
        lambda shop, p: shop.server.pay(p.id),
        lambda shop, p: shop.server.dispute(p.id),
        lambda shop, p: shop.server.decide(list(shop.server.disputes.values())[-1], "lost"),
    ),
    "won": (
        lambda shop, p: shop.server.pay(p.id),
        lambda shop, p: shop.server.dispute(p.id),
        lambda shop, p: shop.server.decide(list(shop.server.disputes.values())[-1], "won"),
    ),
}


def open_purchase(shop: Shop, person: str) -> Purchase:
    return asyncio.run(shop.purchases.buy(person, "coins-350", person))


@pytest.mark.parametrize("outcome", STORIES)
def test_the_books_are_the_same_whichever_events_are_heard(shop: Shop, outcome: str) -> None:
    """Every subset of the events but the last one may be lost, and the last one may come again."""
    story, books = STORIES[outcome], []
    for number, heard in enumerate(itertools.product((True, False), repeat=len(story) - 1)):
        before = shop.books()
        purchase = open_purchase(shop, f"p{number}")
        for happens, is_heard in zip(story, (*heard, True), strict=True):
            happens(shop, purchase)
            if is_heard:
                shop.hear(purchase)
        assert shop.hear(purchase).state == outcome
        after = shop.books()
        changes = {account: amount - before.get(account, 0) for account, amount in after.items()}
        mine = f"p{number}"
        named = {(a.owner.replace(mine, "the buyer"), a.kind, a.unit): n for a, n in changes.items() if n}
        books.append(named)
    assert all(one == books[0] for one in books)


def test_fees_are_posted_once_and_kept_apart(shop: Shop) -> None:
    purchase = shop.buy()
    shop.hear(purchase)
    assert shop.balance(fees("USD")) == -60
    assert shop.balance(provider("stripe", "USD")) == -(499 - 60)
    dispute = shop.server.dispute(purchase.id)
    shop.hear(purchase)
    assert shop.balance(fees("USD")) == -60 - DISPUTE_FEE
    shop.server.decide(dispute, "won")
    shop.hear(purchase)
    assert shop.balance(fees("USD")) == -60
    assert shop.balance(losses("USD")) == 0
    assert shop.balance(cash("USD")) == 499


def test_an_inquiry_takes_nothing(shop: Shop) -> None:
    purchase = shop.buy()
    shop.server.dispute(purchase.id, status="warning_needs_response")
    assert shop.hear(purchase).state == "paid"
    assert shop.balance(wallet("ada")) == 350


def test_a_fraud_warning_refunds_everything_once(shop: Shop) -> None:
    purchase = shop.buy()
    shop.server.warn(purchase.id)
    for _ in range(2):
        shop.hear(purchase)
    assert shop.now(purchase).state == "refunded"
    assert shop.balance(wallet("ada")) == 0
    [refund] = shop.money.database.read(lambda c: shop.purchases.refunds.of(c, purchase.id))
    assert (refund.reason, refund.state, refund.amount_minor, refund.by) == ("fraud_warning", "done", 499, None)
    assert len(shop.server.refunds) == 1


def test_a_fraud_warning_that_calls_for_nothing_is_only_heard(shop: Shop) -> None:
    purchase = shop.buy()
    shop.server.warn(purchase.id, actionable=False)
    assert shop.hear(purchase).state == "paid"


def test_a_warning_before_the_purchase_was_linked_credits_and_refunds(shop: Shop) -> None:
    purchase = open_purchase(shop, "ada")
    shop.server.pay(purchase.id)
    shop.server.warn(purchase.id)
    shop.hear(purchase)
    assert shop.now(purchase).state == "refunded"
    assert shop.balance(wallet("ada")) == 0


def test_a_payment_without_a_checkout_of_ours_is_not_ours(shop: Shop) -> None:
    purchase = shop.buy()
    ref = shop.server.charge_of(purchase.id)["payment_intent"]
    shop.server.session(purchase.id)["client_reference_id"] = None
    assert asyncio.run(shop.purchases.hear(Subject("payment", ref))) is None


def test_two_proofs_of_place_are_kept(shop: Shop) -> None:
    shop.buy()
    places = select(purchases.c.country, purchases.c.card_country)
    assert shop.money.database.read(lambda c: tuple(c.execute(places).one())) == ("FR", "DE")


def test_the_clock_going_backwards_changes_no_outcome(shop: Shop, clock: HeldClock) -> None:
    purchase = shop.buy()
    clock.now -= 10 * 86_400_000
    shop.server.dispute(purchase.id)
    assert shop.hear(purchase).state == "disputed"
    clock.now -= 10 * 86_400_000
    shop.server.decide(next(iter(shop.server.disputes.values())), "won")
    assert shop.hear(purchase).state == "won"
    assert shop.balance(wallet("ada")) == 350


def test_events_at_the_same_time_are_counted_once(shop: Shop) -> None:
    purchase = shop.buy()
    shop.give("bouquet")
    shop.server.dispute(purchase.id)
    subject = Subject("payment", shop.server.charge_of(purchase.id)["payment_intent"])

    async def storm() -> None:
        await asyncio.gather(*(shop.purchases.hear(subject) for _ in range(8)))

    asyncio.run(storm())
    now = shop.now(purchase)
    assert (now.state, now.taken_coins, now.returned_minor) == ("disputed", 350, 499)
    assert shop.balance(cash("USD")) == 0


@pytest.mark.parametrize("trouble", [["garbage"], [500, 500, 500], ["lost", "lost", "lost"]])
def test_a_silent_or_broken_provider_changes_nothing(shop: Shop, trouble: list[int | str]) -> None:
    purchase = shop.buy()
    shop.server.dispute(purchase.id)
    before = shop.books()
    shop.server.trouble = list(trouble)
    with pytest.raises(Unavailable):
        shop.hear(purchase)
    assert shop.books() == before
    assert shop.hear(purchase).state == "disputed"
