"""Advertisers with their members, campaigns and creatives; balances for ads, and what is held and spent of them."""

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"


def upgrade() -> None:
    _advertisers()
    _campaigns()
    _settings()
    _money()


def _advertisers() -> None:
    op.create_table(
        "advertisers",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("payer", sa.Text()),
        sa.Column("country", sa.Text(), nullable=False),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("stopped", sa.Text(), nullable=False, server_default=""),
        sa.Column("house", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("reviewed_by", sa.Text()),
        sa.Column("reviewed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_advertisers"),
    )
    op.create_index("ix_advertisers_state", "advertisers", ["state", "id"])
    op.create_table(
        "advertiser_members",
        sa.Column("advertiser", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("advertiser", "person", name="pk_advertiser_members"),
        sa.ForeignKeyConstraint(
            ["advertiser"], ["advertisers.id"], name="fk_advertiser_members_advertiser_advertisers", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_advertiser_members_person", "advertiser_members", ["person"])


def _campaigns() -> None:
    op.create_table(
        "campaigns",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("advertiser", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tier", sa.Text(), nullable=False),
        sa.Column("objective", sa.Text(), nullable=False),
        sa.Column("pricing", sa.Text(), nullable=False),
        sa.Column("bid_micro", sa.BigInteger(), nullable=False),
        sa.Column("total_micro", sa.BigInteger(), nullable=False),
        sa.Column("day_micro", sa.BigInteger()),
        sa.Column("zone", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Text(), nullable=False),
        sa.Column("ends_on", sa.Text(), nullable=False),
        sa.Column("starts_at", sa.BigInteger(), nullable=False),
        sa.Column("ends_at", sa.BigInteger(), nullable=False),
        sa.Column("caps", sa.JSON(), nullable=False),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("state_at", sa.BigInteger(), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_campaigns"),
        sa.ForeignKeyConstraint(["advertiser"], ["advertisers.id"], name="fk_campaigns_advertiser_advertisers"),
    )
    op.create_index("ix_campaigns_advertiser", "campaigns", ["advertiser", "id"])
    op.create_index("ix_campaigns_state", "campaigns", ["state", "id"])
    op.create_table(
        "creatives",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("video", sa.Text(), nullable=False),
        sa.Column("caption", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.BigInteger()),
        sa.Column("reviewed_by", sa.Text()),
        sa.Column("reviewed_at", sa.BigInteger()),
        sa.PrimaryKeyConstraint("id", name="pk_creatives"),
        sa.ForeignKeyConstraint(["campaign"], ["campaigns.id"], name="fk_creatives_campaign_campaigns"),
    )
    op.create_index("ix_creatives_campaign", "creatives", ["campaign", "id"])
    op.create_index("ix_creatives_state", "creatives", ["state", "submitted_at"])
    op.create_index("ix_creatives_video", "creatives", ["video"])


def _settings() -> None:
    op.create_table(
        "ad_floors",
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("cpm_micro", sa.BigInteger(), nullable=False),
        sa.Column("cpc_micro", sa.BigInteger(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("format", name="pk_ad_floors"),
    )
    op.create_table(
        "ad_categories",
        sa.Column("category", sa.Text(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("category", name="pk_ad_categories"),
    )


def _money() -> None:
    op.add_column("purchases", sa.Column("advertiser", sa.Text()))
    op.create_index("ix_purchases_advertiser", "purchases", ["advertiser", "id"])
    op.create_table(
        "ad_budgets",
        sa.Column("campaign", sa.Text(), nullable=False),
        sa.Column("advertiser", sa.Text(), nullable=False),
        sa.Column("reserved_micro", sa.BigInteger(), nullable=False),
        sa.Column("captured_micro", sa.BigInteger(), nullable=False),
        sa.Column("released_micro", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("campaign", name="pk_ad_budgets"),
    )
    op.create_index("ix_ad_budgets_advertiser", "ad_budgets", ["advertiser"])
