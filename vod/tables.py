"""The tables of uploads, videos and the feed. A count is written in the transaction of what it counts."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, Table, Text

from core.tables import metadata

uploads = Table(
    "uploads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("length", BigInteger, nullable=False),  # bytes
    Column("offset", BigInteger, nullable=False, server_default="0"),  # bytes that are on disk for certain
    Column("metadata", Text, nullable=False, server_default=""),  # as the client sent it
    Column("caption", Text, nullable=False, server_default=""),
    Column("video", Text),  # once it is complete
    Column("touched_at", BigInteger, nullable=False),  # Unix ms
    Column("expires_at", BigInteger, nullable=False),  # Unix ms
    Index("ix_uploads_person", "person"),
    Index("ix_uploads_expires_at", "expires_at"),
)

videos = Table(
    "videos",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("state", Text, nullable=False),  # processing, ready, rejected
    Column("reason", Text, nullable=False, server_default=""),  # a code, when it is rejected
    Column("caption", Text, nullable=False, server_default=""),
    Column("created_at", BigInteger, nullable=False),  # Unix ms
    Column("duration_ms", BigInteger, nullable=False, server_default="0"),
    Column("width", Integer, nullable=False, server_default="0"),
    Column("height", Integer, nullable=False, server_default="0"),
    Column("likes", BigInteger, nullable=False, server_default="0"),
    Column("comments", BigInteger, nullable=False, server_default="0"),
    Column("views", BigInteger, nullable=False, server_default="0"),
    Index("ix_videos_feed", "state", "id"),
    Index("ix_videos_person", "person", "id"),
)

video_tags = Table(
    "video_tags",
    metadata,
    Column("tag", Text, primary_key=True),  # normalized, without the #
    Column("video", Text, ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True),
    Index("ix_video_tags_video", "video"),
)

video_files = Table(
    "video_files",
    metadata,
    Column("video", Text, ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True),
    Column("role", Text, primary_key=True),  # poster, preview, or the short side of a rendition in pixels
    Column("key", Text, nullable=False),  # in object storage
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    Column("bits_per_second", BigInteger, nullable=False, server_default="0"),
)

stored_files = Table(
    "stored_files",
    metadata,
    Column("key", Text, primary_key=True),
    Column("uses", Integer, nullable=False),  # by how many video_files
    Column("doomed", Boolean, nullable=False),  # being deleted: not to be used again before it is gone
    Index("ix_stored_files_uses", "uses"),
)

video_likes = Table(
    "video_likes",
    metadata,
    Column("video", Text, ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_video_likes_person", "person"),
)

video_comments = Table(
    "video_comments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("video", Text, ForeignKey("videos.id", ondelete="CASCADE"), nullable=False),
    Column("person", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_video_comments_video", "video", "id"),
    Index("ix_video_comments_person", "person"),
)

feed_events = Table(  # append-only; the oldest are dropped (events.EVENTS_MAX, EVENT_AGE_MS_MAX)
    "feed_events",
    metadata,
    Column("id", Text, primary_key=True),
    Column("viewer", Text, nullable=False),  # a person's id, or `~` and a daily pseudonym
    Column("video", Text, nullable=False),  # no foreign key: what was watched outlives the video
    Column("kind", Text, nullable=False),
    Column("watched_ms", BigInteger, nullable=False, server_default="0"),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Column("impression", Text),  # the showing it belongs to, where the client named it
    Index("ix_feed_events_viewer", "viewer", "video", "kind", "at"),
)

feed_impressions = Table(  # append-only; the oldest are dropped (impressions.IMPRESSIONS_MAX, IMPRESSION_AGE_MS_MAX)
    "feed_impressions",
    metadata,
    Column("id", Text, primary_key=True),
    Column("viewer", Text, nullable=False),  # as in feed_events
    Column("session", Text, nullable=False),  # the swipe session: all pages that follow from one first page
    Column("kind", Text, nullable=False),  # video, room
    Column("subject", Text, nullable=False),  # no foreign key: what was shown outlives the subject
    Column("position", Integer, nullable=False),  # in the session, from 0
    Column("reason", Text, nullable=False),  # a code
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_feed_impressions_session", "session", "kind"),
)

video_mentions = Table(
    "video_mentions",
    metadata,
    Column("video", Text, ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True),
    Column("comment", Text, primary_key=True),  # "": in the caption
    Column("person", Text, primary_key=True),  # who is mentioned
    Index("ix_video_mentions_person", "person", "video"),
)

search_documents = Table(  # their words are in `search_words`: an FTS5 table of SQLite, or an indexed tsvector
    "search_documents",
    metadata,
    Column("place", BigInteger, primary_key=True, autoincrement=False),  # see vod/search/index/documents.py
    Column("kind", Text, nullable=False),
    Column("id", Text, nullable=False),  # of the subject, within its kind
    Column("key", Text),  # the name under which exactly this one is found
    Column("head", Text, nullable=False),  # the words of its name or title
    Column("body", Text, nullable=False),  # its other words
    Index("ix_search_documents_id", "kind", "id", unique=True),
    Index("ix_search_documents_key", "key", "place"),
)

search_variants = Table(
    "search_variants",
    metadata,
    Column("variant", Text, primary_key=True),  # the beginning of a word, also without one of its letters
    Column("word", Text, primary_key=True),
)

search_marks = Table(  # what is to be indexed again
    "search_marks",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("subject", Text, primary_key=True),
    Column("mark", Text, nullable=False),  # another one after each change
    Index("ix_search_marks_mark", "mark"),
)

trending = Table(  # replaced as a whole by each count
    "trending",
    metadata,
    Column("kind", Text, primary_key=True),  # videos, hashtags
    Column("place", Integer, primary_key=True),  # from 0
    Column("subject", Text, nullable=False),
)
