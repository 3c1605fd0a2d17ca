"""Whatever happens to payments, in whatever order: every order's account ends at zero, and no piece is sold twice.

A seeded walk over all that buyers, sellers, banks, providers and the clock may do. The proofs run after each walk.
"""

from __future__ import annotations

import contextlib
import itertools
import random
from collections.abc import Callable
from typing import Any

import pytest

from core.errors import Refusal
from money.errors import PaymentMismatch
from money.providers import Purchase
from shop.coupons.coupons import CouponDraft
from shop.errors import CouponNotValid
from shop.orders.rows import Checkout, Order
from shop.orders.settlement import DAY_MS
from shop.pins.how import How
from shop.sellers.sellers import Seller
from tests.shop.conftest import Market

CREATORS = ("cleo", "dora")
EVENTS = ("pay", "expire", "cancel", "refund", "dispute", "lose", "win", "send", "settle")
STEPS = 26


class Story:
    """One checkout over two sellers, perhaps by a creator's link, and what may happen to it. What is refused changes
    nothing."""

    def __init__(self, market: Market, variants: dict[str, int], name: str, seed: int) -> None:
        self.market = market
        self.random = random.Random(seed)
        self.checkout: Checkout
        self.purchase: Purchase
        for variant in variants:  # somebody, or nobody, has led them there; the last one wins
            market.clock.now += 1
            market.touch(name, self.random.choice((*CREATORS, "nobody")), variant)
        how = How(coupon=self.random.choice(("", "spring")))
        try:
            self.checkout, self.purchase = market.place(name, variants, how=how)
        except CouponNotValid:
            self.checkout, self.purchase = market.place(name, variants)
        self.dispute: dict[str, Any] = {}
        self.paid = False

    def do(self, event: str) -> None:
        acts: dict[str, Callable[[], None]] = {
            "pay": self._pay, "expire": self._expire, "cancel": self._cancel, "refund": self._refund,
            "outside": self._outside, "dispute": self._dispute, "lose": lambda: self._decide("lost"),
            "win": lambda: self._decide("won"), "send": self._send, "settle": self.market.wait_for_settlement,
            "carry": self.market.carry_out, "hear": lambda: self.market.hear(self.purchase),
        }  # fmt: skip
        with contextlib.suppress(Refusal, PaymentMismatch):
            acts[event]()

    def orders(self) -> list[Order]:
        return self.market.orders(self.checkout)

    def finish(self) -> None:
        """Banks decide, jobs run, whoever has a refund that a provider refuses pays it by hand, and time passes."""
        if self.dispute:
            self._decide(self.random.choice(("won", "lost")))
        if not self.paid:
            self._expire()
        for _ in range(4):
            self.market.carry_out()
        for refund in self.market.database.read(lambda c: self.market.shop.refunds.failed(c, 100)):
            self.market.database.write(lambda c: self.market.shop.refunds.by_hand(c, refund.id, "SEPA 1", "root"))  # noqa: B023
        for order in self.orders():
            if order.state in ("paid", "sent"):
                self._swallow(lambda: self.market.send(order))  # noqa: B023
                self._swallow(lambda: self.market.deliver(order))  # noqa: B023
        self.market.wait_for_settlement()

    def _swallow(self, act: Callable[[], None]) -> None:
        with contextlib.suppress(Refusal):
            act()

    def _pay(self) -> None:
        if not self.paid:
            self.paid = True
            self.market.pay(self.purchase)

    def _expire(self) -> None:
        """The session ends, unless it was paid."""
        if not self.paid:
            self.market.expire(self.purchase)

    def _cancel(self) -> None:
        for order in self.orders():
            self.market.refund_all(order)

    def _refund(self) -> None:
        """A piece of one line."""
        order = self.random.choice(self.orders())
        line = self.random.choice([line for line in self.market.lines(order) if line.variant is not None])
        self.market.refund(order, {line.id: self.random.randint(1, 2)})

    def _outside(self) -> None:
        """Somebody refunds at the provider's dashboard."""
        if self.paid:
            charge = self.market.server.charge_of(self.purchase.id)
            left = charge["amount"] - charge["amount_refunded"]
            if left:
                self.market.server.refund(self.purchase.id, self.random.randint(1, left))
                self.market.hear(self.purchase)

    def _dispute(self) -> None:
        if self.paid and not self.dispute:
            total = self.checkout.total_minor
            amount = self.random.choice((total, total // 3, total + 100))
            self.dispute = self.market.server.dispute(self.purchase.id, amount=amount)
            self.market.hear(self.purchase)

    def _decide(self, how: str) -> None:
        if self.dispute:
            self.market.server.decide(self.dispute, how)
            self.market.hear(self.purchase)

    def _send(self) -> None:
        for order in self.orders():
            self._swallow(lambda: self.market.send(order))  # noqa: B023
            self._swallow(lambda: self.market.deliver(order))  # noqa: B023


def promoted(market: Market, seller: Seller, variant: str, rate: int) -> str:
    """By all creators, and with a coupon of one of them that only a few may use."""
    market.plan(seller, rate)
    for creator in CREATORS:
        market.promote(creator, variant)
    draft = CouponDraft("spring", rate=1_300, uses_max=5, affiliate=CREATORS[0])
    market.database.write(lambda c: market.shop.coupons.make(c, seller, draft))
    return variant


def check(market: Market, variants: list[str]) -> None:
    assert market.findings() == []
    assert market.held("order") == 0
    assert market.held("checkout") == 0
    for variant in variants:
        on_hand, reserved = market.stock(variant)
        assert on_hand >= 0
        assert reserved == 0


def test_every_order_of_events_ends_with_nothing_left_in_an_order(market: Market) -> None:
    sam, kim = market.seller("sam"), market.seller("kim", "DE")
    variants = [
        promoted(market, sam, market.product(sam, 1_000), 1_700),
        promoted(market, kim, market.product(kim, 1_000, 333), 5_000),
    ]
    orders = list(itertools.permutations(("pay", "expire", "cancel", "refund", "dispute", "send")))
    picked = random.Random(15).sample(orders, 40)
    for number, events in enumerate(picked):
        story = Story(market, dict.fromkeys(variants, 3), f"buyer{number}", number)
        for event in events:
            story.do(event)
        story.finish()
        market.clock.now += DAY_MS
    check(market, variants)


@pytest.mark.parametrize("seed", range(6))
def test_a_walk_through_everything_that_may_happen_ends_with_nothing_left(market: Market, seed: int) -> None:
    chance = random.Random(seed)
    foreign = market.seller("liu", "CN", "")  # whose VAT the platform owes
    sam = market.seller("sam")
    variants = [
        promoted(market, sam, market.product(sam, 6), 1_700),
        promoted(market, foreign, market.product(foreign, 6, 333), 3_300),
    ]
    stories = [Story(market, {variants[0]: 1, variants[1]: chance.randint(1, 3)}, f"b{n}", seed + n) for n in range(2)]
    for _ in range(STEPS):
        events = (*EVENTS, "outside", "carry", "hear")
        chance.choice(stories).do(chance.choices(events, [3, 1, 1, 4, 1, 1, 1, 2, 1, 1, 4, 2])[0])
    for story in stories:
        story.finish()
    for story in stories:
        story.finish()
    check(market, variants)
