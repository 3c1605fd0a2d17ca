"""What admins do: review sellers, pay them, decide about returns, and pay refunds that a provider refuses."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from core.database import Database
from core.errors import NotAllowed
from core.http import Access, Call, Operation, Page, Paging
from core.identity import Person
from core.jobs import Jobs
from shop.orders import rows
from shop.orders.notices import OrderNotices
from shop.orders.refunds import OrderRefund, OrderRefunds
from shop.orders.views import OrderView, OrderViews
from shop.products.views import Brief
from shop.sellers.balance import REFERENCE_CHARS_MAX, Balance, Balances, SellerPayment
from shop.sellers.sellers import REASON_CHARS_MAX, Details, Seller, Sellers, SellerState

FAILED_MAX = 100

_Reference = Annotated[str, Meta(max_length=4 * REFERENCE_CHARS_MAX)]


class SellersQuery(Paging):
    state: SellerState | None = None


class SellerRow(msgspec.Struct):
    """`owner` is null for a deleted account."""

    seller: Seller
    owner: Person | None
    balances: list[Balance]


class ReviewRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`stopped`: may not sell anymore, nor ask again. `seen`: what was looked at: another one is not approved."""

    state: Literal["approved", "refused", "stopped"]
    reason: Annotated[str, Meta(max_length=4 * REASON_CHARS_MAX)] = ""
    seen: Details | None = None


class PaymentRequest(msgspec.Struct, forbid_unknown_fields=True):
    amount_minor: int
    currency: Annotated[str, Meta(max_length=3)]
    reference: _Reference


class ReferenceRequest(msgspec.Struct, forbid_unknown_fields=True):
    reference: _Reference


class FailedRefunds(msgspec.Struct):
    items: list[OrderRefund]


class AdminRoutes:
    def __init__(
        self, database: Database, jobs: Jobs, brief: Brief, sellers: Sellers, balances: Balances, views: OrderViews,
        refunds: OrderRefunds, notices: OrderNotices,
    ) -> None:  # fmt: skip
        self._database = database
        self._jobs = jobs
        self._brief = brief
        self._sellers = sellers
        self._balances = balances
        self._views = views
        self._refunds = refunds
        self._notices = notices

    def operations(self) -> list[Operation]:
        sellers, admin = "/api/admin/shop/sellers", Access.MODERATOR
        return [
            Operation("GET", sellers, self.sellers, access=admin),
            Operation("PUT", f"{sellers}/{{id}}", self.review, access=admin),
            Operation("POST", f"{sellers}/{{id}}/payments", self.pay, access=admin, status=201, money=True),
            Operation("GET", "/api/admin/shop/orders/{id}", self.order, access=admin),
            Operation("POST", "/api/admin/shop/orders/{id}/refunds", self.refund, access=admin, money=True),
            Operation("GET", "/api/admin/shop/refunds", self.failed, access=admin),
            Operation("PUT", "/api/admin/shop/refunds/{id}", self.by_hand, access=admin),
        ]

    def sellers(self, call: Call, query: SellersQuery) -> Page[SellerRow]:
        """Sellers, newest first. Admins only."""
        _must_be_admin(call)

        def read(connection: Connection) -> Page[SellerRow]:
            found = self._sellers.page(connection, query.state, query.cursor, query.limit + 1)
            shown = found[: query.limit]
            people = self._brief(connection, [seller.person for seller in shown])
            items = [
                SellerRow(seller, people.get(seller.person), self._balances.of(connection, seller.id))
                for seller in shown
            ]
            return Page(items, shown[-1].id if len(found) > query.limit else None)

        return self._database.read(read)

    def review(self, call: Call, id: str, body: ReviewRequest) -> Seller:
        """Let somebody sell, or not. Admins only, and nobody themselves."""
        _must_be_admin(call)

        def write(connection: Connection) -> Seller:
            before = self._sellers.find(connection, id)
            seller = self._sellers.review(connection, id, body.state, body.reason, call.identity.id, body.seen)
            if (seller.state, seller.reason) != (before.state, before.reason):
                self._notices.reviewed(connection, seller)
            return seller

        return self._database.write(write)

    def pay(self, call: Call, id: str, body: PaymentRequest) -> SellerPayment:
        """Note that a seller was sent money of their balance. Admins only, and nobody themselves."""
        _must_be_admin(call)

        def write(connection: Connection) -> SellerPayment:
            seller = self._sellers.find(connection, id)
            return self._balances.pay(
                connection, seller, body.amount_minor, body.currency, body.reference, call.identity.id, call.key
            )

        return self._database.write(write)

    def order(self, call: Call, id: str) -> OrderView:
        """Any order. Admins only."""
        _must_be_admin(call)
        return self._database.read(lambda c: self._views.order(c, rows.order(c, id)))

    def refund(self, call: Call, id: str) -> OrderView:
        """Refund whatever is left of an order. Admins only, and nobody their own."""
        _must_be_admin(call)

        def write(connection: Connection) -> OrderView:
            if rows.order(connection, id).person == call.identity.id:
                raise NotAllowed("Nobody refunds themselves.")
            self._refunds.refund_all(connection, id, "admin", f"admin:{call.key}", call.identity.id)
            return self._views.order(connection, rows.order(connection, id))

        answer = self._database.write(write)
        self._jobs.wake()
        return answer

    def failed(self, call: Call) -> FailedRefunds:
        """Refunds that the payment provider refuses, oldest first. Admins only."""
        _must_be_admin(call)
        return FailedRefunds(self._database.read(lambda c: self._refunds.failed(c, FAILED_MAX)))

    def by_hand(self, call: Call, id: str, body: ReferenceRequest) -> OrderRefund:
        """Note that such a refund was paid by a bank transfer. Admins only."""
        _must_be_admin(call)
        return self._database.write(lambda c: self._refunds.by_hand(c, id, body.reference, call.identity.id))


def _must_be_admin(call: Call) -> None:
    if call.identity.role != "admin":
        raise NotAllowed("Only admins may do this.")
