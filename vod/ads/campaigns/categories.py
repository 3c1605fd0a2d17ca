"""Product categories. Every campaign names one, so that no ban can be evaded by leaving it out.

Sensitive ones are off until an admin allows them; political ads are too (Regulation (EU) 2024/900).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

import msgspec
from sqlalchemy import Connection, delete, insert, select

from vod.ads.campaigns.tables import ad_categories

Category = Literal[
    "animals", "apps", "beauty", "books", "cars", "education", "electronics", "events", "family", "fashion", "films",
    "food", "games", "garden", "home", "jobs", "music", "non_profit", "restaurants", "services", "sports", "travel",
    "alcohol", "dating", "finance", "gambling", "health", "politics", "religion", "weight_loss",
]  # fmt: skip
CATEGORIES: tuple[Category, ...] = get_args(Category)
OFF_BY_DEFAULT: frozenset[Category] = frozenset(
    ["alcohol", "dating", "finance", "gambling", "health", "politics", "religion", "weight_loss"]
)


class CategoryView(msgspec.Struct, frozen=True):
    """`sensitive`: off unless an admin has allowed it."""

    category: Category
    sensitive: bool
    allowed: bool


def allowed_categories(connection: Connection) -> frozenset[str]:
    """The categories that may be advertised now."""
    switched = {row.category: row.allowed for row in connection.execute(select(ad_categories))}
    return frozenset(one for one in CATEGORIES if switched.get(one, one not in OFF_BY_DEFAULT))


def category_views(connection: Connection) -> Sequence[CategoryView]:
    allowed = allowed_categories(connection)
    return [CategoryView(one, one in OFF_BY_DEFAULT, one in allowed) for one in CATEGORIES]


def switch_category(connection: Connection, category: Category, by: str, at: int, *, allowed: bool) -> None:
    """Allow a category or not. Campaigns in one that is not are no longer shown, whatever their state."""
    connection.execute(delete(ad_categories).where(ad_categories.c.category == category))
    connection.execute(insert(ad_categories).values(category=category, allowed=allowed, by=by, at=at))
