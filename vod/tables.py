"""The tables of uploads, videos and the feed. A count is written in the transaction of what it counts."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    text,
    true,
)

from core.tables import metadata
from vod.ads import tables as _ads  # noqa: F401  it puts its tables into the one MetaData, as the next
from vod.ads.campaigns import tables as _campaigns  # noqa: F401
from vod.ads.challenges import tables as _challenges  # noqa: F401
from vod.ads.effects import tables as _effects  # noqa: F401

_WITHDRAWN = text("withdrawn = 1")

uploads = Table(
    "uploads",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("length", BigInteger, nullable=False),  # bytes
    Column("offset", BigInteger, nullable=False, server_default="0"),  # bytes that are on disk for certain
    Column("metadata", Text, nullable=False, server_default=""),  # as the client sent it
    Column("caption", Text, nullable=False, server_default=""),
    Column("visibility", Text, nullable=False, server_default="public"),
    Column("video", Text),  # once it is complete
    Column("sound", Text),  # which one to use in place of its own
    Column("effect", Text),  # the sponsored effect that its picture has
    Column("language", Text),  # as in videos
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
    Column("visibility", Text, nullable=False, server_default="public"),  # public, followers, private, withheld
    Column("visibility_chosen", Text, nullable=False, server_default=""),  # what withheld has replaced
    Column("pinned", Text),  # the comment on top; no foreign key, because comments already refer to their video
    Column("created_at", BigInteger, nullable=False),  # Unix ms
    Column("duration_ms", BigInteger, nullable=False, server_default="0"),
    Column("width", Integer, nullable=False, server_default="0"),
    Column("height", Integer, nullable=False, server_default="0"),
    Column("likes", BigInteger, nullable=False, server_default="0"),
    Column("comments", BigInteger, nullable=False, server_default="0"),
    Column("views", BigInteger, nullable=False, server_default="0"),
    Column("sound", Text),  # no foreign key: a sound has one to its original
    Column("language", Text),  # its maker's, a primary subtag of RFC 5646; null: unknown
    Index("ix_videos_feed", "state", "id"),
    Index("ix_videos_person", "person", "id"),
    Index("ix_videos_sound", "sound", "id"),
)

sounds = Table(
    "sounds",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False, server_default=""),  # empty: the one it has by itself
    Column("person", Text, nullable=False),
    Column("video", Text, ForeignKey("videos.id", ondelete="SET NULL")),  # the original
    Column("key", Text, nullable=False),  # in object storage
    Column("bytes", BigInteger, nullable=False),
    Column("duration_ms", BigInteger, nullable=False),
    Column("allowed", Boolean, nullable=False, server_default=true()),  # whether others may use it
    Column("uses", BigInteger, nullable=False, server_default="0"),  # ready videos with it, the original included
    Column("created_at", BigInteger, nullable=False),  # Unix ms
    Index("ix_sounds_person", "person"),
    Index("ix_sounds_video", "video"),
    Index("ix_sounds_key", "key"),
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
    Index("ix_video_files_key", "key"),
)

stored_files = Table(
    "stored_files",
    metadata,
    Column("key", Text, primary_key=True),
    Column("uses", Integer, nullable=False),  # by how many video_files and sounds
    Column("doomed", Boolean, nullable=False),  # being deleted: not to be used again before it is gone
    Column("withdrawn", BigInteger, nullable=False, server_default="0"),  # 1: nothing that is shown has it
    Column("changed_at", BigInteger, nullable=False, server_default="0"),  # when that last changed, Unix ms
    Index("ix_stored_files_uses", "uses"),
    Index("ix_stored_files_changed", "changed_at"),
    Index("ix_stored_files_withdrawn", "key", sqlite_where=_WITHDRAWN, postgresql_where=_WITHDRAWN),
)

kept_files = Table(  # each counts as one use of its file
    "kept_files",
    metadata,
    Column("key", Text, primary_key=True),
    Column("until", BigInteger, nullable=False),  # Unix ms
    Index("ix_kept_files_until", "until"),
)

file_keys = Table(  # one row: what the seals of withdrawn files are made with
    "file_keys",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("key", LargeBinary, nullable=False),
)

video_likes = Table(
    "video_likes",
    metadata,
    Column("video", Text, ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_video_likes_newest", "person", "at", "video"),
)

video_comments = Table(
    "video_comments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("video", Text, ForeignKey("videos.id", ondelete="CASCADE"), nullable=False),
    Column("person", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Column("parent", Text),  # the comment whose thread this reply belongs to; null for one that begins a thread
    Column("to", Text),  # the person whom a reply to a reply answers
    Column("likes", BigInteger, nullable=False, server_default="0"),
    Column("replies", BigInteger, nullable=False, server_default="0"),
    Column("withheld", Integer, nullable=False, server_default="0"),  # 1: only its author and moderators see it
    Index("ix_video_comments_video", "video", "id"),
    Index("ix_video_comments_parent", "parent", "id"),
    Index("ix_video_comments_top", "video", "parent", "likes", "id"),
    Index("ix_video_comments_newest", "person", "id"),
)

video_comment_likes = Table(
    "video_comment_likes",
    metadata,
    Column("comment", Text, ForeignKey("video_comments.id", ondelete="CASCADE"), primary_key=True),
    Column("person", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_video_comment_likes_person", "person"),
)

collections = Table(
    "collections",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("key", Text, nullable=False),  # the name, folded: nobody has two collections of one name
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_collections_person", "person", "key", unique=True),
)

saved_videos = Table(
    "saved_videos",
    metadata,
    Column("id", Text, primary_key=True),  # sorts by the time of saving
    Column("person", Text, nullable=False),
    Column("video", Text, ForeignKey("videos.id", ondelete="CASCADE"), nullable=False),
    Column("collection", Text, ForeignKey("collections.id", ondelete="SET NULL")),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_saved_videos_person", "person", "video", unique=True),
    Index("ix_saved_videos_newest", "person", "id"),
    Index("ix_saved_videos_collection", "collection", "id"),
    Index("ix_saved_videos_video", "video"),
)

watch_history = Table(  # the newest of each person (history.HISTORY_VIDEOS_MAX)
    "watch_history",
    metadata,
    Column("person", Text, primary_key=True),
    Column("video", Text, primary_key=True),  # no foreign key: an event must not fail because its video goes
    Column("at", BigInteger, nullable=False),  # of the last view, Unix ms
    Index("ix_watch_history_newest", "person", "at", "video"),
    Index("ix_watch_history_video", "video"),
)

history_pauses = Table(  # of those who do not want to be remembered for now
    "history_pauses",
    metadata,
    Column("person", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),  # Unix ms
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
    Column("impression", Text),  # the showing it belongs to, where it is known
    Column("profile", Text),  # whose profile learns from it: a person, or `~` and a session; null: nobody's
    Column("fraction", Float, nullable=False, server_default="0"),  # of the video that was watched, 0 to 1
    Column("voice", Float, nullable=False, server_default="0"),  # how much it counts for others, 0 to 1
    Column("source", Text),  # where the video was found, without an impression (judging.Source); null: unknown
    Index("ix_feed_events_viewer", "viewer", "video", "kind", "at"),
    Index("ix_feed_events_at", "at"),
    Index("ix_feed_events_impression", "impression"),
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
    Column("details", Text, nullable=False, server_default="{}"),  # what the reason rests on, JSON
    Column("score", Float, nullable=False, server_default="0"),  # comparable within a page
    Column("propensity", Float, nullable=False, server_default="1"),  # with which the ranker shows it on this page
    Column("ranker", Text, nullable=False, server_default=""),
    Index("ix_feed_impressions_session", "session", "kind"),
    Index("ix_feed_impressions_viewer", "viewer", "subject"),
)

feed_changes = Table(  # append-only: what each node's model has to hear of besides events (learning/changes)
    "feed_changes",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),  # video, forget, interest, fit
    Column("subject", Text, nullable=False),  # the id of a video, a person or a fit
    Column("key", Text, nullable=False, server_default=""),  # of an interest: its kind, a colon, its key
    Column("at", BigInteger, nullable=False),  # Unix ms
)

feed_settings = Table(  # of those who have changed theirs
    "feed_settings",
    metadata,
    Column("person", Text, primary_key=True),
    Column("personalised", Boolean, nullable=False),
)

feed_snapshots = Table(  # the recommender's memory, and what a refit found; in parts
    "feed_snapshots",
    metadata,
    Column("id", Text, primary_key=True),
    Column("part", Integer, primary_key=True),  # from 0
    Column("kind", Text, nullable=False),  # model, fit
    Column("parts", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    Column("at", BigInteger, nullable=False),  # Unix ms
)

feed_experiments = Table(  # the newest one may be running
    "feed_experiments",
    metadata,
    Column("id", Text, primary_key=True),
    Column("control", Text, nullable=False),  # a ranker's name
    Column("treatment", Text, nullable=False),
    Column("percent", Integer, nullable=False),  # of the people, who get the treatment
    Column("started_at", BigInteger, nullable=False),  # Unix ms
    Column("stopped_at", BigInteger),  # Unix ms; null: it runs
)

video_days = Table(  # analytics: what remains of a day's events
    "video_days",
    metadata,
    Column("video", Text, ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True),
    Column("day", Integer, primary_key=True),  # UTC, days since 1970
    Column("views", BigInteger, nullable=False),
    Column("viewers", BigInteger, nullable=False),
    Column("watch_ms", BigInteger, nullable=False),
    Column("watched_once_ms", BigInteger, nullable=False),  # at most the video's length a view
    Column("likes", BigInteger, nullable=False),
    Column("comments", BigInteger, nullable=False),
    Column("shares", BigInteger, nullable=False),
    Column("followers", BigInteger, nullable=False),
    Column("retention", Text, nullable=False),  # JSON: views that reached each tenth
    Column("sources", Text, nullable=False),  # JSON: views by source
    Index("ix_video_days_day", "day"),
)

analytics_progress = Table(  # one row: up to which day the counts are final
    "analytics_progress",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
)

video_mentions = Table(
    "video_mentions",
    metadata,
    Column("video", Text, ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True),
    Column("comment", Text, primary_key=True),  # "": in the caption
    Column("person", Text, primary_key=True),  # who is mentioned
    Column("told", Boolean, nullable=False),
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
