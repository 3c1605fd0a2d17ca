"""Search, mentions and trending. What is there already is marked to be indexed."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"

# A mark may be any text: the first change replaces it.
MARKED = {
    "people": "SELECT 'people', id, '' FROM people",
    "videos": "SELECT 'videos', id, '' FROM videos WHERE state = 'ready' AND visibility = 'public'",
    "hashtags": "SELECT DISTINCT 'hashtags', tag, '' FROM video_tags",
    "sounds": "SELECT 'sounds', id, '' FROM sounds WHERE uses > 0",
    "rooms": "SELECT 'rooms', id, '' FROM rooms WHERE state = 'live'",
}


def upgrade() -> None:
    op.create_table(
        "video_mentions",
        sa.Column("video", sa.Text(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("told", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["video"], ["videos.id"], name="fk_video_mentions_video_videos", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("video", "comment", "person", name="pk_video_mentions"),
    )
    op.create_index("ix_video_mentions_person", "video_mentions", ["person", "video"])
    op.create_table(
        "search_documents",
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("key", sa.Text()),
        sa.Column("head", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("place", name="pk_search_documents"),
    )
    op.create_index("ix_search_documents_id", "search_documents", ["kind", "id"], unique=True)
    op.create_index("ix_search_documents_key", "search_documents", ["key", "place"])
    op.create_table(
        "search_variants",
        sa.Column("variant", sa.Text(), nullable=False),
        sa.Column("word", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("variant", "word", name="pk_search_variants"),
    )
    op.create_table(
        "search_marks",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "subject", name="pk_search_marks"),
    )
    op.create_index("ix_search_marks_mark", "search_marks", ["mark"])
    op.create_table(
        "trending",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "place", name="pk_trending"),
    )
    _create_words()
    for subjects in MARKED.values():
        op.execute(f"INSERT INTO search_marks (kind, subject, mark) {subjects}")


def _create_words() -> None:
    """The full-text index (vod/search/index/word_index.py). Words arrive folded and separated by spaces."""
    if op.get_bind().dialect.name == "sqlite":
        op.execute(
            "CREATE VIRTUAL TABLE search_words USING fts5("
            "words, tokenize = 'ascii', detail = none, columnsize = 0, prefix = '1 2 3 4')"
        )
    else:
        op.execute("CREATE TABLE search_words (place BIGINT PRIMARY KEY, words TSVECTOR NOT NULL)")
        op.execute("CREATE INDEX ix_search_words_words ON search_words USING gin (words) WITH (fastupdate = off)")
