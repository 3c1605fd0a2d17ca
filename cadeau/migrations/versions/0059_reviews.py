"""Reviews of products."""

import sqlalchemy as sa
from alembic import op

revision = "0059"
down_revision = "0058"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def upgrade() -> None:
    op.create_table(
        "shop_reviews",
        *map(_text, ("id", "product")),
        sa.Column("person", sa.Text()),
        _number("stars"),
        _text("text"),
        sa.Column("withheld", sa.Boolean(), nullable=False, server_default=sa.false()),
        _number("at"),
        sa.Column("edited_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_shop_reviews"),
        sa.UniqueConstraint("person", "product", name="uq_shop_reviews_person"),
        sa.CheckConstraint("stars BETWEEN 1 AND 5", name=op.f("ck_shop_reviews_stars")),
    )
    op.create_index("ix_shop_reviews_product", "shop_reviews", ["product", "id"])
    op.create_table(
        "shop_review_answers",
        *map(_text, ("review", "seller", "text")),
        _number("at"),
        sa.PrimaryKeyConstraint("review", name="pk_shop_review_answers"),
    )
    op.create_table(
        "shop_ratings",
        _text("product"),
        *map(_number, ("stars", "count")),
        sa.PrimaryKeyConstraint("product", "stars", name="pk_shop_ratings"),
        sa.CheckConstraint("count >= 0", name=op.f("ck_shop_ratings_not_negative")),
    )
