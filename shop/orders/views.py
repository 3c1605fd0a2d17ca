"""Orders as their buyers and sellers see them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, select

from core.http import Page
from core.identity import Person
from money.purchases.purchases import Purchases
from shop.orders import rows
from shop.orders.fulfilment import Fulfilment, Return
from shop.orders.refunds import OrderRefunds
from shop.orders.rows import Line, Order
from shop.orders.settlement import DAY_MS, RETURN_DAYS
from shop.orders.states import OrderState, RefundState
from shop.products.pictures import PictureUrls, first_pictures
from shop.products.views import Brief, SellerView, seller_view
from shop.sellers.sellers import Sellers
from shop.tables import shop_checkouts, shop_orders


class LineView(msgspec.Struct, frozen=True):
    """`product` and `variant` are null for the shipping. `returned`: pieces that were refunded."""

    id: str
    product: str | None
    variant: str | None
    title: str
    count: int
    price_minor: int
    discount_minor: int
    total_minor: int
    tax_minor: int
    returned: int
    refunded_minor: int
    picture: str | None


class RefundView(msgspec.Struct, frozen=True):
    id: str
    amount_minor: int
    reason: str
    state: RefundState
    at: int


class OrderView(msgspec.Struct, frozen=True):
    """`buyer` is null for a deleted account. `returns_until`: null before it is delivered."""

    id: str
    checkout: str
    state: OrderState
    currency: str
    total_minor: int
    refunded_minor: int
    tax_country: str
    tax_rate: int
    tax_minor: int
    disputed: bool
    seller: SellerView
    buyer: Person | None
    address: dict[str, str]
    lines: list[LineView]
    refunds: list[RefundView]
    returns: list[Return]
    carrier: str
    tracking: str
    placed_at: int
    paid_at: int | None
    sent_at: int | None
    delivered_at: int | None
    settled_at: int | None
    returns_until: int | None


class CheckoutView(msgspec.Struct, frozen=True):
    """Several orders, one payment. `checkout_url`: where it is paid, while it is not."""

    id: str
    state: str
    checkout_url: str | None
    total_minor: int
    currency: str
    held_until: int
    orders: list[OrderView]


class OrderViews:
    def __init__(
        self, brief: Brief, sellers: Sellers, refunds: OrderRefunds, fulfilment: Fulfilment, purchases: Purchases,
        urls: PictureUrls,
    ) -> None:  # fmt: skip
        self._brief = brief
        self._sellers = sellers
        self._refunds = refunds
        self._fulfilment = fulfilment
        self._purchases = purchases
        self._urls = urls

    def bought(self, connection: Connection, person: str, cursor: str, limit: int) -> Page[OrderView]:
        """Newest first; those that were never paid only while they can be."""
        found = rows.ORDER.where(
            shop_orders.c.person == person,
            (shop_orders.c.state != "cancelled") | shop_orders.c.paid_at.is_not(None),
        )
        return self._page(connection, found, cursor, limit)

    def sold(
        self, connection: Connection, seller: str, state: OrderState | None, cursor: str, limit: int
    ) -> Page[OrderView]:
        """Those that were ever paid, newest first."""
        found = rows.ORDER.where(shop_orders.c.seller == seller, shop_orders.c.paid_at.is_not(None))
        if state is not None:
            found = found.where(shop_orders.c.state == state)
        return self._page(connection, found, cursor, limit)

    def order(self, connection: Connection, order: Order) -> OrderView:
        return self._views(connection, [order])[0]

    def checkout(self, connection: Connection, checkout: rows.Checkout) -> CheckoutView:
        purchase = self._purchases.purchase(connection, checkout.person, checkout.purchase)
        orders = self._views(connection, rows.orders_of(connection, checkout.id))
        url = purchase.checkout_url if checkout.state == "held" else None
        return CheckoutView(
            checkout.id, checkout.state, url, checkout.total_minor, checkout.currency, checkout.held_until, orders
        )

    def checkout_of(self, connection: Connection, purchase: str) -> rows.Checkout | None:
        """By its payment: buyers come back from the provider with that."""
        found = connection.execute(select(shop_checkouts.c.id).where(shop_checkouts.c.purchase == purchase)).scalar()
        return rows.checkout(connection, found) if found else None

    def _page(self, connection: Connection, found: Any, cursor: str, limit: int) -> Page[OrderView]:
        if cursor:
            found = found.where(shop_orders.c.id < cursor)
        newest = connection.execute(found.order_by(shop_orders.c.id.desc()).limit(limit + 1)).all()
        items = self._views(connection, [Order(*row) for row in newest[:limit]])
        return Page(items, items[-1].id if len(newest) > limit else None)

    def _views(self, connection: Connection, orders: list[Order]) -> list[OrderView]:
        ids = [order.id for order in orders]
        lines, refunds = rows.lines_of(connection, ids), self._refunds.of(connection, ids)
        returns = self._fulfilment.of(connection, ids) if ids else []
        sellers = self._sellers.by_ids(connection, {order.seller for order in orders})
        people = self._brief(
            connection, {order.person for order in orders} | {seller.person for seller in sellers.values()}
        )
        pictures = first_pictures(connection, {line.product for line in lines if line.product})
        views = []
        for order in orders:
            seller = sellers[order.seller]
            sold_by = people.get(seller.person)
            delivered = order.delivered_at
            own = [line for line in lines if line.order == order.id]
            views.append(OrderView(
                order.id, order.checkout, order.state, order.currency, order.total_minor, order.refunded_minor,
                order.tax_country, order.tax_rate, sum(line.tax_minor for line in own),
                rows.is_disputed(connection, order.id), seller_view(seller, sold_by.handle if sold_by else ""),
                people.get(order.person), order.address, [self._line(line, pictures) for line in own],
                [RefundView(one.id, one.amount_minor, one.reason, one.state, one.at)
                 for one in refunds if one.order == order.id],
                [one for one in returns if one.order == order.id], order.carrier, order.tracking, order.placed_at,
                order.paid_at, order.sent_at, delivered, order.settled_at,
                delivered + RETURN_DAYS * DAY_MS if delivered is not None else None,
            ))  # fmt: skip
        return views

    def _line(self, line: Line, pictures: Mapping[str, str]) -> LineView:
        picture = self._urls.small(line.product, pictures.get(line.product)) if line.product else None
        return LineView(
            line.id, line.product, line.variant, line.title, line.count, line.price_minor, line.discount_minor,
            line.total_minor, line.tax_minor, line.returned, line.refunded_minor, picture,
        )  # fmt: skip
