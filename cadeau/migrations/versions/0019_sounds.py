"""Sounds: the audio of a video that others may put under theirs."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.create_table(
        "sounds",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("title", sa.Text(), nullable=False, server_default=""),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("video", sa.Text(), nullable=True),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("duration_ms", sa.BigInteger(), nullable=False),
        sa.Column("allowed", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("uses", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["video"], ["videos.id"], name="fk_sounds_video_videos", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_sounds"),
    )
    op.create_index("ix_sounds_person", "sounds", ["person"])
    op.create_index("ix_sounds_video", "sounds", ["video"])
    op.add_column("videos", sa.Column("sound", sa.Text(), nullable=True))
    op.create_index("ix_videos_sound", "videos", ["sound", "id"])
    op.add_column("uploads", sa.Column("sound", sa.Text(), nullable=True))
