"""What the shop does when somebody is erased: a seller has to end their sales first, and pictures go."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Select, delete, func, select

from core.core import Core
from core.privacy import Hold, Media
from shop.products.pictures import LARGE, SMALL, picture_key
from shop.sellers.sellers import Sellers
from shop.tables import (
    shop_orders,
    shop_pictures,
    shop_products,
    shop_review_answers,
    shop_reviews,
    shop_sellers,
)

OPEN = ("placed", "paid", "sent", "delivered")


def leave(core: Core, sellers: Sellers) -> None:
    """Add what the shop does to every erasure and every copy of somebody's data."""

    def forget_pictures(person: str) -> None:
        for row in core.database.read(lambda c: c.execute(_pictures(person)).all()):
            for px in (SMALL, LARGE):
                core.storage.delete(picture_key(row.product, row.digest, px))

    def pictures(connection: Connection, person: str) -> Iterator[Media]:
        for row in connection.execute(_pictures(person)).all():
            yield Media(f"products/{row.product}/{row.digest}.webp", picture_key(row.product, row.digest, LARGE))

    def forget_answers(person: str) -> None:
        """What sellers answered to their reviews, which may name them."""
        mine = select(shop_reviews.c.id).where(shop_reviews.c.person == person)
        gone = delete(shop_review_answers).where(shop_review_answers.c.review.in_(mine))
        core.database.write(lambda c: c.execute(gone))

    core.privacy.step("selling", lambda person: core.database.write(lambda c: sellers.leave(c, person)))
    core.privacy.step("product pictures", forget_pictures)
    core.privacy.step("answers to reviews", forget_answers)
    core.privacy.media(pictures)
    core.privacy.hides(sellers.rest)
    core.privacy.holds(open_orders)
    core.privacy.keeps("seller", is_seller)


def open_orders(connection: Connection, person: str) -> Iterator[Hold]:
    bought = select(func.count()).where(shop_orders.c.person == person, shop_orders.c.state.in_(OPEN))
    if count := connection.execute(bought).scalar_one():
        yield Hold("", "orders_open", count)
    mine = select(shop_sellers.c.id).where(shop_sellers.c.person == person)
    sold = select(func.count()).where(shop_orders.c.seller.in_(mine), shop_orders.c.state.in_(OPEN))
    if count := connection.execute(sold).scalar_one():
        yield Hold("", "sales_open", count, stops=True)


def is_seller(connection: Connection, person: str) -> bool:
    """Whoever sells has accounts and records under another id."""
    mine = select(shop_sellers.c.id).where(shop_sellers.c.person == person)
    return connection.execute(mine.limit(1)).first() is not None


def _pictures(person: str) -> Select[tuple[str, str]]:
    of = shop_pictures.join(shop_products, shop_products.c.id == shop_pictures.c.product)
    of = of.join(shop_sellers, shop_sellers.c.id == shop_products.c.seller)
    return (
        select(shop_pictures.c.product, shop_pictures.c.digest).select_from(of).where(shop_sellers.c.person == person)
    )
