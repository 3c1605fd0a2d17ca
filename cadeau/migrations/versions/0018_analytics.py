"""Daily counts of videos for their creators."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"

COUNTS = ("views", "viewers", "watch_ms", "watched_once_ms", "likes", "comments", "shares", "followers")


def upgrade() -> None:
    op.create_table(
        "video_days",
        sa.Column("video", sa.Text(), nullable=False),
        sa.Column("day", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in COUNTS),
        sa.Column("retention", sa.Text(), nullable=False),
        sa.Column("sources", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["video"], ["videos.id"], name="fk_video_days_video_videos", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("video", "day", name="pk_video_days"),
    )
    op.create_index("ix_video_days_day", "video_days", ["day"])
    op.create_table(
        "analytics_progress",
        sa.Column("day", sa.Integer(), nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("day", name="pk_analytics_progress"),
    )
    op.create_index("ix_feed_events_at", "feed_events", ["at"])
    op.create_index("ix_follows_at", "follows", ["at"])
