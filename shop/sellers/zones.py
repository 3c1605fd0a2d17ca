"""Where a seller sends to, and for how much: the first zone that has a country counts, one without countries is all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection, delete, insert, select

from core.text.clean import clean_line
from money.vat.rules import known_country
from shop.errors import BadProduct
from shop.products.prices import PRICE_MINOR_MAX, is_currency
from shop.tables import shop_sellers, shop_zones

ZONES_MAX = 20
ZONE_NAME_CHARS_MAX = 50
ZONE_COUNTRIES_MAX = 250


class Postage(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Minor units, with the VAT: for the first piece of an order, and for each other."""

    first_minor: int
    more_minor: int


class Zone(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`countries`: ISO 3166-1; empty: every country. `prices` by currency."""

    name: Annotated[str, Meta(max_length=4 * ZONE_NAME_CHARS_MAX)]
    countries: Annotated[list[str], Meta(max_length=ZONE_COUNTRIES_MAX)]
    prices: dict[str, Postage]


def zones_of(connection: Connection, sellers: Sequence[str]) -> dict[str, list[Zone]]:
    found = select(shop_zones).where(shop_zones.c.seller.in_(sellers)).order_by(shop_zones.c.position)
    zones: dict[str, list[Zone]] = {}
    for row in connection.execute(found) if sellers else ():
        zone = msgspec.convert({"name": row.name, "countries": row.countries, "prices": row.prices}, Zone)
        zones.setdefault(row.seller, []).append(zone)
    return zones


def set_zones(connection: Connection, seller: str, zones: Sequence[Zone]) -> list[Zone]:
    """Replace them all. Raises BadProduct."""
    cleaned = [_cleaned(zone) for zone in zones]
    if len(cleaned) > ZONES_MAX:
        raise BadProduct(f"At most {ZONES_MAX} zones.")
    connection.execute(select(shop_sellers.c.id).where(shop_sellers.c.id == seller).with_for_update())
    connection.execute(delete(shop_zones).where(shop_zones.c.seller == seller))
    for position, zone in enumerate(cleaned):
        values = msgspec.to_builtins(zone)
        connection.execute(insert(shop_zones).values(seller=seller, position=position, **values))
    return cleaned


def postage(zones: Sequence[Zone], country: str, currency: str, pieces: int) -> int | None:
    """None: the seller does not send there."""
    for zone in zones:
        if not zone.countries or country in zone.countries:
            price = zone.prices.get(currency)
            return None if price is None else price.first_minor + price.more_minor * (pieces - 1)
    return None


def _cleaned(zone: Zone) -> Zone:
    name = clean_line(zone.name, ZONE_NAME_CHARS_MAX)
    countries = [known_country(code) for code in zone.countries]
    amounts = [amount for price in zone.prices.values() for amount in (price.first_minor, price.more_minor)]
    fits = all(0 <= amount <= PRICE_MINOR_MAX for amount in amounts)
    if not name or not all(countries) or not zone.prices or not all(map(is_currency, zone.prices)) or not fits:
        raise BadProduct("A zone has a name, countries, and prices in currencies that the shop knows.")
    return Zone(name, countries, zone.prices)
