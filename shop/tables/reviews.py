"""Reviews of products by their buyers, what sellers answer, and how many stars products have."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Table, Text, UniqueConstraint
from sqlalchemy.sql import expression

from core.tables import metadata

shop_reviews = Table(
    "shop_reviews",
    metadata,
    Column("id", Text, primary_key=True),
    Column("product", Text, nullable=False),
    Column("person", Text),  # null: was erased, and the stars stay
    Column("stars", BigInteger, nullable=False),
    Column("text", Text, nullable=False),  # empty: only stars
    Column("withheld", Boolean, nullable=False, server_default=expression.false()),  # by decision of a moderator
    Column("at", BigInteger, nullable=False),
    Column("edited_at", BigInteger),
    UniqueConstraint("person", "product"),
    CheckConstraint("stars BETWEEN 1 AND 5", name="stars"),
    Index("ix_shop_reviews_product", "product", "id"),
)

shop_review_answers = Table(
    "shop_review_answers",
    metadata,
    Column("review", Text, primary_key=True),
    Column("seller", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)

shop_ratings = Table(  # of reviews that are not withheld, changed in the transactions that change them
    "shop_ratings",
    metadata,
    Column("product", Text, primary_key=True),
    Column("stars", BigInteger, primary_key=True, autoincrement=False),
    Column("count", BigInteger, nullable=False),
    CheckConstraint("count >= 0", name="not_negative"),
)
