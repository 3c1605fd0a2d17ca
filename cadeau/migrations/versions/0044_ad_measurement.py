"""Ad measurement: how far people watch, conversions, and the countries that people tell."""

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"

_COUNTS = ("not_viewable", "quarters", "halves", "three_quarters", "conversions", "follows", "converted_micro")


def upgrade() -> None:
    op.add_column("ad_serves", sa.Column("length_ms", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("ad_serves", sa.Column("country", sa.Text(), server_default="", nullable=False))
    for name in _COUNTS:
        op.add_column("ad_days", sa.Column(name, sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("people", sa.Column("country", sa.Text(), server_default="", nullable=False))
    op.create_table(
        "ad_conversion_secrets",
        sa.Column("advertiser", sa.Text(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["advertiser"], ["advertisers.id"], name="fk_ad_conversion_secrets_advertiser_advertisers",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("advertiser", name="pk_ad_conversion_secrets"),
    )  # fmt: skip
    op.create_index("ix_ad_conversion_secrets_digest", "ad_conversion_secrets", ["digest"], unique=True)
    op.create_table(
        "ad_conversions",
        sa.Column("serve", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("touch", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("value_micro", sa.BigInteger(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("serve", "name", "order_id", name="pk_ad_conversions"),
    )
    op.create_index("ix_ad_conversions_campaign", "ad_conversions", ["campaign", "at"])
