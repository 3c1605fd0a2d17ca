"""A shop on a real database: money with a stand-in for Stripe, and a clock that the test controls."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text

from core.core import Core
from core.database import Database
from core.database.proofs import findings
from core.errors import NotFound
from core.identity import Identity, Person
from core.jobs import Job
from core.part import Part
from core.settings import Settings
from money import part as money_part
from money.part import Money
from money.providers import Purchase, Subject
from shop import part as shop_part
from shop.affiliates.commissions import CommissionSums
from shop.affiliates.plans import PlanMode
from shop.affiliates.touches import touch
from shop.orders import rows
from shop.orders.addresses import Address
from shop.orders.proofs import PROOFS
from shop.orders.rows import Checkout, Line, Order
from shop.orders.settlement import DAY_MS, DELIVERY_DAYS_MAX, RETURN_DAYS
from shop.part import Shop
from shop.pins.how import IN_THE_SHOP, How
from shop.pins.pins import NO_ROOMS, KnowsRooms
from shop.products.products import Draft, VariantDraft
from shop.sellers.sellers import Details, Seller
from shop.sellers.zones import Postage, Zone, set_zones
from tests.cores import core_over
from tests.money.conftest import HeldClock, brief
from tests.money.providers.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer, stripe_server
from tests.money.vat.conftest import FRENCH

JOB = Job("job", "shop", "", {}, 1)
PARIS = Address("Ada Lovelace", "1 rue de la Paix", "Paris", "FR", postal_code="75002")


def who(person: str, *, adult: bool = True) -> Identity:
    return Identity(person, f"handle.{person}", person.title(), "member", adult)


def by_handle(_: Connection, handle: str) -> Person:
    if not handle.startswith("handle."):
        raise NotFound
    return Person(handle.removeprefix("handle."), handle, handle)


class Market:
    """Two sellers, and what buyers do."""

    def __init__(self, core: Core, money: Money, shop: Shop, server: StripeServer, clock: HeldClock) -> None:
        self.core = core
        self.money = money
        self.shop = shop
        self.server = server
        self.clock = clock
        self.database = money.database
        self._keys = 0
        self.parts: tuple[Part[Any], ...] = ()

    def close(self) -> None:
        for part in self.parts:
            part.close()

    def seller(self, person: str = "sam", country: str = "FR", vat_number: str = "FR123") -> Seller:
        details = Details(f"{person.title()} Ltd", "1 Main Street", country, "HRB 1", vat_number, "mail@example.org")

        def write(connection: Connection) -> Seller:
            made = self.shop.sellers.apply(connection, who(person), details)
            zones = [Zone("Everywhere", [], {"EUR": Postage(500, 100), "USD": Postage(700, 0)})]
            set_zones(connection, made.id, zones)
            return self.shop.sellers.review(connection, made.id, "approved", "", "root")

        return self.database.write(write)

    def product(self, seller: Seller, on_hand: int = 10, price: int = 1_999, **more: Any) -> str:
        """Returns the variant."""
        prices = {"EUR": price, "USD": price + 200}
        draft = Draft("Mug", [VariantDraft(prices, name="", on_hand=on_hand)], "For tea.", "offered", **more)

        def write(connection: Connection) -> str:
            made = self.shop.products.create(connection, seller, draft)
            return self.shop.product_views.product(connection, made, seller.person).variants[0].id

        return self.database.write(write)

    def product_of(self, variant: str) -> str:
        found = text("SELECT product FROM shop_variants WHERE id = :id")
        return str(self.database.read(lambda c: c.execute(found, {"id": variant}).scalar_one()))

    def plan(self, seller: Seller, rate: int, mode: PlanMode = "open") -> None:
        self.database.write(lambda c: self.shop.plans.change(c, seller, mode, rate))

    def promote(self, person: str, variant: str) -> str:
        """Returns the product."""
        product = self.product_of(variant)
        self.database.write(lambda c: self.shop.promotions.pick(c, who(person), product))
        return product

    def touch(self, buyer: str, creator: str, variant: str) -> bool:
        product = self.product_of(variant)
        return self.database.write(lambda c: touch(c, buyer, creator, product, "link", self.clock()))

    def commission(self, person: str) -> CommissionSums:
        """In euros."""
        [sums] = self.database.read(lambda c: self.shop.commissions.sums(c, person))
        return sums

    def key(self) -> str:
        self._keys += 1
        return f"k{self._keys}"

    def place(
        self, person: str, items: dict[str, int], *, total: int | None = None, key: str = "", currency: str = "EUR",
        address: Address = PARIS, how: How = IN_THE_SHOP,
    ) -> tuple[Checkout, Purchase]:  # fmt: skip
        """Place an order and go to the provider."""
        key = key or self.key()
        placed, purchase = self.database.write(
            lambda c: self.shop.placing.place(c, who(person), list(items.items()), address, currency, total, key, how)
        )
        purchase = asyncio.run(self.money.purchases.check_out(purchase))
        return placed, purchase

    def pay(self, purchase: Purchase) -> None:
        """The buyer pays, and the event arrives."""
        self.server.pay(purchase.id)
        self.hear(purchase)

    def hear(self, purchase: Purchase) -> None:
        session = self.server.session(purchase.id)
        intent = session.get("payment_intent")
        subject = Subject("payment", intent["id"]) if intent else Subject("session", session["id"])
        asyncio.run(self.money.purchases.hear(subject))

    def buy(self, person: str, items: dict[str, int]) -> list[Order]:
        placed, purchase = self.place(person, items)
        self.pay(purchase)
        return self.orders(placed)

    def expire(self, purchase: Purchase) -> None:
        self.server.expire(purchase.id)
        self.hear(purchase)

    def orders(self, checkout: Checkout) -> list[Order]:
        return self.database.read(lambda c: rows.orders_of(c, checkout.id))

    def order(self, order: Order) -> Order:
        return self.database.read(lambda c: rows.order(c, order.id))

    def lines(self, order: Order) -> list[Line]:
        return self.database.read(lambda c: rows.lines_of(c, [order.id]))

    def send(self, order: Order) -> None:
        self.database.write(lambda c: self.shop.fulfilment.send(c, order.id, "Post", "X1"))

    def deliver(self, order: Order) -> None:
        self.database.write(lambda c: self.shop.settlement.deliver(c, order.id))

    def review(self, person: str, variant: str, stars: int, text: str = "") -> str:
        product = self.product_of(variant)
        return self.database.write(lambda c: self.shop.reviews.write(c, person, product, stars, text))

    def refund(self, order: Order, units: dict[str, int], key: str = "") -> None:
        key = key or self.key()
        self.database.write(lambda c: self.shop.refunds.refund(c, order.id, units, reason="request", by="sam", key=key))

    def refund_all(self, order: Order) -> None:
        key = self.key()
        self.database.write(lambda c: self.shop.refunds.refund_all(c, order.id, "request", key))

    def carry_out(self) -> None:
        """The jobs that ask the provider for refunds."""
        self.shop.refunds.carry_out_all(JOB)

    def look(self) -> None:
        self.shop.settlement.look(JOB)

    def wait_for_settlement(self) -> None:
        self.clock.now += (DELIVERY_DAYS_MAX + 1) * DAY_MS
        self.look()
        self.clock.now += (RETURN_DAYS + 1) * DAY_MS
        self.look()

    def books(self) -> dict[str, int]:
        """Every account in euros that is not empty, as `KIND OWNER`."""
        found = text("SELECT kind, owner, balance FROM accounts WHERE balance <> 0 AND unit = 'EUR'")
        return {f"{row.kind} {row.owner}": row.balance for row in self.database.read(lambda c: c.execute(found).all())}

    def held(self, kind: str) -> int:
        """What all accounts of a kind hold together."""
        return sum(amount for name, amount in self.books().items() if name.startswith(f"{kind} "))

    def stock(self, variant: str) -> tuple[int, int]:
        """On hand and reserved."""
        found = text("SELECT on_hand, reserved FROM shop_variants WHERE id = :id")
        row = self.database.read(lambda c: c.execute(found, {"id": variant}).one())
        return row.on_hand, row.reserved

    def findings(self) -> list[str]:
        proofs = {**money_part.MONEY_PROOFS, **PROOFS}
        return [str(one) for one in self.database.read(lambda c: list(findings(c, proofs)))]


def open_market(
    database: Database, folder: Path, server: StripeServer, clock: HeldClock, rooms: KnowsRooms = NO_ROOMS
) -> Market:
    settings = Settings(
        data_dir=folder, payments="stripe", stripe_secret_key=SECRET_KEY, stripe_webhook_secret=WEBHOOK_SECRET,
        stripe_api_url=server.url, payout_terms="EUR=100:0", **FRENCH,
    )  # fmt: skip
    core = core_over(database, folder, settings=settings, clock=clock)
    money = money_part.open(core, brief=brief)
    shop = shop_part.open(core, money=money.api, brief=brief, by_handle=by_handle, rooms=rooms)
    market = Market(core, money.api, shop.api, server, clock)
    market.parts = (shop, money)
    return market


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture(scope="session")
def stripe() -> Iterator[StripeServer]:
    with stripe_server() as running:
        yield running


@pytest.fixture
def market(database: Database, tmp_path: Path, stripe: StripeServer, clock: HeldClock) -> Iterator[Market]:
    """Everything must add up at a test's end."""
    opened = open_market(database, tmp_path, stripe, clock)
    yield opened
    assert opened.findings() == []
    opened.close()
