"""What buyers do: look at products, fill a cart, order, pay, have, send back."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from core.database import Database
from core.errors import InvalidRequest, NotFound
from core.http import Access, Call, Operation, Page, Paging
from core.limits import Rate
from core.text.clean import clean_line
from money.providers import Purchase
from money.purchases.purchases import Purchases
from money.purchases.rows import find
from money.vat.rules import known_country
from shop.cart.carts import CART_LINES_MAX, Carts, summed
from shop.cart.offers import Quote
from shop.cart.quotes import Quotes
from shop.coupons.coupons import Coupons
from shop.errors import BadAddress
from shop.orders import rows
from shop.orders.addresses import Address, cleaned
from shop.orders.fulfilment import Fulfilment, Return
from shop.orders.rows import Order
from shop.orders.settlement import Settlement
from shop.orders.views import CheckoutView, OrderView, OrderViews
from shop.pins.how import How
from shop.pins.showing import Showing
from shop.placing.order import NewOrder
from shop.placing.placing import Placing
from shop.sellers.sellers import REASON_CHARS_MAX

ORDER_RATE = Rate(20, 60)
CART_RATE = Rate(120, 60)  # codes of coupons can be guessed with it
RETURN_RATE = Rate(20, 60)


class Destination(msgspec.Struct, forbid_unknown_fields=True):
    """`country`: where it is to go."""

    country: Annotated[str, Meta(max_length=2)] = ""
    currency: Annotated[str, Meta(max_length=3)] = "EUR"


class CartQuery(Destination, forbid_unknown_fields=True):
    """`coupon`: the code of one."""

    coupon: Annotated[str, Meta(max_length=64)] = ""


class Item(msgspec.Struct, forbid_unknown_fields=True):
    variant: Annotated[str, Meta(max_length=64)]
    count: int


class QuoteRequest(Destination, forbid_unknown_fields=True):
    """`pin`: at the price of this one."""

    items: Annotated[list[Item], Meta(max_length=CART_LINES_MAX)] = []
    pin: Annotated[str, Meta(max_length=64)] = ""


class OrderRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`total_minor`: what the buyer was shown; if it is another sum by now, nothing is ordered. Without it any is
    accepted. `pin` or `video`: where it was shown. With a saved `method` there is no `address`: it goes to that of the
    method. `save`: keep the payment method and the address. `named`: the room may hear who bought it. `coupon`:
    the code of one, which then has to count."""

    items: Annotated[list[Item], Meta(max_length=CART_LINES_MAX)]
    address: Address | None = None
    currency: Annotated[str, Meta(max_length=3)] = "EUR"
    total_minor: int | None = None
    pin: Annotated[str, Meta(max_length=64)] = ""
    video: Annotated[str, Meta(max_length=64)] = ""
    method: Annotated[str, Meta(max_length=64)] = ""
    save: bool = False
    named: bool = False
    coupon: Annotated[str, Meta(max_length=64)] = ""

    @property
    def how(self) -> How:
        return How(self.pin, self.video, self.method, self.save, self.named, self.coupon)


class OrderAnswer(msgspec.Struct):
    """`id`: of the checkout, which has an order for each seller. `state`: held (to be paid at `checkout_url`), paid,
    expired."""

    id: str
    state: str
    checkout_url: str | None
    total_minor: int
    currency: str
    orders: list[str]


class OrdersQuery(Paging):
    """`purchase`: the payment that the buyer comes back from."""

    purchase: Annotated[str, Meta(max_length=64)] = ""


class ReturnRequest(msgspec.Struct, forbid_unknown_fields=True):
    line: Annotated[str, Meta(max_length=64)]
    count: int
    reason: Annotated[str, Meta(max_length=4 * REASON_CHARS_MAX)] = ""


class BuyerRoutes:
    def __init__(
        self, database: Database, carts: Carts, quotes: Quotes, placing: Placing, purchases: Purchases,
        views: OrderViews, fulfilment: Fulfilment, settlement: Settlement, showing: Showing, coupons: Coupons,
    ) -> None:  # fmt: skip
        self._database = database
        self._carts = carts
        self._quotes = quotes
        self._placing = placing
        self._purchases = purchases
        self._views = views
        self._fulfilment = fulfilment
        self._settlement = settlement
        self._showing = showing
        self._coupons = coupons

    def operations(self) -> list[Operation]:
        one = "/api/orders/{id}"
        return [
            Operation("GET", "/api/cart", self.cart, rate=CART_RATE),
            Operation("PUT", "/api/cart", self.put),
            Operation("POST", "/api/cart/quotes", self.quote, access=Access.ANYONE),
            Operation("GET", "/api/checkouts/{id}", self.checkout),
            Operation("POST", "/api/checkouts/{id}", self.go_on, rate=ORDER_RATE),
            Operation("DELETE", "/api/checkouts/{id}", self.abandon),
            Operation("GET", "/api/orders", self.orders),
            Operation("POST", "/api/orders", self.place, status=201, money=True, rate=ORDER_RATE),
            Operation("GET", one, self.order),
            Operation("PUT", f"{one}/delivered", self.delivered, action="always"),  # what is paid goes on for everybody
            Operation("POST", f"{one}/returns", self.ask_return, status=201, rate=RETURN_RATE, action="always"),
        ]

    # -- before ----------------------------------------------------------------------------------

    def cart(self, call: Call, query: CartQuery) -> Quote:
        """Your cart, and what it costs now."""
        person = call.identity.id

        def read(connection: Connection) -> Quote:
            wanted = self._carts.of(connection, person)
            entered = self._coupons.entered(connection, person, query.coupon, wanted)
            return self._quotes.quote(
                connection, wanted, known_country(query.country), query.currency, entered=entered
            )  # fmt: skip

        return self._database.read(read)

    def put(self, call: Call, body: Item) -> None:
        """Have so many of a variant in your cart; 0: none."""
        self._database.write(lambda c: self._carts.put(c, call.identity.id, body.variant, body.count))

    def quote(self, body: QuoteRequest) -> Quote:
        """What some products would cost now."""
        wanted = summed([(item.variant, item.count) for item in body.items])
        return self._database.read(lambda c: self._quote(c, dict(wanted), body.country, body.currency, body.pin))

    def _quote(
        self, connection: Connection, wanted: dict[str, int], country: str, currency: str, pin: str = ""
    ) -> Quote:
        pricing = self._showing.pricing(connection, pin, wanted) if pin else None
        return self._quotes.quote(connection, wanted, known_country(country), currency, pricing)

    # -- ordering --------------------------------------------------------------------------------

    async def place(self, call: Call, body: OrderRequest) -> OrderAnswer:
        """Order: the stock is held while you pay. Adults only."""
        items = [(item.variant, item.count) for item in body.items]
        who, how = call.identity, body.how
        if (body.address is None) == (not how.method):
            raise BadAddress("Either an address, or a saved payment method that has one.")
        given = cleaned(body.address) if body.address is not None else None
        order = NewOrder(who, items, given, body.currency, body.total_minor, call.key, how)
        placed, purchase = await self._placing.post(order)
        await self._check_out(purchase, placed.id)
        return await self._database.read_async(lambda c: self._answer(c, who.id, placed.id))

    async def _check_out(self, purchase: Purchase, checkout: str) -> None:
        started = await self._purchases.check_out(purchase)
        if purchase.method and started.checkout_url is not None:  # the bank wants to see the buyer, who needs time
            await self._database.write_async(lambda c: self._placing.hold_longer(c, checkout))

    def _answer(self, connection: Connection, person: str, id: str) -> OrderAnswer:
        view = self._views.checkout(connection, self._own_checkout(connection, person, id))
        orders = [order.id for order in view.orders]
        return OrderAnswer(view.id, view.state, view.checkout_url, view.total_minor, view.currency, orders)

    def checkout(self, call: Call, id: str) -> CheckoutView:
        """One of your checkouts: its payment, and an order for each seller."""
        return self._database.read(lambda c: self._views.checkout(c, self._own_checkout(c, call.identity.id, id)))

    async def go_on(self, call: Call, id: str) -> CheckoutView:
        """Go on paying: where the provider did not answer when it was ordered, it is asked again."""
        person = call.identity.id
        found = await self._database.read_async(lambda c: self._own_checkout(c, person, id))
        purchase = await self._database.read_async(lambda c: find(c, found.purchase))
        if purchase is not None and found.state == "held":
            await self._check_out(purchase, found.id)
        return await self._database.read_async(
            lambda c: self._views.checkout(c, self._own_checkout(c, person, id))
        )  # fmt: skip

    async def abandon(self, call: Call, id: str) -> None:
        """Give up a checkout that is not paid, so that others can have what it holds."""
        person = call.identity.id
        found = await self._database.read_async(lambda c: self._own_checkout(c, person, id))
        await self._purchases.end_soon(found.purchase)

    # -- afterwards ------------------------------------------------------------------------------

    def orders(self, call: Call, query: OrdersQuery) -> Page[OrderView]:
        """Your orders, newest first."""
        person = call.identity.id

        def read(connection: Connection) -> Page[OrderView]:
            if not query.purchase:
                return self._views.bought(connection, person, query.cursor, query.limit)
            found = self._views.checkout_of(connection, query.purchase)
            if found is None or found.person != person:
                raise NotFound("There is no such checkout.")
            return Page(self._views.checkout(connection, found).orders)

        return self._database.read(read)

    def order(self, call: Call, id: str) -> OrderView:
        """One of your orders."""
        return self._database.read(lambda c: self._views.order(c, self._own(c, call.identity.id, id)))

    def delivered(self, call: Call, id: str) -> OrderView:
        """Say that an order has arrived: from then on you have 14 days to return it."""

        def write(connection: Connection) -> OrderView:
            self._own(connection, call.identity.id, id)
            return self._views.order(connection, self._settlement.deliver(connection, id))

        return self._database.write(write)

    def ask_return(self, call: Call, id: str, body: ReturnRequest) -> Return:
        """Ask to send pieces of an order back. The seller refunds them when they have arrived."""
        reason = clean_line(body.reason, REASON_CHARS_MAX)
        if reason is None:
            raise InvalidRequest(f"A reason has at most {REASON_CHARS_MAX} characters.")

        def write(connection: Connection) -> Return:
            self._own(connection, call.identity.id, id)
            return self._fulfilment.ask_return(connection, id, body.line, body.count, reason)

        return self._database.write(write)

    def _own(self, connection: Connection, person: str, id: str) -> Order:
        order = rows.order(connection, id)
        if order.person != person:
            raise NotFound("There is no such order.")
        return order

    def _own_checkout(self, connection: Connection, person: str, id: str) -> rows.Checkout:
        found = rows.checkout(connection, id)
        if found.person != person:
            raise NotFound("There is no such checkout.")
        return found
