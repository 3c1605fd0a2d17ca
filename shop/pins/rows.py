"""Pins as rows: finding them, their prices at a time, and how many pieces are left."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
from sqlalchemy import Connection, exists, func, select

from shop.products.products import WITHHELD
from shop.tables import shop_pins, shop_prices, shop_products, shop_variants


class PinRow(msgspec.Struct, frozen=True):
    """`prices`: by variant and currency, frozen. `flash`: by currency, instead of them until `flash_until`."""

    id: str
    room: str
    host: str
    product: str
    prices: dict[str, dict[str, int]]
    flash: dict[str, int]
    flash_until: int | None
    at: int
    ended_at: int | None

    def flashes(self, now: int) -> bool:
        return self.flash_until is not None and now < self.flash_until

    def price(self, variant: str, currency: str, now: int) -> int | None:
        """None: it has none, or was not there when the product was pinned."""
        frozen = self.prices.get(variant, {}).get(currency)
        if frozen is None or not self.flashes(now):
            return frozen
        return self.flash.get(currency, frozen)

    def lowest(self) -> dict[str, int]:
        """Of its variants, by currency."""
        lowest: dict[str, int] = {}
        for prices in self.prices.values():
            for currency, price in prices.items():
                lowest[currency] = min(price, lowest.get(currency, price))
        return dict(sorted(lowest.items()))


PIN = select(*(shop_pins.c[name] for name in PinRow.__struct_fields__))
SEEN = ~exists().where(shop_products.c.id == shop_pins.c.product, shop_products.c.state == WITHHELD)
"""Without what a moderator has hidden."""


def find(connection: Connection, id: str) -> PinRow | None:
    row = connection.execute(PIN.where(shop_pins.c.id == id)).first()
    return PinRow(*row) if row else None


def find_all(connection: Connection, ids: Collection[str]) -> dict[str, PinRow]:
    """By id; those that do not exist are missing."""
    found = connection.execute(PIN.where(shop_pins.c.id.in_(ids))) if ids else ()
    return {row.id: PinRow(*row) for row in found}


def open_in(connection: Connection, room: str) -> PinRow | None:
    """What is pinned in a room now."""
    row = connection.execute(PIN.where(shop_pins.c.room == room, shop_pins.c.ended_at.is_(None))).first()
    return PinRow(*row) if row else None


def seen_in(connection: Connection, room: str) -> PinRow | None:
    """What is pinned in a room now, unless a moderator has just hidden it."""
    row = connection.execute(PIN.where(shop_pins.c.room == room, shop_pins.c.ended_at.is_(None), SEEN)).first()
    return PinRow(*row) if row else None


def open_of(connection: Connection, product: str) -> list[PinRow]:
    """Where a product is pinned now."""
    found = PIN.where(shop_pins.c.product == product, shop_pins.c.ended_at.is_(None))
    return [PinRow(*row) for row in connection.execute(found)]


def prices_now(connection: Connection, product: str) -> dict[str, dict[str, int]]:
    """Today's prices of a product's variants, by currency."""
    found = (
        select(shop_prices.c.variant, shop_prices.c.currency, shop_prices.c.price_minor)
        .join(shop_variants, shop_variants.c.id == shop_prices.c.variant)
        .where(shop_variants.c.product == product, shop_variants.c.offered.is_(True))
    )
    prices: dict[str, dict[str, int]] = {}
    for variant, currency, price in connection.execute(found):
        prices.setdefault(variant, {})[currency] = price
    return prices


def left_of(connection: Connection, products: Collection[str]) -> dict[str, int]:
    """How many pieces of each product can be bought now, all its variants together."""
    if not products:
        return {}
    left = func.sum(shop_variants.c.on_hand - shop_variants.c.reserved)
    found = (
        select(shop_variants.c.product, left)
        .where(shop_variants.c.product.in_(products), shop_variants.c.offered.is_(True))
        .group_by(shop_variants.c.product)
    )
    counts = dict.fromkeys(products, 0)
    for product, count in connection.execute(found):
        counts[product] = int(count)
    return counts
