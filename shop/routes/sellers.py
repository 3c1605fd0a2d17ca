"""What sellers do: ask to sell, say where they send to, send orders, refund them, see what they get."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from core.database import Database
from core.errors import InvalidRequest, NotFound
from core.http import Call, Operation, Page, Paging
from core.jobs import Jobs
from core.limits import Rate
from core.text.clean import clean_line
from shop.orders import rows
from shop.orders.fulfilment import Fulfilment, Return
from shop.orders.refunds import OrderRefunds
from shop.orders.rows import Order
from shop.orders.states import OrderState
from shop.orders.views import OrderView, OrderViews
from shop.sellers.balance import Balance, Balances, SellerPayment
from shop.sellers.sellers import (
    REASON_CHARS_MAX,
    SELLER_ADDRESS_CHARS_MAX,
    SELLER_CONTACT_CHARS_MAX,
    SELLER_NAME_CHARS_MAX,
    SELLER_REGISTER_CHARS_MAX,
    Details,
    Seller,
    Sellers,
)
from shop.sellers.zones import ZONES_MAX, Zone, set_zones, zones_of

CARRIER_CHARS_MAX = 60
TRACKING_CHARS_MAX = 100
APPLY_RATE = Rate(20, 3_600)

_Reason = Annotated[str, Meta(max_length=4 * REASON_CHARS_MAX)]


class SellerRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Who sells, as buyers see it. `register`: such as an entry in a trade register. Without a `vat_number` no VAT is
    charged. `contact`: a mail address or a telephone number."""

    name: Annotated[str, Meta(max_length=4 * SELLER_NAME_CHARS_MAX)]
    address: Annotated[str, Meta(max_length=4 * SELLER_ADDRESS_CHARS_MAX)]
    country: Annotated[str, Meta(max_length=2)]
    contact: Annotated[str, Meta(max_length=4 * SELLER_CONTACT_CHARS_MAX)]
    register: Annotated[str, Meta(max_length=4 * SELLER_REGISTER_CHARS_MAX)] = ""
    vat_number: Annotated[str, Meta(max_length=4 * SELLER_REGISTER_CHARS_MAX)] = ""


class OwnSeller(msgspec.Struct):
    """`seller` is null before somebody asked to sell. `fee_rate`: the platform's, in hundredths of a percent."""

    seller: Seller | None
    zones: list[Zone]
    balances: list[Balance]
    payments: list[SellerPayment]
    fee_rate: int


class ZonesRequest(msgspec.Struct, forbid_unknown_fields=True):
    zones: Annotated[list[Zone], Meta(max_length=ZONES_MAX)]


class SoldQuery(Paging):
    state: OrderState | None = None


class Shipment(msgspec.Struct, forbid_unknown_fields=True):
    carrier: Annotated[str, Meta(max_length=4 * CARRIER_CHARS_MAX)] = ""
    tracking: Annotated[str, Meta(max_length=4 * TRACKING_CHARS_MAX)] = ""


class Pieces(msgspec.Struct, forbid_unknown_fields=True):
    line: Annotated[str, Meta(max_length=64)]
    count: int


class RefundRequest(msgspec.Struct, forbid_unknown_fields=True):
    """So many pieces of each line. With the last piece of all goods the shipping is refunded, too."""

    lines: Annotated[list[Pieces], Meta(max_length=100)]
    reason: _Reason = ""


class AnswerRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`refunded`: the pieces are back, and their money goes back, too."""

    state: Literal["refunded", "refused"]
    answer: _Reason = ""


class SellerRoutes:
    def __init__(
        self, database: Database, jobs: Jobs, sellers: Sellers, balances: Balances, views: OrderViews,
        refunds: OrderRefunds, fulfilment: Fulfilment, fee_rate: int,
    ) -> None:  # fmt: skip
        self._database = database
        self._jobs = jobs
        self._sellers = sellers
        self._balances = balances
        self._views = views
        self._refunds = refunds
        self._fulfilment = fulfilment
        self._fee_rate = fee_rate

    def operations(self) -> list[Operation]:
        one = "/api/shop/orders/{id}"
        return [
            Operation("GET", "/api/shop/seller", self.own),
            Operation("PUT", "/api/shop/seller", self.apply, rate=APPLY_RATE),
            Operation("PUT", "/api/shop/zones", self.set_zones),
            Operation("GET", "/api/shop/orders", self.sold),
            Operation("GET", one, self.order),
            Operation("PUT", f"{one}/shipment", self.send, action="always"),  # buyers have paid, whoever sells now
            Operation("POST", f"{one}/refunds", self.refund, status=201, money=True, action="always"),
            Operation("PUT", "/api/shop/returns/{id}", self.answer, action="always"),
        ]

    def own(self, call: Call) -> OwnSeller:
        """What you are as a seller, and what you get."""
        return self._database.read(lambda c: self._own(c, call.identity.id))

    def apply(self, call: Call, body: SellerRequest) -> OwnSeller:
        """Ask to sell, or change who sells: an admin reviews it. Adults only."""
        details = Details(body.name, body.address, body.country, body.register, body.vat_number, body.contact)

        def write(connection: Connection) -> OwnSeller:
            self._sellers.apply(connection, call.identity, details)
            return self._own(connection, call.identity.id)

        return self._database.write(write)

    def set_zones(self, call: Call, body: ZonesRequest) -> OwnSeller:
        """Say where you send to, and for how much."""

        def write(connection: Connection) -> OwnSeller:
            set_zones(connection, self._sellers.own(connection, call.identity.id).id, body.zones)
            return self._own(connection, call.identity.id)

        return self._database.write(write)

    def sold(self, call: Call, query: SoldQuery) -> Page[OrderView]:
        """What was bought from you, newest first."""

        def read(connection: Connection) -> Page[OrderView]:
            seller = self._sellers.own(connection, call.identity.id)
            return self._views.sold(connection, seller.id, query.state, query.cursor, query.limit)

        return self._database.read(read)

    def order(self, call: Call, id: str) -> OrderView:
        """An order that was bought from you."""
        return self._database.read(lambda c: self._views.order(c, self._sold(c, call.identity.id, id)))

    def send(self, call: Call, id: str, body: Shipment) -> OrderView:
        """Say that an order is on its way, or change how it can be followed."""
        carrier = _cleaned(body.carrier, CARRIER_CHARS_MAX)
        tracking = _cleaned(body.tracking, TRACKING_CHARS_MAX)

        def write(connection: Connection) -> OrderView:
            self._sold(connection, call.identity.id, id)
            return self._views.order(connection, self._fulfilment.send(connection, id, carrier, tracking))

        return self._database.write(write)

    def refund(self, call: Call, id: str, body: RefundRequest) -> OrderView:
        """Refund pieces of an order."""
        units: dict[str, int] = {}
        for piece in body.lines:
            units[piece.line] = units.get(piece.line, 0) + piece.count
        reason = _cleaned(body.reason, REASON_CHARS_MAX)

        def write(connection: Connection) -> OrderView:
            self._sold(connection, call.identity.id, id)
            self._refunds.refund(connection, id, units, reason=reason, by=call.identity.id, key=f"seller:{call.key}")
            return self._views.order(connection, rows.order(connection, id))

        answer = self._database.write(write)
        self._jobs.wake()
        return answer

    def answer(self, call: Call, id: str, body: AnswerRequest) -> Return:
        """Answer a return: the pieces are back and are refunded, or they are not."""
        answer = _cleaned(body.answer, REASON_CHARS_MAX)

        def write(connection: Connection) -> Return:
            self._sold(connection, call.identity.id, self._fulfilment.find(connection, id).order)
            if body.state == "refused":
                return self._fulfilment.refuse(connection, id, answer)
            return self._fulfilment.accept(connection, id, call.identity.id, answer)

        answered = self._database.write(write)
        self._jobs.wake()
        return answered

    def _own(self, connection: Connection, person: str) -> OwnSeller:
        seller = self._sellers.of_person(connection, person)
        if seller is None:
            return OwnSeller(None, [], [], [], self._fee_rate)
        return OwnSeller(
            seller, zones_of(connection, [seller.id]).get(seller.id, []), self._balances.of(connection, seller.id),
            self._balances.payments(connection, seller.id), self._fee_rate,
        )  # fmt: skip

    def _sold(self, connection: Connection, person: str, id: str) -> Order:
        """Raises NotFound, also for another seller's, and before it was paid."""
        order = rows.order(connection, id)
        seller = self._sellers.of_person(connection, person)
        if seller is None or order.seller != seller.id or order.paid_at is None:
            raise NotFound("There is no such order.")
        return order


def _cleaned(text: str, chars_max: int) -> str:
    line = clean_line(text, chars_max)
    if line is None:
        raise InvalidRequest(f"At most {chars_max} characters.")
    return line
