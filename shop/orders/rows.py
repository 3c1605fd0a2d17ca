"""Checkouts, orders and lines as rows: finding, locking and changing them.

Whoever changes an order locks its checkout first, before anything is posted: so all that happens to one payment takes
its turn, and nobody who waits for such a lock holds the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, select, update

from core.errors import NotFound
from shop.errors import OrderNotOpen
from shop.orders.shares import Shares
from shop.orders.states import CheckoutState, OrderState, StockState, is_forward
from shop.tables import shop_checkouts, shop_claims, shop_lines, shop_orders


class Checkout(msgspec.Struct, frozen=True):
    id: str
    person: str
    purchase: str
    total_minor: int
    currency: str
    state: CheckoutState
    held_until: int
    at: int
    pin: str | None
    video: str | None
    named: bool


class Order(msgspec.Struct, frozen=True):
    id: str
    checkout: str
    person: str
    seller: str
    state: OrderState
    currency: str
    total_minor: int
    tax_country: str
    tax_rate: int
    platform_owes_tax: bool
    fee_rate: int
    fee_tax_country: str
    fee_tax_rate: int
    address: dict[str, str]
    coupon: str | None
    affiliate: str | None
    affiliate_source: str
    refunded_minor: int
    claimed_minor: int
    seller_minor: int
    fee_minor: int
    fee_tax_minor: int
    tax_minor: int
    commission_minor: int
    reversed_minor: int
    carrier: str
    tracking: str
    placed_at: int
    paid_at: int | None
    sent_at: int | None
    delivered_at: int | None
    settled_at: int | None

    @property
    def settled(self) -> Shares:
        return Shares(self.seller_minor, self.fee_minor, self.fee_tax_minor, self.tax_minor, self.commission_minor)

    @property
    def left_minor(self) -> int:
        """What of the money has not gone back: in `order:ID`, or at those who got it."""
        if self.settled_at is not None:
            return sum(self.settled) - self.reversed_minor
        return self.total_minor - self.refunded_minor - self.claimed_minor


class Line(msgspec.Struct, frozen=True):
    id: str
    order: str
    variant: str | None
    product: str | None
    title: str
    count: int
    price_minor: int
    discount_minor: int
    total_minor: int
    tax_minor: int
    commission_rate: int
    commission_rule: str
    stock: StockState
    returned: int
    refunded_minor: int

    @property
    def left(self) -> int:
        return self.count - self.returned


_CHECKOUT = select(*(shop_checkouts.c[name] for name in Checkout.__struct_fields__))
ORDER = select(*(shop_orders.c[name] for name in Order.__struct_fields__))
_LINE = select(*(shop_lines.c[name] for name in Line.__struct_fields__))


def checkout(connection: Connection, id: str, *, lock: bool = False) -> Checkout:
    """Raises NotFound."""
    found = _CHECKOUT.where(shop_checkouts.c.id == id)
    row = connection.execute(found.with_for_update() if lock else found).first()
    if row is None:
        raise NotFound("There is no such checkout.")
    return Checkout(*row)


def order(connection: Connection, id: str) -> Order:
    """Raises NotFound."""
    row = connection.execute(ORDER.where(shop_orders.c.id == id)).first()
    if row is None:
        raise NotFound("There is no such order.")
    return Order(*row)


def locked(connection: Connection, id: str) -> Order:
    """An order as it is once its checkout is locked. Raises NotFound."""
    checkout(connection, order(connection, id).checkout, lock=True)
    return order(connection, id)


def orders_of(connection: Connection, checkout: str) -> list[Order]:
    found = ORDER.where(shop_orders.c.checkout == checkout).order_by(shop_orders.c.id)
    return [Order(*row) for row in connection.execute(found)]


def lines_of(connection: Connection, orders: Sequence[str]) -> list[Line]:
    found = _LINE.where(shop_lines.c.order.in_(orders)).order_by(shop_lines.c.id)
    return [Line(*row) for row in connection.execute(found)] if orders else []


def change(connection: Connection, order: Order, **values: Any) -> Order:
    connection.execute(update(shop_orders).where(shop_orders.c.id == order.id).values(**values))
    return msgspec.structs.replace(order, **values)


def move(connection: Connection, order: Order, state: OrderState, **values: Any) -> Order:
    """Raises OrderNotOpen."""
    if not is_forward(order.state, state):
        raise OrderNotOpen
    return change(connection, order, state=state, **values)


def set_stock(connection: Connection, lines: Sequence[Line], state: StockState) -> None:
    ids = [line.id for line in lines]
    connection.execute(update(shop_lines).where(shop_lines.c.id.in_(ids)).values(stock=state))


def is_disputed(connection: Connection, order: str) -> bool:
    found = select(shop_claims.c.cause).where(shop_claims.c.order == order, shop_claims.c.state == "open")
    return connection.execute(found.limit(1)).first() is not None
