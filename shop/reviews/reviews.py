"""Writing, deleting and answering reviews. Whoever writes one locks its product: of each person there is one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from core.clock import Clock
from core.errors import NotFound
from core.ids import new_id
from core.text.clean import clean_lines
from shop.errors import BadReview, NotYourProduct
from shop.reviews import buyers
from shop.reviews.ratings import STARS_MAX, count
from shop.sellers.sellers import Seller, Sellers
from shop.tables import shop_products, shop_review_answers, shop_reviews
from shop.tables.upsert import upsert

REVIEW_CHARS_MAX = 2_000
ANSWER_CHARS_MAX = 1_000

Heard = Callable[[Connection, str, str, str], None]
"""(connection, review, author, text)"""
Answered = Callable[[Connection, str, str, str], None]
"""(connection, product, seller's person, text)"""


class Reviews:
    def __init__(self, clock: Clock, sellers: Sellers) -> None:
        self._clock = clock
        self._sellers = sellers
        self._listeners: list[Heard] = []
        self._answers: list[Answered] = []

    def hear(self, review: Heard, answer: Answered) -> None:
        """Call these in the transaction of every text that somebody writes."""
        self._listeners.append(review)
        self._answers.append(answer)

    def write(self, connection: Connection, person: str, product: str, stars: int, text: str) -> str:
        """Review a product, or change what one wrote; returns the id. One that is withheld stays so.

        Raises NotFound, BadReview, NotABuyer, ReviewOfOwn.
        """
        cleaned = clean_lines(text, REVIEW_CHARS_MAX)
        if cleaned is None or not 1 <= stars <= STARS_MAX:
            raise BadReview
        buyers.check(connection, self._locked(connection, product), product, person, self._clock())
        now, row = self._clock(), of_person(connection, person, product)
        if row is None:
            review = new_id()
            values = {"product": product, "person": person, "stars": stars, "text": cleaned, "at": now}
            connection.execute(insert(shop_reviews).values(id=review, withheld=False, **values))
            count(connection, product, {stars: +1})
        else:
            review = str(row.id)
            one = update(shop_reviews).where(shop_reviews.c.id == review)
            connection.execute(one.values(stars=stars, text=cleaned, edited_at=now))
            if not row.withheld and row.stars != stars:
                count(connection, product, {row.stars: -1, stars: +1})
        if cleaned and (row is None or row.text != cleaned):
            for listener in self._listeners:
                listener(connection, review, person, cleaned)
        return review

    def delete(self, connection: Connection, person: str, product: str) -> None:
        """One's own, with what was answered, also when one could not write it any more. None changes nothing."""
        self._locked(connection, product)
        row = of_person(connection, person, product)
        if row is None:
            return
        connection.execute(delete(shop_reviews).where(shop_reviews.c.id == row.id))
        connection.execute(delete(shop_review_answers).where(shop_review_answers.c.review == row.id))
        if not row.withheld:
            count(connection, product, {row.stars: -1})

    def answer(self, connection: Connection, person: str, review: str, text: str) -> None:
        """The seller's one answer, instead of the one before; empty: none. Raises NotFound, BadReview,
        NotYourProduct."""
        cleaned = clean_lines(text, ANSWER_CHARS_MAX)
        if cleaned is None:
            raise BadReview
        row = find(connection, review)
        if row.person is None:
            raise NotFound("There is no such review.")
        seller = self._locked(connection, row.product)
        if seller.person != person:
            raise NotYourProduct
        if not cleaned:
            connection.execute(delete(shop_review_answers).where(shop_review_answers.c.review == review))
            return
        values = {"seller": seller.id, "text": cleaned, "at": self._clock()}
        upsert(connection, shop_review_answers, {"review": review}, values)
        for listener in self._answers:
            listener(connection, row.product, person, cleaned)

    def _locked(self, connection: Connection, product: str) -> Seller:
        """Who sells a product, whose reviews nobody else writes before the commit. Raises NotFound."""
        one = select(shop_products.c.seller).where(shop_products.c.id == product)
        seller = connection.execute(one.with_for_update(key_share=True)).scalar()
        if seller is None:
            raise NotFound("There is no such product.")
        return self._sellers.find(connection, seller)

    # -- for moderators: unknown ids change nothing, as their authors may have deleted them meanwhile ------------------

    def text(self, connection: Connection, review: str) -> str | None:
        return connection.execute(select(shop_reviews.c.text).where(shop_reviews.c.id == review)).scalar()

    def product_of(self, connection: Connection, review: str) -> str | None:
        return connection.execute(select(shop_reviews.c.product).where(shop_reviews.c.id == review)).scalar()

    def hide(self, connection: Connection, review: str) -> None:
        """Only its author and moderators still see it, and its stars do not count."""
        self._withhold(connection, review, withheld=True)

    def restore(self, connection: Connection, review: str) -> None:
        self._withhold(connection, review, withheld=False)

    def _withhold(self, connection: Connection, review: str, *, withheld: bool) -> None:
        one = update(shop_reviews).where(shop_reviews.c.id == review, shop_reviews.c.withheld.is_(not withheld))
        changed = one.values(withheld=withheld).returning(shop_reviews.c.product, shop_reviews.c.stars)
        row = connection.execute(changed).first()
        if row is not None:
            count(connection, row.product, {row.stars: -1 if withheld else +1})


def find(connection: Connection, review: str) -> Row[Any]:
    """Raises NotFound."""
    row = connection.execute(select(shop_reviews).where(shop_reviews.c.id == review)).first()
    if row is None:
        raise NotFound("There is no such review.")
    return row


def of_person(connection: Connection, person: str, product: str) -> Row[Any] | None:
    own = shop_reviews.c.person == person, shop_reviews.c.product == product
    return connection.execute(select(shop_reviews).where(*own)).first()
