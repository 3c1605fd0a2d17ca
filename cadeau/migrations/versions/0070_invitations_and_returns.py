"""Asks people whether they act for an advertiser, and finds the returns that nobody answers."""

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"


def upgrade() -> None:
    op.create_table(
        "advertiser_invitations",
        sa.Column("advertiser", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("advertiser", "person", name="pk_advertiser_invitations"),
        sa.ForeignKeyConstraint(
            ["advertiser"], ["advertisers.id"], name="fk_advertiser_invitations_advertiser_advertisers",
            ondelete="CASCADE",
        ),
    )  # fmt: skip
    op.create_index("ix_advertiser_invitations_person", "advertiser_invitations", ["person"])
    op.create_index("ix_shop_returns_state", "shop_returns", ["state", "at"])
