"""Videos by their hashtags, also those that are there already."""

import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"

BATCH_ROWS = 500


def upgrade() -> None:
    table = op.create_table(
        "video_tags",
        sa.Column("tag", sa.Text(), nullable=False),
        sa.Column("video", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["video"], ["videos.id"], name="fk_video_tags_video_videos", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tag", "video", name="pk_video_tags"),
    )
    op.create_index("ix_video_tags_video", "video_tags", ["video"])
    connection = op.get_bind()
    read = sa.text("SELECT id, caption FROM videos WHERE id > :after AND caption LIKE '%#%' ORDER BY id LIMIT :rows")
    after = ""
    while rows := connection.execute(read, {"after": after, "rows": BATCH_ROWS}).all():
        found = [{"tag": tag, "video": row.id} for row in rows for tag in _tags_in(row.caption)]
        if found:
            connection.execute(sa.insert(table), found)
        after = rows[-1].id


def _tags_in(caption: str) -> list[str]:
    """As vod/catalogue/tags.py found them at the time of this migration."""
    found: dict[str, None] = {}
    for part in caption.split("#")[1:]:
        end = next((index for index, char in enumerate(part) if not _is_in_word(char)), len(part))
        if end:
            found[unicodedata.normalize("NFKC", part[:end]).casefold()[:100]] = None
    return list(found)[:30]


def _is_in_word(char: str) -> bool:
    return unicodedata.category(char)[0] in "LNM" or char in "_\u200c\u200d"
