"""Who may show a product to their viewers."""

from __future__ import annotations

from sqlalchemy import Connection, select

from shop.affiliates.touches import promotes
from shop.errors import NotYourProduct
from shop.tables import shop_products, shop_sellers


def may_promote(connection: Connection, creator: str, product: str, now: int) -> bool:
    """Whether somebody may pin or tag a product that is for sale: their own, or one they promote by its seller's plan.
    `now` in Unix ms."""
    offered = (
        select(shop_sellers.c.person)
        .join(shop_products, shop_sellers.c.id == shop_products.c.seller)
        .where(shop_products.c.id == product, shop_products.c.state == "offered", shop_sellers.c.state == "approved")
    )
    seller = connection.execute(offered).scalar()
    return seller == creator or (seller is not None and promotes(connection, creator, product, now))


def check(connection: Connection, creator: str, product: str, now: int) -> None:
    """Raises NotYourProduct."""
    if not may_promote(connection, creator, product, now):
        raise NotYourProduct


def keep(connection: Connection, product: str) -> None:
    """Nobody hides it before the commit; whoever does then finds that it is pinned."""
    mine = select(shop_products.c.id).where(shop_products.c.id == product)
    connection.execute(mine.with_for_update(read=True))


def sells(connection: Connection, person: str, product: str) -> bool:
    """Whether somebody sells this product themselves: only they may lower its price."""
    found = (
        select(shop_products.c.id)
        .join(shop_sellers, shop_sellers.c.id == shop_products.c.seller)
        .where(shop_products.c.id == product, shop_sellers.c.person == person)
    )
    return connection.execute(found).first() is not None
