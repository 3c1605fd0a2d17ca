"""An order from the cart to the seller's balance."""

from __future__ import annotations

import asyncio
from typing import cast

import pytest
from starlette.requests import Request

from core.errors import NotFound
from core.http import Call, Operation
from shop.errors import BadReturn, BalanceTooLow, ReturnsEnded
from shop.orders.settlement import ANSWER_DAYS_MAX, DAY_MS, SEND_DAYS_MAX
from shop.orders.views import CheckoutView
from tests.shop.conftest import PARIS, Market, who


def test_money_waits_in_the_order_until_the_return_window_has_ended(market: Market) -> None:
    seller = market.seller()
    variant = market.product(seller)
    [order] = market.buy("ada", {variant: 2})
    assert order.state == "paid"
    assert market.books() == {
        f"order {order.id}": 2 * 1_999 + 600, "provider stripe": -(2 * 1_999 + 600),
    }  # fmt: skip
    assert market.stock(variant) == (10, 2)
    market.send(order)
    assert market.stock(variant) == (8, 0)
    market.deliver(order)
    market.look()
    assert market.order(order).state == "delivered"
    market.wait_for_settlement()
    settled = market.order(order)
    assert settled.state == "settled"
    # VAT at 20 % is the registered seller's own; the fee is 10 % of 3,998 - 666, with 20 % VAT on it.
    assert settled.settled == (4_598 - 333 - 66, 333, 66, 0, 0)
    assert market.books()[f"sales {seller.id}"] == 4_199
    assert market.held("order") == 0


def test_an_order_whose_payment_could_not_be_begun_can_still_be_paid(market: Market) -> None:
    """The cart is empty by then: it would be lost."""
    variant = market.product(market.seller())
    place = market.shop.placing.place
    placed, purchase = market.database.write(
        lambda c: place(c, who("ada"), [(variant, 1)], PARIS, "EUR", None, "k")
    )  # fmt: skip
    [go_on] = [
        one for one in market.parts[0].routes
        if isinstance(one, Operation) and (one.method, one.path) == ("POST", "/api/checkouts/{id}")
    ]  # fmt: skip

    def view(person: str, id: str) -> CheckoutView:
        call = Call(Request({"type": "http"}), who(person))
        return cast(CheckoutView, asyncio.run(go_on.handler(call, id=id)))

    for person, checkout in (("ada", "nothing"), ("eve", placed.id)):
        with pytest.raises(NotFound):
            view(person, checkout)
    first = view("ada", placed.id)
    assert first.checkout_url
    assert view("ada", placed.id) == first
    market.pay(purchase)
    assert [order.state for order in view("ada", placed.id).orders] == ["paid"]


def test_pieces_refunded_one_by_one_bring_back_every_cent_and_the_shipping_with_the_last(market: Market) -> None:
    variant = market.product(market.seller(), 10, 333)
    [order] = market.buy("ada", {variant: 3})
    line = next(line for line in market.lines(order) if line.variant)
    market.send(order)
    for _ in range(3):
        market.refund(order, {line.id: 1})
        market.carry_out()
    assert market.order(order).state == "returned"
    assert market.order(order).refunded_minor == order.total_minor == 3 * 333 + 700
    assert market.held("order") == market.held("checkout") == 0


def test_a_cart_over_two_sellers_is_one_payment_and_an_order_for_each(market: Market) -> None:
    variants = [market.product(market.seller("sam")), market.product(market.seller("liu", "CN", ""))]
    first, second = market.buy("ada", dict.fromkeys(variants, 1))
    assert first.checkout == second.checkout
    assert not first.platform_owes_tax
    assert second.platform_owes_tax  # from outside the EU
    for order in (first, second):
        market.send(order)
    market.wait_for_settlement()
    assert market.held("order") == 0
    assert market.books()["shop_vat FR"] > market.order(second).tax_minor > 0


def test_an_order_that_a_vanished_seller_does_not_send_is_refunded(market: Market) -> None:
    variant = market.product(market.seller("gone"))
    [order] = market.buy("ada", {variant: 1})
    view = market.database.read(lambda c: market.shop.order_views.order(c, order))
    assert view.seller.handle == ""  # the account was deleted
    market.clock.now += (SEND_DAYS_MAX + 1) * DAY_MS
    market.look()
    market.carry_out()
    assert market.order(order).state == "cancelled"
    assert market.held("order") == market.held("checkout") == 0
    assert market.stock(variant) == (10, 0)


def test_a_return_that_is_asked_for_keeps_an_order_from_being_settled(market: Market) -> None:
    variant = market.product(market.seller())
    [order] = market.buy("ada", {variant: 2})
    line = next(line for line in market.lines(order) if line.variant)
    market.send(order)
    market.deliver(order)
    asked = market.database.write(lambda c: market.shop.fulfilment.ask_return(c, order.id, line.id, 2, "Too blue"))
    with pytest.raises(BadReturn):
        market.database.write(lambda c: market.shop.fulfilment.ask_return(c, order.id, line.id, 1, ""))
    market.wait_for_settlement()
    assert market.order(order).state == "delivered"
    with pytest.raises(ReturnsEnded):
        market.database.write(lambda c: market.shop.fulfilment.ask_return(c, order.id, line.id, 1, ""))
    market.database.write(lambda c: market.shop.fulfilment.accept(c, asked.id, "sam", ""))
    market.carry_out()
    assert market.order(order).state == "returned"


def test_a_return_that_nobody_answers_is_refunded_and_the_order_ends(market: Market) -> None:
    seller = market.seller()
    [order] = market.buy("ada", {market.product(seller): 2})
    line = next(line for line in market.lines(order) if line.variant)
    market.send(order)
    market.deliver(order)
    asked = market.database.write(lambda c: market.shop.fulfilment.ask_return(c, order.id, line.id, 1, "Too blue"))
    market.clock.now += ANSWER_DAYS_MAX * DAY_MS
    market.look()
    assert market.order(order).state == "delivered"
    market.clock.now += 1
    market.look()
    market.carry_out()
    assert market.database.read(lambda c: market.shop.fulfilment.find(c, asked.id)).state == "refunded"
    assert (market.order(order).state, market.order(order).refunded_minor) == ("settled", 1_999)
    assert market.held("order") == market.held("checkout") == 0


def test_a_return_of_what_was_given_back_in_another_way_keeps_no_order_open(market: Market) -> None:
    placed, purchase = market.place("ada", {market.product(market.seller()): 1})
    market.pay(purchase)
    [order] = market.orders(placed)
    line = next(line for line in market.lines(order) if line.variant)
    market.send(order)
    market.deliver(order)
    market.database.write(lambda c: market.shop.fulfilment.ask_return(c, order.id, line.id, 1, "Too blue"))
    market.server.refund(purchase.id, order.total_minor)  # at the provider's dashboard
    market.hear(purchase)
    market.clock.now += ANSWER_DAYS_MAX * DAY_MS + 1
    market.look()
    assert market.order(order).state == "settled"


def test_a_refund_answers_the_returns_of_its_pieces(market: Market) -> None:
    """Nobody could accept them any more, and the seller would wait for their money for ever."""
    [order] = market.buy("ada", {market.product(market.seller()): 4})
    line = next(line for line in market.lines(order) if line.variant)
    market.send(order)
    market.deliver(order)
    ask, of = market.shop.fulfilment.ask_return, market.shop.fulfilment.of
    for count in (1, 2):
        market.database.write(lambda c, count=count: ask(c, order.id, line.id, count, ""))  # type: ignore[misc]
    market.refund(order, {line.id: 2})
    found = market.database.read(lambda c: of(c, [order.id]))
    assert [(one.count, one.state) for one in found] == [(1, "refunded"), (1, "asked")]
    market.refund(order, {line.id: 1})
    market.wait_for_settlement()
    assert (market.order(order).state, market.order(order).refunded_minor) == ("settled", 3 * 1_999)


def test_what_a_bank_takes_of_a_settled_order_becomes_the_sellers_debt_and_returns_when_it_is_won(
    market: Market,
) -> None:
    seller = market.seller()
    variant = market.product(seller)
    placed, purchase = market.place("ada", {variant: 1})
    market.pay(purchase)
    [order] = market.orders(placed)
    market.send(order)
    market.wait_for_settlement()
    before = market.books()
    paid = before[f"sales {seller.id}"]
    market.database.write(lambda c: market.shop.balances.pay(c, seller, paid, "EUR", "SEPA 1", "root", "k"))
    dispute = market.server.dispute(purchase.id)
    market.hear(purchase)
    assert market.books()[f"debt {seller.id}"] == -paid
    market.server.decide(dispute, "won")
    market.hear(purchase)
    assert f"debt {seller.id}" not in market.books()
    assert market.order(order).reversed_minor == 0
    with pytest.raises(BalanceTooLow):
        market.database.write(lambda c: market.shop.balances.pay(c, seller, 1, "EUR", "SEPA 2", "root", "k2"))
