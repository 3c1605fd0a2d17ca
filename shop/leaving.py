"""What the shop does when somebody is erased: a seller has to end their sales first, and pictures go."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Select, delete, func, select

from core.core import Core
from core.privacy import Hold, Media
from shop.pins.pins import Pins
from shop.products.pictures import LARGE, SMALL, picture_key
from shop.sellers.sellers import Sellers
from shop.tables import (
    shop_orders,
    shop_pictures,
    shop_pins,
    shop_products,
    shop_review_answers,
    shop_reviews,
    shop_sellers,
)

OPEN = ("placed", "paid", "sent", "delivered")


def leave(core: Core, sellers: Sellers, pins: Pins) -> None:
    """Add what the shop does to every erasure and every copy of somebody's data."""

    def forget_pictures(person: str) -> None:
        """But for what is kept as evidence: `Pictures.sweep` deletes that in its time."""
        free = _pictures(person).where(shop_pictures.c.kept_until <= core.clock())
        for row in core.database.read(lambda c: c.execute(free).all()):
            for px in (SMALL, LARGE):
                core.storage.delete(picture_key(row.product, row.digest, px))
            one = (shop_pictures.c.product == row.product) & (shop_pictures.c.digest == row.digest)
            core.database.write(lambda c: c.execute(delete(shop_pictures).where(one)))  # noqa: B023

    def forget_pins(person: str) -> None:
        """Logs of rooms, also of others, name what was pinned there."""
        shown = select(shop_pins.c.room, shop_pins.c.product).where(shop_pins.c.product.in_(_products(person)))
        rooms: dict[str, set[str]] = {}
        for row in core.database.read(lambda c: c.execute(shown.distinct()).all()):
            rooms.setdefault(row.room, set()).add(row.product)
        for room, named in rooms.items():
            core.database.write(lambda c: pins.news.forget(c, room, named))  # noqa: B023

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
    core.privacy.step("pins", forget_pins)
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


def _products(person: str) -> Select[tuple[str]]:
    of = shop_products.join(shop_sellers, shop_sellers.c.id == shop_products.c.seller)
    return select(shop_products.c.id).select_from(of).where(shop_sellers.c.person == person)


def _pictures(person: str) -> Select[tuple[str, str]]:
    of = shop_pictures.join(shop_products, shop_products.c.id == shop_pictures.c.product)
    of = of.join(shop_sellers, shop_sellers.c.id == shop_products.c.seller)
    return (
        select(shop_pictures.c.product, shop_pictures.c.digest).select_from(of).where(shop_sellers.c.person == person)
    )
