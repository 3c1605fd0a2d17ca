"""Orders of authorities over HTTP, for the staff."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec
from sqlalchemy import Connection
from starlette.responses import PlainTextResponse, Response

from core.database import Database
from core.errors import Refusal
from core.http import Access, Call, Operation, Paging
from core.identity import Identity
from trust.cases.decisions import Announce
from trust.cases.effects import Effects
from trust.errors import OrderClosed
from trust.legal.alarm import Alarm
from trust.legal.contacts import Contacts
from trust.legal.form import form_of
from trust.legal.orders import NewOrder, Order, OrderAnswer, Orders, Prolonging, Removal


class OrderList(msgspec.Struct):
    """`now`: the server's clock, by which the time that is left is counted (Unix ms)."""

    items: list[Order]
    now: int
    next: str | None = None


class OrderRoutes:
    def __init__(
        self, database: Database, orders: Orders, alarm: Alarm, effects: Effects, announce: Announce, contacts: Contacts
    ) -> None:
        self._database = database
        self._orders = orders
        self._alarm = alarm
        self._effects = effects
        self._announce = announce
        self._contacts = contacts

    def operations(self) -> list[Operation]:
        staff, one = Access.MODERATOR, "/api/moderation/orders/{order}"
        return [
            Operation("GET", "/api/moderation/orders", self.list, access=staff),
            Operation("POST", "/api/moderation/orders", self.add, access=staff, status=201),
            Operation("POST", f"{one}/removal", self.remove, access=staff),
            Operation("POST", f"{one}/answer", self.answer, access=staff),
            Operation("GET", f"{one}/form", self.form, access=staff),
            Operation("POST", f"{one}/confidentiality", self.prolong, access=staff),
            Operation("DELETE", f"{one}/confidentiality", self.lift, access=staff),
        ]

    def list(self, call: Call, query: Paging) -> OrderList:
        """List orders of authorities, those that wait first. Who sees a confidential one is in the audit."""
        who = call.identity
        found, following = self._database.read(lambda c: self._orders.page(c, who, query.cursor, query.limit))
        self._note_read(who, found)
        return OrderList(found, self._orders.now(), following)

    def add(self, call: Call, body: NewOrder) -> Order:
        """Record an order of an authority. All of the staff are alarmed."""
        who = call.identity

        def write(connection: Connection) -> Order:
            made = self._orders.add(connection, who, body)
            self._alarm.ring(connection, made)
            return self._orders.one(connection, who, made)

        order = self._database.write(write)
        self._alarm.wake()
        return order

    async def remove(self, call: Call, order: str, body: Removal) -> Order:
        """Remove everything that an order names, with a statement of reasons. What cannot be hidden is left to you."""
        who, database = call.identity, self._database
        for number in await database.read_async(lambda c: self._orders.waiting(c, who, order)):
            try:
                made = await database.write_async(
                    lambda c, number=number: self._orders.remove(c, who, order, number, body)  # type: ignore[misc]
                )
            except OrderClosed:
                raise
            except Refusal:
                await database.write_async(lambda c, number=number: self._orders.leave(c, order, number))  # type: ignore[misc]
                continue
            if made is not None:
                self._announce(made.about)
        self._effects.wake()
        return await database.read_async(lambda c: self._orders.one(c, who, order))

    def answer(self, call: Call, order: str, body: OrderAnswer) -> Order:
        """Note that the authority has its answer."""
        return self._change(call.identity, order, lambda c: self._orders.answer(c, call.identity, order, body))

    def prolong(self, call: Call, order: str, body: Prolonging) -> Order:
        """The authority forbids for longer to tell whom an order is about; once."""
        return self._change(call.identity, order, lambda c: self._orders.prolong(c, call.identity, order, body.weeks))

    def lift(self, call: Call, order: str) -> Order:
        """The authority allows to tell whom an order is about: within a minute they are."""
        return self._change(call.identity, order, lambda c: self._orders.lift(c, call.identity, order))

    def form(self, call: Call, order: str) -> Response:
        """Get the answer to send to the authority, filled in: plain text in English and French."""
        found = self._database.read(lambda c: self._orders.one(c, call.identity, order))
        self._note_read(call.identity, [found])
        return PlainTextResponse(form_of(found, self._contacts), headers={"Cache-Control": "no-store"})

    def _change(self, who: Identity, order: str, change: Callable[[Connection], None]) -> Order:
        def write(connection: Connection) -> Order:
            change(connection)
            return self._orders.one(connection, who, order)

        return self._database.write(write)

    def _note_read(self, who: Identity, orders: Sequence[Order]) -> None:
        """Before they are shown."""
        if any(one.confidential_until for one in orders):
            self._database.write(lambda c: self._orders.note_read(c, who, orders))
