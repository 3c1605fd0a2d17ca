"""Pins as those who watch a room see them: the one that is shown, and the earlier ones in the room's bag."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, select

from core.clock import Clock
from live.goods.news import STOCK_SHOWN_MAX
from shop.pins import rows
from shop.pins.rows import PinRow
from shop.products.pictures import PictureUrls, first_pictures
from shop.tables import shop_pins, shop_products, shop_variants


class PinVariant(msgspec.Struct, frozen=True):
    """`prices`: what it costs through the pin now, in minor units by currency."""

    id: str
    name: str
    prices: dict[str, int]
    left: int


class PinView(msgspec.Struct, frozen=True):
    """`at` and `ended_at` (Unix ms) are when it was shown, for whoever plays the room again. `variants` is empty once
    it has ended: from then on today's prices count."""

    id: str
    product: str
    title: str
    picture: str | None
    prices: dict[str, int]
    flash_prices: dict[str, int]
    flash_until: int | None
    left: int
    at: int
    ended_at: int | None
    variants: list[PinVariant]


class RoomPins(msgspec.Struct, frozen=True):
    """The last one first. `now`: the server's clock (Unix ms), by which flash prices end."""

    items: list[PinView]
    next: str | None
    now: int


class PinViews:
    def __init__(self, clock: Clock, urls: PictureUrls) -> None:
        self._clock = clock
        self._urls = urls

    def of_room(self, connection: Connection, room: str, cursor: str, limit: int) -> RoomPins:
        found = rows.PIN.where(shop_pins.c.room == room, rows.SEEN)
        if cursor:
            found = found.where(shop_pins.c.id < cursor)
        page = [PinRow(*row) for row in connection.execute(found.order_by(shop_pins.c.id.desc()).limit(limit + 1))]
        shown = self.views(connection, page[:limit])
        return RoomPins(shown, shown[-1].id if len(page) > limit else None, self._clock())

    def views(self, connection: Connection, pins: Sequence[PinRow]) -> list[PinView]:
        products = {pin.product for pin in pins}
        titles = select(shop_products.c.id, shop_products.c.title).where(shop_products.c.id.in_(products))
        named = {row.id: row.title for row in connection.execute(titles)} if products else {}
        pictures, left = first_pictures(connection, products), rows.left_of(connection, products)
        now = self._clock()
        return [
            PinView(
                pin.id, pin.product, named.get(pin.product, ""),
                self._urls.small(pin.product, pictures.get(pin.product)), pin.lowest(),
                pin.flash if pin.flashes(now) else {}, pin.flash_until if pin.flashes(now) else None,
                min(STOCK_SHOWN_MAX, left[pin.product]), pin.at, pin.ended_at,
                [] if pin.ended_at is not None else self._variants(connection, pin, now),
            )
            for pin in pins
        ]  # fmt: skip

    def _variants(self, connection: Connection, pin: PinRow, now: int) -> list[PinVariant]:
        left = (shop_variants.c.on_hand - shop_variants.c.reserved).label("left")
        found = (
            select(shop_variants.c.id, shop_variants.c.name, left)
            .where(shop_variants.c.product == pin.product, shop_variants.c.offered.is_(True))
            .order_by(shop_variants.c.position)
        )
        return [
            PinVariant(row.id, row.name, prices, row.left)
            for row in connection.execute(found)
            if (prices := _prices(pin, row.id, now))
        ]


def _prices(pin: PinRow, variant: str, now: int) -> dict[str, int]:
    frozen = pin.prices.get(variant, {})
    return {currency: price for currency in sorted(frozen) if (price := pin.price(variant, currency, now)) is not None}
