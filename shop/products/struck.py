"""What a price was before it was lowered: the lowest of the STRUCK_DAYS before that (Directive 98/6/EC, art. 6a).

It is computed from what the prices were, here and in rooms. Nobody can type it in.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, func, insert, select

from core.ids import new_id
from shop.errors import TooManyProducts
from shop.flashes.flash import Flash
from shop.tables import shop_flashes, shop_pins, shop_price_changes, shop_prices, shop_products, shop_variants

STRUCK_DAYS = 30
DAY_MS = 86_400_000
STRUCK_MS = STRUCK_DAYS * DAY_MS
WINDOW_MS = 2 * STRUCK_MS + DAY_MS  # what came before is of no use any more, but for the last
PRICE_CHANGES_MAX = 20  # of one price on a day

Key = tuple[str, str]
"""A variant and a currency."""


class Change(NamedTuple):
    """`price_minor`: from `at` (Unix ms) on; None: not for sale."""

    price_minor: int | None
    at: int


class Lower(NamedTuple):
    """A flash price, in a room or everywhere, from then until then."""

    price_minor: int
    starts_at: int
    ends_at: int


def struck(changes: list[Change], lower: list[Lower], now: int) -> int | None:
    """What may be shown struck beside the price of now. `changes`: the oldest first. None: the price was not lowered
    within STRUCK_DAYS, or it was not for sale all the STRUCK_DAYS before, or once as cheap in them."""
    if len(changes) < 2 or changes[-1].price_minor is None:
        return None
    price, since = changes[-1].price_minor, changes[-1].at
    return None if since <= now - STRUCK_MS else before(changes[:-1], lower, since, price)


def before(changes: list[Change], lower: list[Lower], since: int, price: int) -> int | None:
    """What may be shown struck beside a price that counts since then, such as a flash price."""
    start = since - STRUCK_MS
    if not changes or changes[0].at > start:
        return None
    # What counted when these days began, and whatever came in them.
    prices = [one.price_minor for one in changes if one.at <= start][-1:]
    prices += [one.price_minor for one in changes if start < one.at <= since]
    prices += [one.price_minor for one in lower if one.starts_at < since and one.ends_at > start]
    known = [one for one in prices if one is not None]
    if len(known) < len(prices) or min(known) <= price:
        return None
    return min(known)


def note_prices(connection: Connection, product: str, now: int) -> None:
    """Note what a product's prices have become, in the transaction that changes them. Raises TooManyProducts."""
    is_offered = connection.execute(select(shop_products.c.state).where(shop_products.c.id == product)).scalar()
    listed = (
        select(shop_prices.c.variant, shop_prices.c.currency, shop_prices.c.price_minor)
        .join(shop_variants, shop_variants.c.id == shop_prices.c.variant)
        .where(shop_variants.c.product == product, shop_variants.c.offered.is_(True))
    )
    prices: dict[Key, int | None] = {}
    if is_offered == "offered":
        prices = {(row[0], row[1]): row[2] for row in connection.execute(listed)}
    of_product = select(shop_variants.c.id).where(shop_variants.c.product == product)
    variants = list(connection.execute(of_product).scalars())
    last = {key: changes[-1].price_minor for key, changes in _changes(connection, variants, now).items()}
    rows = [
        {"id": new_id(), "variant": key[0], "currency": key[1], "price_minor": prices.get(key), "at": now}
        for key in sorted(prices.keys() | last.keys())
        if prices.get(key) != last.get(key)
    ]
    if rows:
        _check_changes(connection, variants, now)
        connection.execute(insert(shop_price_changes), rows)


def _check_changes(connection: Connection, variants: Collection[str], now: int) -> None:
    one = shop_price_changes.c
    today = select(func.count()).where(one.variant.in_(variants), one.at > now - DAY_MS)
    counts = connection.execute(today.group_by(one.variant, one.currency)).scalars()
    if max(counts, default=0) >= PRICE_CHANGES_MAX:
        raise TooManyProducts(f"A price can be changed {PRICE_CHANGES_MAX} times a day.")


def struck_prices(
    connection: Connection, product: str, variants: Collection[str], now: int, flash: Flash | None = None
) -> Mapping[str, dict[str, int]]:
    """What may be shown struck, in minor units by variant and currency: beside a `flash` price that counts now, if it
    is lower, and else beside the price."""
    lower: dict[str, list[Lower]] = {}
    known = shop_flashes.c.product == product, shop_flashes.c.starts_at <= now, shop_flashes.c.ends_at > now - WINDOW_MS
    everywhere = select(shop_flashes.c.prices, shop_flashes.c.starts_at, shop_flashes.c.ends_at).where(*known)
    for prices, at, ends_at in connection.execute(everywhere):
        for currency, price in prices.items():
            lower.setdefault(currency, []).append(Lower(price, at, min(ends_at, now)))
    shown = shop_pins.c.product == product, shop_pins.c.at > now - WINDOW_MS
    pins = select(shop_pins.c.flash, shop_pins.c.at, shop_pins.c.ended_at).where(*shown)
    for shown_at, at, ended_at in connection.execute(pins):  # of all variants
        for currency, price in shown_at.items():
            lower.setdefault(currency, []).append(Lower(price, at, now if ended_at is None else ended_at))
    found: dict[str, dict[str, int]] = {}
    for (variant, currency), changes in _changes(connection, variants, now).items():
        others = lower.get(currency, [])
        if flash is not None and changes and flash.lowers(currency, changes[-1].price_minor):
            price = before(changes, others, flash.starts_at, flash.prices[currency])
        else:
            price = struck(changes, others, now)
        if price is not None:
            found.setdefault(variant, {})[currency] = price
    return found


def _changes(connection: Connection, variants: Collection[str], now: int) -> dict[Key, list[Change]]:
    """Those within WINDOW_MS and the last one before, the oldest first."""
    one, other = shop_price_changes.c, shop_price_changes.alias().c
    last = (
        select(func.max(other.at))
        .where(other.variant == one.variant, other.currency == one.currency, other.at <= now - WINDOW_MS)
        .scalar_subquery()
    )
    found = select(one.variant, one.currency, one.price_minor, one.at).where(
        one.variant.in_(variants), one.at >= func.coalesce(last, 0)
    )
    changes: dict[Key, list[Change]] = {}
    for variant, currency, price, at in connection.execute(found.order_by(one.at, one.id)) if variants else ():
        changes.setdefault((variant, currency), []).append(Change(price, at))
    return changes
