"""Uploads, videos, likes, comments, feed events."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.create_table(
        "uploads",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("offset", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("metadata", sa.Text(), nullable=False, server_default=""),
        sa.Column("caption", sa.Text(), nullable=False, server_default=""),
        sa.Column("video", sa.Text(), nullable=True),
        sa.Column("touched_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_uploads"),
    )
    op.create_index("ix_uploads_person", "uploads", ["person"])
    op.create_index("ix_uploads_expires_at", "uploads", ["expires_at"])
    op.create_table(
        "videos",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False, server_default=""),
        sa.Column("caption", sa.Text(), nullable=False, server_default=""),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("width", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("height", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("likes", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("comments", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("views", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("id", name="pk_videos"),
    )
    op.create_index("ix_videos_feed", "videos", ["state", "id"])
    op.create_index("ix_videos_person", "videos", ["person", "id"])
    op.create_table(
        "video_files",
        sa.Column("video", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("bits_per_second", sa.BigInteger(), nullable=False, server_default="0"),
        sa.PrimaryKeyConstraint("video", "role", name="pk_video_files"),
        sa.ForeignKeyConstraint(["video"], ["videos.id"], name="fk_video_files_video_videos", ondelete="CASCADE"),
    )
    op.create_table(
        "stored_files",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("uses", sa.Integer(), nullable=False),
        sa.Column("doomed", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_stored_files"),
    )
    op.create_index("ix_stored_files_uses", "stored_files", ["uses"])
    op.create_table(
        "video_likes",
        sa.Column("video", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("video", "person", name="pk_video_likes"),
        sa.ForeignKeyConstraint(["video"], ["videos.id"], name="fk_video_likes_video_videos", ondelete="CASCADE"),
    )
    op.create_index("ix_video_likes_person", "video_likes", ["person"])
    op.create_table(
        "video_comments",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("video", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_video_comments"),
        sa.ForeignKeyConstraint(["video"], ["videos.id"], name="fk_video_comments_video_videos", ondelete="CASCADE"),
    )
    op.create_index("ix_video_comments_video", "video_comments", ["video", "id"])
    op.create_index("ix_video_comments_person", "video_comments", ["person"])
    op.create_table(
        "feed_events",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("viewer", sa.Text(), nullable=False),
        sa.Column("video", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("watched_ms", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_feed_events"),
    )
    op.create_index("ix_feed_events_viewer", "feed_events", ["viewer", "video", "kind", "at"])
