"""The task that tells rooms what happened by itself: pieces were paid, a flash price is over.

What is sold is noted in the transaction that pays for it, and told a moment later, all together: a storm of sales is
one event. Whatever a crash leaves untold is told by the next process.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import structlog
from sqlalchemy import Connection, insert, select, text, update

from core.clock import Clock
from core.database import Database
from core.outages import is_outage
from live.goods.news import FlashEnded, ShopNews, Sold
from shop.orders.rows import Checkout, Line, Order
from shop.pins import rows
from shop.pins.pins import Pins
from shop.pins.rows import PinRow
from shop.tables import shop_pin_sales, shop_pins

TELL_EVERY_S = 0.5
BUYERS_NAMED_MAX = 10  # in one event; the others are only counted
PINS_PER_ROUND_MAX = 100

_UNTOLD = text("told = false")  # as the index has it

log = structlog.get_logger("shop")


class Telling:
    def __init__(self, database: Database, clock: Clock, pins: Pins) -> None:
        self._database = database
        self._clock = clock
        self._pins = pins

    def sold(self, connection: Connection, checkout: Checkout, order: Order, lines: Sequence[Line]) -> None:
        """An order is paid: in the same transaction."""
        if checkout.pin is None:
            return
        row = {
            "order": order.id, "pin": checkout.pin, "person": order.person if checkout.named else None,
            "count": sum(line.left for line in lines), "at": self._clock(), "told": False,
        }  # fmt: skip
        connection.execute(insert(shop_pin_sales).values(row))

    async def run(self) -> None:
        """Until cancelled. Several processes may do so at once."""
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            try:
                await self.tell()
            except Exception as fault:  # what is untold stays so
                if not is_outage(fault):
                    log.exception("cannot tell rooms what was sold")

    async def tell(self) -> None:
        """Tell whatever is untold."""
        due = await self._database.read_async(self._due)
        for room in dict.fromkeys(pin.room for pin in due):
            ids = [pin.id for pin in due if pin.room == room]
            announce = await self._database.write_async(
                lambda c, room=room, ids=ids: self._tell(c, room, ids)  # type: ignore[misc]
            )
            announce()

    def _due(self, connection: Connection) -> list[PinRow]:
        untold = select(shop_pin_sales.c.pin).where(_UNTOLD).distinct().limit(PINS_PER_ROUND_MAX)
        over = select(shop_pins.c.id).where(shop_pins.c.flash_until <= self._clock()).limit(PINS_PER_ROUND_MAX)
        due = [*connection.execute(untold).scalars(), *connection.execute(over).scalars()]
        found = connection.execute(rows.PIN.where(shop_pins.c.id.in_(due))) if due else ()
        return [PinRow(*row) for row in found]

    def _tell(self, connection: Connection, room: str, ids: Sequence[str]) -> Callable[[], None]:
        """Only one process at a time tells a room; the next one finds nothing left."""
        self._pins.news.lock(connection, [room])
        news: list[ShopNews] = []
        for pin in ids:
            news += [*self._end_flash(connection, pin), *self._sales(connection, pin)]
        return self._pins.news.tell(connection, room, news) if news else lambda: None

    def _end_flash(self, connection: Connection, pin: str) -> list[ShopNews]:
        over = update(shop_pins).where(shop_pins.c.id == pin, shop_pins.c.flash_until <= self._clock())
        return [FlashEnded(pin)] if connection.execute(over.values(flash_until=None)).rowcount else []

    def _sales(self, connection: Connection, pin: str) -> list[ShopNews]:
        told = (
            update(shop_pin_sales)
            .where(shop_pin_sales.c.pin == pin, _UNTOLD)
            .values(told=True)
            .returning(shop_pin_sales.c.count, shop_pin_sales.c.person)
        )
        sales = connection.execute(told).all()
        if not sales:
            return []
        buyers = list(dict.fromkeys(person for _, person in sales if person))[:BUYERS_NAMED_MAX]
        left = self._pins.left(connection, [pin])[pin]
        return [Sold(pin, sum(count for count, _ in sales), left, buyers)]
