"""What the clock does to orders: checkouts that ran out, orders that nobody sends, deliveries, and settlement."""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlalchemy import Column, ColumnElement, Connection, select

from core.clock import Clock
from core.database import Database
from core.errors import Refusal, Unavailable
from core.jobs import Job
from money.purchases.purchases import Purchases
from money.purchases.rows import Turns
from money.vat.amounts import vat_gone
from shop.affiliates import commission
from shop.orders import rows
from shop.orders.books import Books
from shop.orders.refunds import OrderRefunds
from shop.orders.rows import Order
from shop.orders.shares import Shares, commission_left, gone, of_order
from shop.tables import shop_checkouts, shop_orders, shop_returns

LOOK_EVERY_S = 30.0
ROUND_MAX = 200
DAY_MS = 86_400_000
SEND_DAYS_MAX = 14  # then an order that was not sent is refunded
DELIVERY_DAYS_MAX = 21  # then an order that was sent counts as delivered
RETURN_DAYS = 14  # from delivery; Directive 2011/83/EU, art. 9
ANSWER_DAYS_MAX = 45  # then a return that the seller has not answered is refunded: it can have come back long ago

Act = Callable[[Connection, str], object]
"""What is done to an order or a return, by its id."""

log = structlog.get_logger("shop")


class Settlement:
    def __init__(
        self, database: Database, clock: Clock, books: Books, refunds: OrderRefunds, purchases: Purchases, accept: Act
    ) -> None:
        """`accept` refunds a return."""
        self._database = database
        self._clock = clock
        self._books = books
        self._refunds = refunds
        self._purchases = purchases
        self._accept = accept
        self._turns = Turns(shop_checkouts.c.id, ROUND_MAX)

    def look(self, _: Job) -> None:
        """Blocks. Each order in a transaction of its own; one that is just being changed has its turn next time."""
        now = self._clock()
        self._end_checkouts(now)
        order, asked = shop_orders.c, shop_returns.c
        self._each(order.id, order.state == "paid", order.paid_at < now - SEND_DAYS_MAX * DAY_MS, self._give_up)
        self._each(order.id, order.state == "sent", order.sent_at < now - DELIVERY_DAYS_MAX * DAY_MS, self.deliver)
        self._each(asked.id, asked.state == "asked", asked.at < now - ANSWER_DAYS_MAX * DAY_MS, self._accept)
        self._each(order.id, order.state == "delivered", order.delivered_at < now - RETURN_DAYS * DAY_MS, self.settle)

    def _end_checkouts(self, now: int) -> None:
        """First the payment is ended; its stock is released when that is confirmed. If it was paid, that counts."""
        ended = select(shop_checkouts.c.id, shop_checkouts.c.purchase).where(
            shop_checkouts.c.state == "held", shop_checkouts.c.held_until < now
        )
        for row in self._turns.next(self._database, ended):
            try:
                self._purchases.end(row.purchase)
            except Unavailable:
                log.warning("a checkout could not be ended", purchase=row.purchase)

    def _each(self, id: Column[str], state: ColumnElement[bool], due: ColumnElement[bool], act: Act) -> None:
        last = ""
        while True:
            page = select(id).where(state, due, id > last).order_by(id).limit(ROUND_MAX)
            ids = self._database.read(lambda c: c.execute(page).scalars().all())  # noqa: B023  it runs at once
            for one in ids:
                try:
                    self._database.write(lambda c: act(c, one))  # noqa: B023
                except Refusal as refusal:  # it has just changed, or a bank has taken a part of it
                    log.info("an order waits", id=one, code=refusal.code)
            if len(ids) < ROUND_MAX:
                return
            last = ids[-1]

    def _give_up(self, connection: Connection, id: str) -> None:
        self._refunds.refund_all(connection, id, "not_sent", f"not_sent:{id}")

    def deliver(self, connection: Connection, id: str) -> Order:
        """By the buyer's word, or because nobody said anything for so long. Raises OrderNotOpen."""
        order = rows.locked(connection, id)
        if order.state == "delivered":
            return order
        return rows.move(connection, order, "delivered", delivered_at=self._clock())

    def settle(self, connection: Connection, id: str) -> Order:
        """Divide what is left, in one transfer. Waits for banks and for returns that are asked for."""
        order = rows.locked(connection, id)
        asked = select(shop_returns.c.id).where(shop_returns.c.order == id, shop_returns.c.state == "asked")
        if (
            order.state != "delivered"
            or order.delivered_at is None
            or order.delivered_at >= self._clock() - RETURN_DAYS * DAY_MS
            or connection.execute(asked.limit(1)).first() is not None
            or rows.is_disputed(connection, id)
        ):
            return order
        shares = self.shares(connection, order)
        settled = rows.move(
            connection, order, "settled", settled_at=self._clock(), seller_minor=shares.seller, fee_minor=shares.fee,
            fee_tax_minor=shares.fee_tax, tax_minor=shares.tax, commission_minor=shares.commission,
        )  # fmt: skip
        self._books.settle(connection, order, shares)
        return settled

    def shares(self, connection: Connection, order: Order) -> Shares:
        """Of what is left: by the rates that were frozen, less what a bank took."""
        total = tax = goods = earned = 0
        for line in rows.lines_of(connection, [order.id]):
            left = line.total_minor - line.refunded_minor
            line_tax = line.tax_minor - vat_gone(line.total_minor, line.tax_minor, line.refunded_minor)
            total, tax = total + left, tax + line_tax
            goods += left - line_tax if line.variant is not None else 0
            earned += commission.of_line(line)
        due = commission_left(earned, total, order.claimed_minor)
        whole = of_order(
            goods, tax, total - earned, order.fee_rate, order.fee_tax_rate, platform_owes=order.platform_owes_tax
        )
        return whole.minus(gone(whole, order.claimed_minor - (earned - due)))._replace(commission=due)
