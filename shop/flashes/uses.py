"""How many pieces are sold at a flash price. They are held with the stock, while the buyer pays, and count once that is
done: as uses of coupons do, and after them in the order in which things are locked.

Every change of a counter is one conditional UPDATE, so those who buy at one flash price take their turn.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, insert, or_, select, update

from shop.errors import PriceChanged
from shop.tables import shop_flash_uses, shop_flashes


class FlashUse(NamedTuple):
    order: str
    flash: str
    pieces: int


def hold(connection: Connection, used: Collection[FlashUse], now: int) -> None:
    """By who holds the flash prices' locks. Raises PriceChanged: then all is to be undone."""
    pieces: dict[str, int] = {}
    for one in used:
        pieces[one.flash] = pieces.get(one.flash, 0) + one.pieces
    for flash, count in sorted(pieces.items()):
        if not _take(connection, flash, count):
            raise PriceChanged
    if used:
        rows = [
            {"order": one.order, "flash": one.flash, "count": one.pieces, "state": "held", "at": now} for one in used
        ]
        connection.execute(insert(shop_flash_uses), rows)


def release(connection: Connection, orders: Collection[str]) -> None:
    """Those that are held: their orders are not paid."""
    for order, flash, count in _uses(connection, orders, "held"):
        _give_back(connection, flash, count)
        _set(connection, order, flash, "released")


def hold_again(connection: Connection, orders: Collection[str]) -> set[str]:
    """What had been released, because they are paid after all: what the buyer was promised counts, however late it is,
    but for no more pieces than there are. Returns the orders for which not enough are left."""
    lost: set[str] = set()
    for order, flash, count in _uses(connection, orders, "released"):
        if order in lost or not _take(connection, flash, count):
            lost.add(order)
        else:
            _set(connection, order, flash, "held")
    release(connection, lost)
    return lost


def keep(connection: Connection, orders: Collection[str]) -> None:
    """They are paid. What is refunded later stays used."""
    held = shop_flash_uses.c.order.in_(orders), shop_flash_uses.c.state == "held"
    connection.execute(update(shop_flash_uses).where(*held).values(state="used"))


def _take(connection: Connection, flash: str, count: int) -> bool:
    one = shop_flashes.c
    enough = or_(one.pieces_max.is_(None), one.taken + count <= one.pieces_max)
    taken = update(shop_flashes).where(one.id == flash, enough).values(taken=one.taken + count)
    return bool(connection.execute(taken).rowcount)


def _give_back(connection: Connection, flash: str, count: int) -> None:
    one = shop_flashes.c
    connection.execute(update(shop_flashes).where(one.id == flash).values(taken=one.taken - count))


def _uses(connection: Connection, orders: Collection[str], state: str) -> list[FlashUse]:
    """In the order in which flash prices are locked."""
    use = shop_flash_uses.c
    found = select(use.order, use.flash, use["count"]).where(use.order.in_(orders), use.state == state)
    return [FlashUse(*row) for row in connection.execute(found.order_by(use.flash, use.order))] if orders else []


def _set(connection: Connection, order: str, flash: str, state: str) -> None:
    one = shop_flash_uses.c.order == order, shop_flash_uses.c.flash == flash
    connection.execute(update(shop_flash_uses).where(*one).values(state=state))
