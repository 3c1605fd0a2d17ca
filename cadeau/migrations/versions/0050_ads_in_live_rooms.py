"""Ads in live rooms: places by zone and country, and sponsored goals."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    op.create_table(
        "ad_places",
        sa.Column("hour", sa.Integer(), autoincrement=False, nullable=False),
        *map(_text, ("zone", "country")),
        _number("places"),
        sa.PrimaryKeyConstraint("hour", "zone", "country", name="pk_ad_places"),
    )
    op.add_column("ad_library", sa.Column("format", sa.Text(), nullable=False, server_default=""))
    _goals()
    op.create_table(
        "room_goals",
        *map(_text, ("room", "id", "sponsor", "paid_by", "text")),
        *map(_number, ("reward_micro", "target", "coins", "ends_at")),
        sa.PrimaryKeyConstraint("room", name="pk_room_goals"),
    )


def _goals() -> None:
    op.create_table(
        "ad_goals",
        *map(_text, ("id", "advertiser", "creator", "consent", "text", "category")),
        sa.Column("share_percent", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        *map(_number, ("reward_micro", "target_coins", "until")),
        _text("state"),
        _number("state_at"),
        _text("because", ""),
        *map(_text, ("sponsor", "paid_by")),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        _text("note"),
        *(sa.Column(name, sa.Text()) for name in ("reviewed_by", "room")),
        *(sa.Column(name, sa.BigInteger()) for name in ("reviewed_at", "started_at", "ends_at")),
        _number("coins", "0"),
        _text("created_by"),
        _number("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_ad_goals"),
        sa.ForeignKeyConstraint(["advertiser"], ["advertisers.id"], name="fk_ad_goals_advertiser_advertisers"),
    )
    for column in ("advertiser", "creator", "state"):
        op.create_index(f"ix_ad_goals_{column}", "ad_goals", [column, "id"])


def _text(name: str, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _number(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=default)
