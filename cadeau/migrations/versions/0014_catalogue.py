"""Threads of comments, saved videos and collections, watch history, who may see a video, reports."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    _videos()
    _comments()
    _saved()
    _history()
    _reports()


def _videos() -> None:
    op.add_column("uploads", sa.Column("visibility", sa.Text(), server_default="public", nullable=False))
    op.add_column("videos", sa.Column("visibility", sa.Text(), server_default="public", nullable=False))
    op.add_column("videos", sa.Column("pinned", sa.Text(), nullable=True))


def _comments() -> None:
    op.add_column("video_comments", sa.Column("parent", sa.Text(), nullable=True))
    op.add_column("video_comments", sa.Column("to", sa.Text(), nullable=True))
    op.add_column("video_comments", sa.Column("likes", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("video_comments", sa.Column("replies", sa.BigInteger(), server_default="0", nullable=False))
    op.create_index("ix_video_comments_parent", "video_comments", ["parent", "id"])
    op.create_index("ix_video_comments_top", "video_comments", ["video", "parent", "likes", "id"])
    op.create_table(
        "video_comment_likes",
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["comment"], ["video_comments.id"],
            name="fk_video_comment_likes_comment_video_comments", ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("comment", "person", name="pk_video_comment_likes"),
    )  # fmt: skip
    op.create_index("ix_video_comment_likes_person", "video_comment_likes", ["person"])


def _saved() -> None:
    op.create_table(
        "collections",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_collections"),
    )
    op.create_index("ix_collections_person", "collections", ["person", "key"], unique=True)
    op.create_table(
        "saved_videos",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("video", sa.Text(), nullable=False),
        sa.Column("collection", sa.Text(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["video"], ["videos.id"], name="fk_saved_videos_video_videos", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["collection"], ["collections.id"], name="fk_saved_videos_collection_collections", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_saved_videos"),
    )
    op.create_index("ix_saved_videos_person", "saved_videos", ["person", "video"], unique=True)
    op.create_index("ix_saved_videos_newest", "saved_videos", ["person", "id"])
    op.create_index("ix_saved_videos_collection", "saved_videos", ["collection", "id"])
    op.create_index("ix_saved_videos_video", "saved_videos", ["video"])


def _history() -> None:
    op.create_table(
        "watch_history",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("video", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", "video", name="pk_watch_history"),
    )
    op.create_index("ix_watch_history_newest", "watch_history", ["person", "at", "video"])
    op.create_index("ix_watch_history_video", "watch_history", ["video"])
    op.create_table(
        "history_pauses",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("person", name="pk_history_pauses"),
    )


def _reports() -> None:
    op.create_table(
        "reports",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("reporter", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("about", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_reports"),
    )
    is_open = sa.text("state = 'open'")
    op.create_index(
        "ix_reports_open", "reports", ["reporter", "kind", "subject"],
        unique=True, sqlite_where=is_open, postgresql_where=is_open,
    )  # fmt: skip
    op.create_index("ix_reports_reporter", "reports", ["reporter", "id"])
    op.create_index("ix_reports_subject", "reports", ["kind", "subject"])
