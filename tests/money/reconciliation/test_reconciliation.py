"""Every cent that differs between the provider and the books is found, on whichever side it is."""

from __future__ import annotations

import asyncio

import pytest
from sqlalchemy import insert, select, update

from core.errors import Unavailable
from money.ledger.accounts import fees, provider
from money.providers import Purchase
from money.reconciliation.differences import NotedDifference
from money.reconciliation.reconciliation import BANK, DAY_MS, LAG_MS, RECONCILE_DAYS, Reconciled, Reconciliation
from money.tables import movements, transfers
from tests.money.conftest import HeldClock
from tests.money.purchases.conftest import Shop, server, shop

__all__ = ["server", "shop"]


@pytest.fixture
def reconciliation(shop: Shop) -> Reconciliation:
    return Reconciliation(
        shop.money.database, shop.clock, shop.money.ledger, shop.stripe, shop.purchases.differences
    )  # fmt: skip


def reconcile(shop: Shop, reconciliation: Reconciliation) -> Reconciled:
    """After the lag."""
    shop.clock.now += LAG_MS + 2_000
    shop.server.now = shop.clock.now // 1000
    return reconciliation.run()


def noted(shop: Shop, *, settled: bool = False) -> list[NotedDifference]:
    read = shop.money.database.read
    return read(lambda c: shop.purchases.differences.page(c, settled=settled, cursor="", limit=100)).items


def test_books_that_agree_have_no_difference(shop: Shop, reconciliation: Reconciliation) -> None:
    first, second, third = shop.buy(), shop.buy(), shop.buy()
    shop.refund(first, 100)
    dispute = shop.server.dispute(second.id)
    shop.hear(second)
    shop.server.decide(dispute, "won")
    shop.hear(second)
    shop.server.dispute(third.id, amount=530)
    shop.hear(third)
    done = reconcile(shop, reconciliation)
    assert (done.rows, done.found) == (len(shop.server.transactions), 0)


@pytest.mark.parametrize(
    ("change", "kind"),
    [({"amount": 500}, "amount_differs"), ({"fee": 61}, "fee_differs"), ({"currency": "eur"}, "currency_differs")],
)
def test_one_changed_cent_at_the_provider_is_found(
    shop: Shop, reconciliation: Reconciliation, change: dict[str, object], kind: str
) -> None:
    purchase = shop.buy()
    shop.buy()
    shop.server.transactions[0].update(change)
    for _ in range(2):
        assert reconcile(shop, reconciliation).found == 1
    [difference] = noted(shop)
    assert (difference.kind, difference.purchase) == (kind, purchase.id)


def test_one_changed_cent_in_our_books_is_found(shop: Shop, reconciliation: Reconciliation) -> None:
    purchase = shop.buy()
    shop.money.database.write(lambda c: c.execute(update(movements).values(amount_minor=498)))
    reconcile(shop, reconciliation)
    assert {(one.kind, one.ours_minor, one.theirs_minor) for one in noted(shop)} == {
        ("amount_differs", 498, 499),
        ("purchase_differs", 499, 498),
    }
    assert {one.purchase for one in noted(shop)} == {purchase.id}


def test_a_movement_without_a_transfer_of_ours_is_found(shop: Shop, reconciliation: Reconciliation) -> None:
    """A refund whose events all got lost: the next event of the payment makes up for it."""
    purchase = shop.buy()
    shop.server.refund(purchase.id, 100)
    assert reconcile(shop, reconciliation).found == 1
    [difference] = noted(shop)
    assert (difference.kind, difference.theirs_minor) == ("unknown_here", -100)
    shop.hear(purchase)
    assert reconcile(shop, reconciliation).found == 0


def test_a_movement_that_the_provider_does_not_have_is_found(shop: Shop, reconciliation: Reconciliation) -> None:
    shop.buy()
    invented = {
        "provider": "stripe", "ref": "txn_invented", "kind": "payment", "amount_minor": 1, "fee_minor": 0,
        "currency": "USD", "at": shop.clock.now,
    }  # fmt: skip
    shop.money.database.write(lambda c: c.execute(insert(movements).values(invented)))
    reconcile(shop, reconciliation)
    assert [(one.kind, one.ref) for one in noted(shop)] == [("unknown_there", "txn_invented")]


def test_what_moved_within_the_last_hour_waits(shop: Shop, reconciliation: Reconciliation) -> None:
    purchase = shop.buy()
    shop.server.refund(purchase.id, 100)
    assert reconciliation.run().found == 0


def test_fees_and_transfers_to_the_bank_are_posted_once(shop: Shop, reconciliation: Reconciliation) -> None:
    shop.buy()
    shop.server.move("stripe_fee", -25, 0, "fee")
    shop.server.move("payout", -400, 0, "po")
    for _ in range(2):
        assert reconcile(shop, reconciliation).found == 0
    assert shop.balance(fees("USD")) == -85
    assert shop.balance(provider(BANK, "USD")) == -400
    assert shop.balance(provider("stripe", "USD")) == -(499 - 60 - 25 - 400)


def test_a_fee_that_is_found_later_changes_no_month_that_is_over(shop: Shop, reconciliation: Reconciliation) -> None:
    shop.server.move("stripe_fee", -25, 0, "fee")
    shop.clock.now += 20 * DAY_MS
    reconcile(shop, reconciliation)
    posted = select(transfers.c.at).where(transfers.c.kind == "fee")
    assert shop.money.database.read(lambda c: c.execute(posted).scalars().all()) == [shop.clock.now]


def test_a_silent_provider_ends_the_run_and_the_next_one_does_it(shop: Shop, reconciliation: Reconciliation) -> None:
    shop.buy()
    shop.server.trouble = [500, 500, 500]
    with pytest.raises(Unavailable):
        reconcile(shop, reconciliation)
    assert reconcile(shop, reconciliation).found == 0


def test_only_the_last_days_are_read(shop: Shop, reconciliation: Reconciliation, clock: HeldClock) -> None:
    shop.buy()
    clock.now += RECONCILE_DAYS * DAY_MS
    shop.server.transactions[0]["amount"] = 1
    assert reconcile(shop, reconciliation).rows == 0


def test_a_settled_difference_keeps_its_first_explanation(shop: Shop, reconciliation: Reconciliation) -> None:
    shop.server.refund(shop.buy().id, 100)
    reconcile(shop, reconciliation)
    [difference] = noted(shop)
    settle = shop.purchases.differences.settle
    for note in ("A known outage.", "Something else."):
        shop.money.database.write(lambda c: settle(c, difference.id, "eve", note))  # noqa: B023
    assert noted(shop) == []
    assert [one.note for one in noted(shop, settled=True)] == ["A known outage."]


@pytest.mark.parametrize("outcome", ["paid", "partly_refunded", "disputed", "won"])
def test_what_no_webhook_told_is_made_up_for_with_the_same_books(shop: Shop, outcome: str) -> None:
    def happen(person: str, *, heard: bool) -> Purchase:
        opened = asyncio.run(shop.purchases.buy(person, "coins-350", person))
        shop.server.pay(opened.id)
        if outcome == "partly_refunded":
            shop.server.refund(opened.id, 100)
        elif outcome != "paid":
            dispute = shop.server.dispute(opened.id)
            if outcome == "won":
                shop.server.decide(dispute, "won")
        return shop.hear(opened) if heard else opened

    before = shop.books()
    happen("ada", heard=True)
    told = {account: n - before.get(account, 0) for account, n in shop.books().items()}
    missed = happen("bob", heard=False)
    catching_up = Reconciliation(
        shop.money.database, shop.clock, shop.money.ledger, shop.stripe, shop.purchases.differences,
        shop.purchases.catch_up,
    )  # fmt: skip
    assert reconcile(shop, catching_up).found == 0
    assert shop.now(missed).state == outcome
    twice = {account: n for account, n in shop.books().items() if account.owner not in ("ada", "bob")}
    assert twice == {account: 2 * n for account, n in told.items() if account.owner != "ada" and n}
    asked = len(shop.server.asked)
    assert reconcile(shop, catching_up).found == 0
    assert len(shop.server.asked) == asked + 1, "nothing is missing any more"


def test_a_movement_that_belongs_to_no_payment_of_ours_is_still_a_difference(shop: Shop) -> None:
    shop.server.move("charge", 700, 20, "ch_unknown")
    catching_up = Reconciliation(
        shop.money.database, shop.clock, shop.money.ledger, shop.stripe, shop.purchases.differences,
        shop.purchases.catch_up,
    )  # fmt: skip
    assert reconcile(shop, catching_up).found == 1
    assert [one.kind for one in noted(shop)] == ["unknown_here"]
