"""Placing an order: what the cart was shown to cost, held for a while, with one payment for all its sellers.

Orders are placed in groups: what queued up during a commit is judged and written together (`batch.py`), so that a hot
product costs its thousand buyers one lock and a handful of statements.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Sequence

from sqlalchemy import Connection, update
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.database import Database
from core.errors import Refusal
from core.identity import Identity
from money.purchases.purchases import Purchases
from money.vat.rules import Terms
from shop.affiliates.attribution import Attributions
from shop.cart.quotes import Quotes
from shop.coupons.coupons import Coupons
from shop.errors import TooManyOpenOrders
from shop.orders.addresses import Address
from shop.pins.addresses import SavedAddresses
from shop.pins.how import HELD_MS, IN_THE_SHOP, How
from shop.pins.showing import Showing
from shop.placing.batch import Batch, Domains, Placed
from shop.placing.order import NewOrder
from shop.tables import shop_checkouts

ORDERS_AT_ONCE_MAX = 200  # of 50 lines at most: 10,000 variants in one statement


class Placing:
    def __init__(
        self, database: Database, clock: Clock, terms: Terms, fee_rate: int, quotes: Quotes, purchases: Purchases,
        showing: Showing, attributions: Attributions, addresses: SavedAddresses,
        coupons: Coupons,
    ) -> None:  # fmt: skip
        """`fee_rate`: the platform's, in hundredths of a percent."""
        self._clock = clock
        self._domains = Domains(terms, fee_rate, quotes, purchases, showing, attributions, addresses, coupons)
        self._group = database.group("orders", self.place_all)

    def post(self, order: NewOrder) -> asyncio.Future[Placed]:
        """Hold the stock, and freeze prices, taxes and fees. The future is done after the commit, or raises AdultsOnly,
        BadOrder, NotFound, NotOffered, NoPrice, NotShipped, OutOfStock, OwnProduct, PriceChanged, TooManyOpenOrders,
        PinEnded, PinLimit, CouponNotValid, IdempotencyKeyReused. Call it on an event loop."""
        return self._group.post(order)

    def place(
        self, connection: Connection, who: Identity, items: Collection[tuple[str, int]], address: Address | None,
        currency: str, total_minor: int | None, key: str, how: How = IN_THE_SHOP,
    ) -> Placed:  # fmt: skip
        """The same for one order, in the caller's transaction, which a refusal ends."""
        order = NewOrder(who, list(items), address, currency, total_minor, key, how)
        [placed] = self.place_all(connection, [order])
        if isinstance(placed, Exception):
            raise placed
        return placed

    def place_all(self, connection: Connection, orders: Sequence[NewOrder]) -> list[Placed | Refusal]:
        """In order: what was placed, or why it was not."""
        answers: list[Placed | Refusal] = []
        for start in range(0, len(orders), ORDERS_AT_ONCE_MAX):
            some = orders[start : start + ORDERS_AT_ONCE_MAX]
            try:
                answers += Batch(connection, some, self._clock(), self._domains).run()
            except IntegrityError:  # another node has just placed one of them: this is undone and repeated one by one
                if len(orders) > 1:
                    raise
                raise TooManyOpenOrders("This order is just being placed.") from None
        return answers

    def hold_longer(self, connection: Connection, checkout: str) -> None:
        """A saved method could not pay: it goes on at the provider's checkout."""
        held = update(shop_checkouts).where(shop_checkouts.c.id == checkout, shop_checkouts.c.state == "held")
        connection.execute(held.values(held_until=shop_checkouts.c.at + HELD_MS))
