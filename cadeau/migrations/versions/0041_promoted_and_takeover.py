"""Promoted posts with their creators' consent and share, and takeovers by the day."""

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"


def upgrade() -> None:
    _formats()
    _consents()
    _takeovers()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _formats() -> None:
    op.add_column("campaigns", sa.Column("format", sa.Text(), nullable=False, server_default="in_feed"))
    op.add_column("campaigns", sa.Column("consent", sa.Text(), nullable=True))
    op.add_column("campaigns", sa.Column("creator", sa.Text(), nullable=True))
    op.add_column("campaigns", sa.Column("share_percent", sa.Integer(), nullable=False, server_default="0"))
    for table in ("ad_serves", "ad_receipts"):
        op.add_column(table, sa.Column("creator", sa.Text(), nullable=False, server_default=""))
        op.add_column(table, sa.Column("share_micro", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "ad_offers",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        _number("takeover_day_micro"),
        sa.Column("creator_share_percent", sa.Integer(), nullable=False),
        _text("by"),
        _number("at"),
        sa.PrimaryKeyConstraint("id", name="pk_ad_offers"),
    )


def _consents() -> None:
    op.create_table(
        "ad_consents",
        *map(_text, ("code", "person", "video", "sponsor")),
        sa.Column("share_percent", sa.Integer(), nullable=False),
        *map(_number, ("until", "created_at")),
        sa.Column("revoked_at", sa.BigInteger(), nullable=True),
        sa.Column("advertiser", sa.Text(), nullable=True),
        sa.Column("used_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("code", name="pk_ad_consents"),
    )
    op.create_index("ix_ad_consents_person", "ad_consents", ["person", "created_at"])
    op.create_index("ix_campaigns_creator", "campaigns", ["creator", "id"])
    op.create_table(
        "ad_shares",
        *map(_text, ("campaign", "person")),
        _number("earned_micro"),
        sa.PrimaryKeyConstraint("campaign", "person", name="pk_ad_shares"),
    )
    op.create_index("ix_ad_shares_person", "ad_shares", ["person", "campaign"])


def _takeovers() -> None:
    op.create_table(
        "ad_takeover_days",
        *map(_text, ("campaign", "day", "advertiser", "category")),
        _number("price_micro"),
        _text("state"),
        sa.Column("taken", sa.Text(), nullable=True),
        sa.Column("serve", sa.Text(), nullable=True),
        sa.Column("bookings", sa.Integer(), nullable=False),
        _number("at"),
        sa.PrimaryKeyConstraint("campaign", "day", name="pk_ad_takeover_days"),
        sa.UniqueConstraint("taken", name="uq_ad_takeover_days_taken"),
    )
    op.create_index("ix_ad_takeover_days_state", "ad_takeover_days", ["state", "day"])
    op.create_index("ix_ad_takeover_days_category", "ad_takeover_days", ["category", "day"])
