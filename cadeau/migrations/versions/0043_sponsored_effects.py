"""Sponsored effects: bookings, pictures, paid days, uses; the effect of an upload, a video and a live room."""

import sqlalchemy as sa
from alembic import op

revision = "0043"
down_revision = "0042"


def upgrade() -> None:
    _bookings()
    _paid()
    _used()


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False)


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False)


def _bookings() -> None:
    op.create_table(
        "effect_pictures",
        *map(_text, ("advertiser", "digest")),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        _number("at"),
        sa.PrimaryKeyConstraint("advertiser", "digest", name="pk_effect_pictures"),
        sa.ForeignKeyConstraint(
            ["advertiser"], ["advertisers.id"], name="fk_effect_pictures_advertiser_advertisers", ondelete="CASCADE"
        ),
    )
    op.create_index("ix_effect_pictures_digest", "effect_pictures", ["digest"])
    op.create_table(
        "effect_bookings",
        *map(_text, ("id", "advertiser", "name", "template")),
        sa.Column("look", sa.JSON(), nullable=False),
        sa.Column("picture", sa.Text()),
        *map(_text, ("category", "zone", "starts_on", "ends_on")),
        *map(_number, ("starts_at", "ends_at", "day_micro")),
        sa.Column("sponsor", sa.Text(), nullable=False, server_default=""),
        sa.Column("paid_by", sa.Text(), nullable=False, server_default=""),
        _text("state"),
        sa.Column("reasons", sa.JSON(), nullable=False),
        _text("note"),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("paid_until", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("submitted_at", sa.BigInteger()),
        sa.Column("reviewed_by", sa.Text()),
        sa.Column("reviewed_at", sa.BigInteger()),
        _text("created_by"),
        _number("created_at"),
        sa.PrimaryKeyConstraint("id", name="pk_effect_bookings"),
        sa.ForeignKeyConstraint(["advertiser"], ["advertisers.id"], name="fk_effect_bookings_advertiser_advertisers"),
    )
    op.create_index("ix_effect_bookings_advertiser", "effect_bookings", ["advertiser", "id"])
    op.create_index("ix_effect_bookings_state", "effect_bookings", ["state", "id"])


def _paid() -> None:
    op.create_table(
        "effect_days",
        *map(_text, ("effect", "day")),
        *map(_number, ("micro", "at")),
        sa.PrimaryKeyConstraint("effect", "day", name="pk_effect_days"),
        sa.ForeignKeyConstraint(["effect"], ["effect_bookings.id"], name="fk_effect_days_effect_effect_bookings"),
    )


def _used() -> None:
    op.create_table(
        "effect_uses",
        *map(_text, ("effect", "day", "person")),
        sa.PrimaryKeyConstraint("effect", "day", "person", name="pk_effect_uses"),
    )
    op.create_table(
        "video_effects",
        *map(_text, ("video", "effect")),
        sa.PrimaryKeyConstraint("video", name="pk_video_effects"),
        sa.ForeignKeyConstraint(["video"], ["videos.id"], name="fk_video_effects_video_videos", ondelete="CASCADE"),
    )
    op.create_index("ix_video_effects_effect", "video_effects", ["effect"])
    op.create_table(
        "room_effects",
        *map(_text, ("room", "effect", "name", "sponsor", "paid_by")),
        sa.PrimaryKeyConstraint("room", name="pk_room_effects"),
    )
    op.add_column("uploads", sa.Column("effect", sa.Text()))
