"""Confidential orders: the authority forbids telling whom an order is about that anything was removed, or why.

It may do so for six weeks, and once for six more (Regulation (EU) 2021/784, 11(3)). What is named is removed all the
same; `cases/telling` keeps the statement back. Of the staff, whomever it is about does not see the order either, and
whoever reads it is in the audit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, or_, select, text, update

from core.clock import Clock
from core.identity import Identity
from trust.audit.chain import Audit
from trust.cases.telling import Telling
from trust.errors import OrderNotConfidential
from trust.legal.tables import legal_order_items, legal_orders

WEEK_MS = 7 * 24 * 3_600_000
WEEKS_MAX = 6
_UNTOLD = text("legal_order_items.untold = 1")


class Confidentiality:
    """Each method is one step inside the caller's transaction."""

    def __init__(self, clock: Clock, telling: Telling, audit: Audit) -> None:
        self._clock = clock
        self._telling = telling
        self._audit = audit

    def begin(self, connection: Connection, order: str, until: int) -> None:
        """Also what another order has kept back until now waits for this one."""
        self._telling.postpone(connection, order, until)

    def prolong(self, connection: Connection, who: Identity, order: Row[Any], weeks: int) -> None:
        """Raises OrderNotConfidential if nothing is kept back by it any more, or it was prolonged before."""
        until = order.confidential_until + weeks * WEEK_MS
        running = legal_orders.c.confidential_until > self._clock(), legal_orders.c.prolonged == 0
        longer = update(legal_orders).where(legal_orders.c.id == order.id, *running)
        if not connection.execute(longer.values(confidential_until=until, prolonged=1)).rowcount:
            raise OrderNotConfidential
        self._telling.postpone(connection, order.id, until)
        self._audit.append(connection, who.id, "order_prolonged", order.id, str(weeks))

    def lift(self, connection: Connection, who: Identity, order: Row[Any]) -> None:
        """The authority allows it sooner. Raises OrderNotConfidential."""
        now = self._clock()
        running = update(legal_orders).where(legal_orders.c.id == order.id, legal_orders.c.confidential_until > now)
        if not connection.execute(running.values(confidential_until=now)).rowcount:
            raise OrderNotConfidential
        self._telling.hasten(connection, order.id)
        self._audit.append(connection, who.id, "order_told", order.id)

    def read(self, connection: Connection, who: Identity, orders: Sequence[str]) -> None:
        """Somebody of the staff is shown these."""
        self._audit.append(connection, who.id, "orders_read", orders[0] if len(orders) == 1 else "", " ".join(orders))


def about_others(who: Identity) -> ColumnElement[bool]:
    """Orders that this person may know of: not those kept from them, unless they have recorded it themselves."""
    about = legal_order_items.c.order == legal_orders.c.id, legal_order_items.c.about == who.id
    return or_(legal_orders.c.by == who.id, ~exists().where(*about, _UNTOLD))


def kept_from(connection: Connection, order: str) -> set[str]:
    """Ids of those who may not hear of an order now."""
    query = select(legal_order_items.c.about).where(legal_order_items.c.order == order, _UNTOLD)
    return set(connection.execute(query).scalars())
