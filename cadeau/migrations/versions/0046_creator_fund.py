"""The creator fund: months, qualified views, pots, and what each creator gets."""

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"


def upgrade() -> None:
    _periods()
    _views()
    _results()
    op.create_index("ix_payout_destinations_fingerprint", "payout_destinations", ["fingerprint"])


def _text(name: str, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default=default)


def _number(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default=default)


def _small(name: str, default: str | None = None) -> sa.Column[int]:
    return sa.Column(name, sa.Integer(), autoincrement=False, nullable=False, server_default=default)


def _periods() -> None:
    op.create_table(
        "fund_periods",
        *map(_text, ("period", "state")),
        sa.Column("viewer_key", sa.LargeBinary()),
        sa.Column("code_key", sa.LargeBinary(), nullable=False),
        sa.Column("run", sa.Text()),
        _text("terms", "{}"),
        *(_number(name, "0") for name in ("pot", "carried", "weight", "views", "viewers")),
        _text("digest", ""),
        *(sa.Column(name, sa.BigInteger()) for name in ("closed_at", "reviewed_at", "posted_at")),
        *(sa.Column(name, sa.Text()) for name in ("closed_by", "reviewed_by", "posted_by")),
        sa.PrimaryKeyConstraint("period", name="pk_fund_periods"),
    )
    op.create_table(
        "fund_fills",
        *map(_text, ("period", "key", "source")),
        _number("coins"),
        _text("by"),
        _number("at"),
        _text("note", ""),
        sa.PrimaryKeyConstraint("period", "key", name="pk_fund_fills"),
    )


def _views() -> None:
    op.create_table(
        "fund_views",
        *map(_text, ("period", "viewer")),
        _small("day"),
        *map(_text, ("video", "creator")),
        _number("ms"),
        _small("reactions"),
        sa.PrimaryKeyConstraint("period", "viewer", "day", "video", name="pk_fund_views"),
        sqlite_with_rowid=False,
    )


def _results() -> None:
    op.create_table(
        "fund_creators",
        *map(_text, ("period", "creator")),
        _number("views"),
        _small("days"),
        _number("followers"),
        _small("age_days"),
        _text("reasons"),
        *map(_number, ("ms", "weight", "coins")),
        _text("by_day"),
        _small("posted", "0"),
        sa.PrimaryKeyConstraint("period", "creator", name="pk_fund_creators"),
    )
    op.create_index("ix_fund_creators_creator", "fund_creators", ["creator", "period"])
    op.create_table(
        "fund_videos",
        *map(_text, ("period", "creator", "video")),
        *map(_number, ("views", "ms", "liked", "shared", "followed", "weight")),
        sa.PrimaryKeyConstraint("period", "creator", "video", name="pk_fund_videos"),
        sqlite_with_rowid=False,
    )
