"""Reviews of products: their buyers write them, sellers answer, everybody reads them."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta
from sqlalchemy import Connection

from core.database import Database
from core.http import Access, Call, Operation, Page, Paging
from core.limits import Rate
from shop.reviews.ratings import STARS_MAX
from shop.reviews.reading import OwnReview, Review, ReviewPages
from shop.reviews.reviews import ANSWER_CHARS_MAX, REVIEW_CHARS_MAX, Reviews

REVIEW_RATE = Rate(20, 60)
ANSWER_RATE = Rate(60, 60)


class ReviewRequest(msgspec.Struct, forbid_unknown_fields=True):
    """`text` may be empty."""

    stars: Annotated[int, Meta(ge=1, le=STARS_MAX)]
    text: Annotated[str, Meta(max_length=4 * REVIEW_CHARS_MAX)] = ""


class ReviewAnswerRequest(msgspec.Struct, forbid_unknown_fields=True):
    """Empty: no answer any more."""

    text: Annotated[str, Meta(max_length=4 * ANSWER_CHARS_MAX)]


class ReviewRoutes:
    def __init__(self, database: Database, reviews: Reviews, pages: ReviewPages) -> None:
        self._database = database
        self._reviews = reviews
        self._pages = pages

    def operations(self) -> list[Operation]:
        own = "/api/products/{id}/review"
        return [
            Operation("GET", "/api/products/{id}/reviews", self.list, access=Access.ANYONE),
            Operation("GET", own, self.own),
            Operation("PUT", own, self.write, rate=REVIEW_RATE, action="post"),
            Operation("DELETE", own, self.delete),
            Operation("PUT", "/api/shop/reviews/{id}/answer", self.answer, rate=ANSWER_RATE, action="post"),
        ]

    def list(self, call: Call, id: str, query: Paging) -> Page[Review]:
        """What buyers of a product think of it, newest first."""
        return self._database.read(lambda c: self._pages.page(c, id, call.who, query.cursor, query.limit))

    def own(self, call: Call, id: str) -> OwnReview:
        """Your review of a product, and whether you may write one."""
        return self._database.read(lambda c: self._pages.own(c, id, call.identity))

    def write(self, call: Call, id: str, body: ReviewRequest) -> Review:
        """Review a product that you bought, or change your review."""

        def write(connection: Connection) -> Review:
            made = self._reviews.write(connection, call.identity.id, id, body.stars, body.text)
            return self._pages.one(connection, made, call.identity)

        return self._database.write(write)

    def delete(self, call: Call, id: str) -> None:
        """Delete your review of a product."""
        self._database.write(lambda c: self._reviews.delete(c, call.identity.id, id))

    def answer(self, call: Call, id: str, body: ReviewAnswerRequest) -> Review:
        """Answer a review of a product of yours, instead of what you answered before."""

        def write(connection: Connection) -> Review:
            self._reviews.answer(connection, call.identity.id, id, body.text)
            return self._pages.one(connection, id, call.identity)

        return self._database.write(write)
