"""What seller and buyer do with a paid order: send it, have it, send it back."""

from __future__ import annotations

from typing import Literal

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from core.clock import Clock
from core.errors import NotFound
from core.ids import new_id
from shop.errors import BadReturn, OrderDisputed, OrderNotOpen, ReturnsEnded
from shop.orders import rows
from shop.orders.notices import OrderNotices
from shop.orders.refunds import OF_A_RETURN, OrderRefunds
from shop.orders.rows import Order
from shop.orders.settlement import DAY_MS, RETURN_DAYS
from shop.products import stock
from shop.tables import shop_returns

ReturnState = Literal["asked", "refunded", "refused"]
RETURNS_MAX = 50  # of one order


class Return(msgspec.Struct, frozen=True):
    id: str
    order: str
    line: str
    count: int
    reason: str
    state: ReturnState
    answer: str
    at: int
    answered_at: int | None


_RETURN = select(*(shop_returns.c[name] for name in Return.__struct_fields__))


class Fulfilment:
    def __init__(self, clock: Clock, refunds: OrderRefunds, notices: OrderNotices) -> None:
        self._clock = clock
        self._refunds = refunds
        self._notices = notices

    def send(self, connection: Connection, id: str, carrier: str, tracking: str) -> Order:
        """Its pieces leave the store. Again, it changes carrier and tracking. Raises OrderNotOpen, OrderDisputed."""
        order = rows.locked(connection, id)
        if order.state in ("sent", "delivered"):
            if (order.carrier, order.tracking) == (carrier, tracking):
                return order
            return self._told(connection, rows.change(connection, order, carrier=carrier, tracking=tracking))
        if order.state != "paid":
            raise OrderNotOpen
        if rows.is_disputed(connection, id):
            raise OrderDisputed
        goods = [line for line in rows.lines_of(connection, [id]) if line.stock == "taken"]
        stock.ship(connection, goods, self._clock())
        rows.set_stock(connection, goods, "shipped")
        sent = rows.move(connection, order, "sent", sent_at=self._clock(), carrier=carrier, tracking=tracking)
        return self._told(connection, sent)

    def _told(self, connection: Connection, sent: Order) -> Order:
        self._notices.sent(connection, sent)
        return sent

    def ask_return(self, connection: Connection, id: str, line: str, count: int, reason: str) -> Return:
        """Raises OrderNotOpen, ReturnsEnded, BadReturn."""
        order = rows.locked(connection, id)
        if order.state not in ("sent", "delivered"):
            raise OrderNotOpen
        if order.delivered_at is not None and order.delivered_at < self._clock() - RETURN_DAYS * DAY_MS:
            raise ReturnsEnded
        found = next((one for one in rows.lines_of(connection, [id]) if one.id == line), None)
        of_it = select(func.sum(shop_returns.c.count), func.count()).where(shop_returns.c.order == id)
        asked = connection.execute(of_it.where(shop_returns.c.line == line, shop_returns.c.state == "asked")).one()[0]
        many = connection.execute(of_it).one()[1]
        left = found.left - int(asked or 0) if found is not None and found.variant is not None else 0
        if type(count) is not int or not 1 <= count <= left or many >= RETURNS_MAX:
            raise BadReturn
        made = new_id()
        connection.execute(
            insert(shop_returns).values(
                id=made, order=id, line=line, count=count, reason=reason, state="asked", answer="", at=self._clock()
            )
        )
        self._notices.return_asked(connection, order, made)
        return self.find(connection, made)

    def accept(self, connection: Connection, id: str, by: str | None = None, answer: str = "") -> Return:
        """The pieces are back, or nobody says that they are not (`by`: null): refund them. Again changes nothing.
        Raises what a refund does."""
        found = self._locked(connection, id)
        if found.state == "refunded":
            return found
        if found.state != "asked":
            raise OrderNotOpen
        if rows.order(connection, found.order).left_minor:  # else the bank has given everything back already
            units = {found.line: found.count}
            self._refunds.refund(connection, found.order, units, reason="return", by=by, key=f"{OF_A_RETURN}{id}")
        return self._answered(connection, id, "refunded", answer)

    def refuse(self, connection: Connection, id: str, answer: str) -> Return:
        """Raises OrderNotOpen."""
        found = self._locked(connection, id)
        if found.state != "asked":
            raise OrderNotOpen
        self._notices.return_refused(connection, rows.order(connection, found.order), id)
        return self._answered(connection, id, "refused", answer)

    def find(self, connection: Connection, id: str) -> Return:
        """Raises NotFound."""
        row = connection.execute(_RETURN.where(shop_returns.c.id == id)).first()
        if row is None:
            raise NotFound("There is no such return.")
        return Return(*row)

    def of(self, connection: Connection, orders: list[str]) -> list[Return]:
        found = _RETURN.where(shop_returns.c.order.in_(orders)).order_by(shop_returns.c.id)
        return [Return(*row) for row in connection.execute(found)]

    def _locked(self, connection: Connection, id: str) -> Return:
        rows.locked(connection, self.find(connection, id).order)
        return self.find(connection, id)

    def _answered(self, connection: Connection, id: str, state: ReturnState, answer: str) -> Return:
        one = update(shop_returns).where(shop_returns.c.id == id, shop_returns.c.state == "asked")
        connection.execute(one.values(state=state, answer=answer, answered_at=self._clock()))
        return self.find(connection, id)
