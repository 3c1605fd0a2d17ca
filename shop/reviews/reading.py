"""Reviews as they are read: a product's, the newest first, and one's own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, select

from core.clock import Clock
from core.errors import NotFound, Refusal
from core.http import Page
from core.identity import Identity, Person
from shop.hiding import NOTHING_HIDDEN, Hides
from shop.products.views import Brief, ProductViews
from shop.reviews import buyers
from shop.reviews.reviews import find, of_person
from shop.sellers.sellers import Sellers
from shop.tables import shop_products, shop_review_answers, shop_reviews


class ReviewAnswer(msgspec.Struct, frozen=True):
    """What the seller says to it."""

    text: str
    at: int  # Unix ms


class Review(msgspec.Struct, frozen=True):
    """`refunded`: its author has given everything back since. `withheld`: hidden by a moderator, so that only its
    author and moderators see it."""

    id: str
    by: Person
    stars: int
    text: str
    at: int  # Unix ms
    edited_at: int | None
    refunded: bool
    withheld: bool
    answer: ReviewAnswer | None


class OwnReview(msgspec.Struct, frozen=True):
    """`problem`: the code of why one may not write or change it; empty: one may."""

    review: Review | None
    problem: str


class ReviewPages:
    def __init__(
        self, clock: Clock, brief: Brief, sellers: Sellers, products: ProductViews, hides: Hides = NOTHING_HIDDEN
    ) -> None:
        self._clock = clock
        self._brief = brief
        self._sellers = sellers
        self._products = products
        self._hides = hides

    def page(
        self, connection: Connection, product: str, viewer: Identity | None, cursor: str, limit: int
    ) -> Page[Review]:
        """Without those of people who are gone. Raises NotFound where the viewer sees no such product."""
        who, moderates = (viewer.id, viewer.moderates) if viewer is not None else (None, False)
        self._products.seller_of(connection, product, who, moderates=moderates)
        found = select(shop_reviews).where(shop_reviews.c.product == product, shop_reviews.c.person.is_not(None))
        if cursor:
            found = found.where(shop_reviews.c.id < cursor)
        rows = connection.execute(found.order_by(shop_reviews.c.id.desc()).limit(limit + 1)).all()
        shown = self._shown(connection, product, rows[:limit], viewer)
        return Page(shown, rows[limit - 1].id if len(rows) > limit else None)

    def own(self, connection: Connection, product: str, viewer: Identity) -> OwnReview:
        """Raises NotFound."""
        row = of_person(connection, viewer.id, product)
        shown = self._shown(connection, product, [row] if row is not None else [], viewer)
        seller = connection.execute(select(shop_products.c.seller).where(shop_products.c.id == product)).scalar()
        if seller is None:
            raise NotFound("There is no such product.")
        problem = ""
        try:
            buyers.check(connection, self._sellers.find(connection, seller), product, viewer.id, self._clock())
        except Refusal as refusal:
            problem = refusal.code
        return OwnReview(shown[0] if shown else None, problem)

    def one(self, connection: Connection, review: str, viewer: Identity) -> Review:
        """Raises NotFound."""
        row = find(connection, review)
        shown = self._shown(connection, row.product, [row], viewer)
        if not shown:
            raise NotFound("There is no such review.")
        return shown[0]

    def person_of(self, connection: Connection, review: str, who: Identity) -> str:
        """Who wrote a review that somebody may see, for reports. Raises NotFound."""
        row = find(connection, review)
        self._products.seller_of(connection, row.product, who.id)
        if row.person is None or (row.withheld and not _may_see(row, who)):
            raise NotFound("There is no such review.")
        return str(row.person)

    def _shown(
        self, connection: Connection, product: str, rows: Sequence[Row[Any]], viewer: Identity | None
    ) -> list[Review]:
        if not rows:
            return []
        authors = {row.person for row in rows if row.person is not None}
        people, keepers = self._brief(connection, authors), buyers.keepers(connection, product, authors)
        reviews, writers = set[str](), set[str]()
        if viewer is not None and not viewer.moderates:
            reviews = self._hides.hidden(connection, viewer.id, "review", {row.id for row in rows})
            writers = self._hides.hidden(connection, viewer.id, "person", authors)
            writers |= self._hides.reporters(connection, viewer.id, authors)
        answered = select(shop_review_answers).where(shop_review_answers.c.review.in_([row.id for row in rows]))
        answers = {row.review: ReviewAnswer(row.text, row.at) for row in connection.execute(answered)}
        return [
            Review(
                row.id, people[row.person], row.stars, row.text, row.at, row.edited_at, row.person not in keepers,
                bool(row.withheld), answers.get(row.id),
            )
            for row in rows
            if row.person in people
            and row.id not in reviews
            and row.person not in writers
            and (not row.withheld or _may_see(row, viewer))
        ]  # fmt: skip


def _may_see(row: Row[Any], viewer: Identity | None) -> bool:
    """One that is withheld."""
    return viewer is not None and (viewer.moderates or viewer.id == row.person)
