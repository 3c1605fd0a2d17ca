"""A shop: purchases paid at a stand-in for Stripe, gifts given with the coins, and what becomes of both."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import select

from core.executors import Executors
from money.gifts import GiftOrder, GiftReceipt
from money.ledger.rules import Account
from money.part import Money
from money.providers import Purchase, Subject
from money.providers.stripe import Stripe
from money.purchases.purchases import Purchases
from money.purchases.take_back import ReversedGift
from money.tables import accounts
from tests.money.conftest import HeldClock
from tests.money.providers.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer, stripe_server


class Shop:
    def __init__(
        self, money: Money, server: StripeServer, purchases: Purchases, stripe: Stripe, clock: HeldClock
    ) -> None:
        self.money = money
        self.server = server
        self.purchases = purchases
        self.stripe = stripe
        self.clock = clock
        self.reversed: list[ReversedGift] = []
        self._keys = 0
        purchases.take_back.listen(lambda _, gifts: self.reversed.extend(gifts))

    def buy(self, person: str = "ada", pack: str = "coins-350") -> Purchase:
        """Buy and pay."""
        self._keys += 1
        opened = self.open(person, pack, f"k{self._keys}")
        self.server.pay(opened.id)
        return self.hear(opened)

    def open(self, person: str, pack: str, key: str) -> Purchase:
        """Begin to buy."""
        return asyncio.run(self.purchases.buy(person, pack, key))

    def hear(self, purchase: Purchase) -> Purchase:
        """An event about the payment arrives."""
        ref = self.server.session(purchase.id)["payment_intent"]["id"]
        heard = asyncio.run(self.purchases.hear(Subject("payment", ref)))
        assert heard is not None
        return heard

    def now(self, purchase: Purchase) -> Purchase:
        return self.money.database.read(lambda c: self.purchases.purchase(c, purchase.person, purchase.id))

    def give(self, gift: str = "coffee", count: int = 1, giver: str = "ada", creator: str = "bob") -> None:
        self._keys += 1
        order = GiftOrder(f"g{self._keys}", giver, creator, gift, count, "room", self.clock.now)
        [receipt] = self.money.database.write(lambda c: self.money.gifts.give(c, [order]))
        assert isinstance(receipt, GiftReceipt), receipt

    def refund(self, purchase: Purchase, amount: int | None = None, **options: Any) -> str:
        self._keys += 1
        asked = self.purchases.ask_refund(
            purchase.id, by="eve", key=f"r{self._keys}", reason="request", amount_minor=amount, **options
        )
        return asyncio.run(asked).state

    def balance(self, account: Account) -> int:
        held = select(accounts.c.balance).where(
            accounts.c.owner == account.owner, accounts.c.kind == account.kind, accounts.c.unit == account.unit
        )
        return self.money.database.read(lambda c: c.execute(held).scalar()) or 0

    def books(self) -> dict[Account, int]:
        """Every account that is not empty."""
        with self.money.database.engine.connect() as connection:
            rows = connection.execute(select(accounts).where(accounts.c.balance != 0)).all()
        return {Account(row.owner, row.kind, row.unit): row.balance for row in rows}


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with stripe_server() as running:
        yield running


@pytest.fixture
def shop(money: Money, server: StripeServer, clock: HeldClock) -> Iterator[Shop]:
    stripe = Stripe(
        secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, api_url=server.url, site_url="https://live.example",
        clock=clock, timeout_s=1.0,
    )  # fmt: skip
    purchases = Purchases(
        money.database, clock, money.ledger, money.earnings, stripe, Executors().payments, money.receipts
    )
    yield Shop(money, server, purchases, stripe, clock)
    stripe.close()
