"""Landing pages as they were reviewed; documents about what advertisers paid in, and what is on them."""

import sqlalchemy as sa
from alembic import op

revision = "0045"
down_revision = "0044"


def upgrade() -> None:
    _landings()
    _documents()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _small(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), nullable=False)


def _landings() -> None:
    op.create_table(
        "ad_landings",
        _text("creative"),
        _small("revision"),
        *map(_text, ("host", "title", "sketch")),
        _small("strikes"),
        _number("due_at"),
        _text("finding"),
        sa.PrimaryKeyConstraint("creative", name="pk_ad_landings"),
    )


def _documents() -> None:
    op.create_table(
        "ad_documents",
        *map(_text, ("number", "kind")),
        _small("year"),
        _number("sequence"),
        *map(_text, ("advertiser", "purchase", "cause")),
        sa.Column("corrects", sa.Text()),
        _number("at"),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_ad_documents"),
        sa.UniqueConstraint("kind", "year", "sequence", name="uq_ad_documents_kind"),
        sa.UniqueConstraint("cause", "kind", name="uq_ad_documents_cause"),
    )
    op.create_index("ix_ad_documents_advertiser", "ad_documents", ["advertiser", "at", "number"])
    op.create_index("ix_ad_documents_purchase", "ad_documents", ["purchase"])
    op.create_table(
        "ad_billing",
        *map(_text, ("advertiser", "address", "vat_number")),
        sa.PrimaryKeyConstraint("advertiser", name="pk_ad_billing"),
    )
