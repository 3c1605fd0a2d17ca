"""How many reviews with how many stars a product has: counters, so that no page counts reviews.

They count whatever is not withheld, also the stars of people who have left: others buy by them.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec
from sqlalchemy import Connection, select
from sqlalchemy.dialects import postgresql, sqlite

from shop.tables import shop_ratings

STARS_MAX = 5


class Rating(msgspec.Struct, frozen=True):
    """`average`: of the stars, to two places; null without any. `stars`: how many reviews have one star, two, and so on
    to five."""

    count: int
    average: float | None
    stars: list[int]


NO_RATING = Rating(0, None, [0] * STARS_MAX)


def count(connection: Connection, product: str, changes: Mapping[int, int]) -> None:
    """So many more, or fewer, have these stars. In one order everywhere, so that nobody waits for each other."""
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    for stars, change in sorted(changes.items()):
        new = dialect.insert(shop_ratings).values(product=product, stars=stars, count=max(0, change))
        counted = {"count": shop_ratings.c.count + change}
        connection.execute(new.on_conflict_do_update(index_elements=["product", "stars"], set_=counted))


def ratings_of(connection: Connection, products: Collection[str]) -> dict[str, Rating]:
    """Of those that have any."""
    columns = shop_ratings.c.product, shop_ratings.c.stars, shop_ratings.c.count.label("many")
    found = select(*columns).where(shop_ratings.c.product.in_(products), shop_ratings.c.count > 0)
    stars: dict[str, list[int]] = {}
    for row in connection.execute(found) if products else ():
        stars.setdefault(row.product, [0] * STARS_MAX)[row.stars - 1] = row.many
    return {product: rating(counts) for product, counts in stars.items()}


def rating(stars: list[int]) -> Rating:
    """Of so many reviews with one star, two, and so on."""
    many, total = sum(stars), sum(number * count for number, count in enumerate(stars, 1))
    return Rating(many, round(total / many, 2) if many else None, stars)
