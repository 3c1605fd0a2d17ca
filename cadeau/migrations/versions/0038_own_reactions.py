"""One's own likes and comments, newest first."""

from alembic import op

revision = "0038"
down_revision = "0037"


def upgrade() -> None:
    op.drop_index("ix_video_likes_person", "video_likes")
    op.create_index("ix_video_likes_newest", "video_likes", ["person", "at", "video"])
    op.drop_index("ix_video_comments_person", "video_comments")
    op.create_index("ix_video_comments_newest", "video_comments", ["person", "id"])
