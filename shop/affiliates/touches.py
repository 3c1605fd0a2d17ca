"""Touches: that somebody came to a product by a creator's link, tag or pin.

They are kept here and tied to the buyer's account, so there is no cookie that a page could plant. A touch counts for
TOUCH_DAYS; of several the last one does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import msgspec
from sqlalchemy import Connection, delete, or_, select

from core.database.many import Lookup, Many
from shop.tables import shop_products, shop_promotions, shop_sellers, shop_touches

TouchSource = Literal["link", "tag", "pin"]
TOUCH_DAYS = 7
TOUCH_MS = TOUCH_DAYS * 86_400_000
_NOTE = Many.insert(
    "shop_touches",
    {"buyer": "text", "product": "text", "creator": "text", "source": "text", "at": "bigint"},
    "ON CONFLICT (buyer, product, creator) DO UPDATE SET source = excluded.source, at = excluded.at "
    "WHERE shop_touches.at <= excluded.at",
)
_TOUCHES = Lookup(
    "SELECT buyer, creator, product, source, at FROM shop_touches WHERE buyer {among} AND at > ? AND at <= ? "
    "ORDER BY at DESC, creator"
)


class Touch(msgspec.Struct, frozen=True):
    creator: str
    product: str
    source: TouchSource
    at: int


class Promoter(NamedTuple):
    """A creator of whose work a product may be. `pays`: they have picked it, and get something for it."""

    creator: str
    pays: bool
    sold_by: str | None

    def counts_for(self, buyer: str) -> bool:
        """Not for what one buys of oneself, nor for what the seller buys."""
        return self.pays and buyer != self.creator and self.sold_by not in (buyer, None)


def promoter_of(connection: Connection, creator: str, product: str, now: int) -> Promoter:
    sold_by = (
        select(shop_sellers.c.person)
        .join(shop_products, shop_products.c.seller == shop_sellers.c.id)
        .where(shop_products.c.id == product)
    )
    pays = promotes(connection, creator, product, now)
    return Promoter(creator, pays, connection.execute(sold_by).scalar() if pays else None)


def touch(connection: Connection, buyer: str, creator: str, product: str, source: TouchSource, now: int) -> bool:
    """Note that `buyer` came to a product by what `creator` showed: their link, a tag in their video, a pin in their
    room. All are ids; `now` in Unix ms. False, and nothing is noted, if the creator does not promote the product, or
    the buyer is the creator or the seller. Repeating it is harmless."""
    if not promoter_of(connection, creator, product, now).counts_for(buyer):
        return False
    note(connection, [(buyer, Touch(creator, product, source, now))])
    return True


def note(connection: Connection, touches: Sequence[tuple[str, Touch]]) -> None:
    """Of buyers, what counts: of several touches by one creator the newest."""
    newest = {(buyer, one.product, one.creator): (one.source, one.at) for buyer, one in touches}
    _NOTE.write(connection, [(*key, *values) for key, values in sorted(newest.items())])


def promotes(connection: Connection, creator: str, product: str, now: int) -> bool:
    """Whether a creator has picked a product and gets something for it."""
    own = shop_promotions.c.person == creator, shop_promotions.c.product == product
    goes_on = or_(shop_promotions.c.ends_at.is_(None), shop_promotions.c.ends_at > now)
    return connection.execute(select(shop_promotions.c.person).where(*own, goes_on)).first() is not None


def touches_by(connection: Connection, buyers: Sequence[str], now: int) -> dict[str, list[Touch]]:
    """Those that count by buyer, the last one first."""
    found: dict[str, list[Touch]] = {}
    for buyer, *one in _TOUCHES.read(connection, buyers, now - TOUCH_MS, now):
        found.setdefault(buyer, []).append(Touch(*one))
    return found


def forget_old(connection: Connection, now: int) -> int:
    """Delete those that do not count anymore; returns how many."""
    return connection.execute(delete(shop_touches).where(shop_touches.c.at <= now - TOUCH_MS)).rowcount
