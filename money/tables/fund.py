"""The creator fund: months, the views that count in them, and what follows from these."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, Table, Text, UniqueConstraint, text

from core.tables import metadata

_DISPUTED = text("state = 'disputed'")

fund_periods = Table(
    "fund_periods",
    metadata,
    Column("period", Text, primary_key=True),  # a month, UTC, as 2026-11
    Column("state", Text, nullable=False),  # see fund/states.py
    Column("viewer_key", LargeBinary),  # names viewers in fund_views; deleted when the period is closed
    Column("code_key", LargeBinary, nullable=False),  # names creators and videos in the export
    Column("run", Text),  # who is computing it, while it is closing
    Column("terms", Text, nullable=False, server_default="{}"),  # JSON, frozen when it is closed: fund/terms.py
    Column("pot", BigInteger, nullable=False, server_default="0"),  # coins, as the next
    Column("corrected", BigInteger, nullable=False, server_default="0"),  # what corrections took out of it, together
    Column("carried", BigInteger, nullable=False, server_default="0"),  # nobody's: goes into a later pot
    Column("weight", BigInteger, nullable=False, server_default="0"),
    Column("views", BigInteger, nullable=False, server_default="0"),
    Column("viewers", BigInteger, nullable=False, server_default="0"),
    Column("digest", Text, nullable=False, server_default=""),  # of the views, as they are exported
    Column("closed_at", BigInteger),  # Unix ms, as the next two
    Column("reviewed_at", BigInteger),
    Column("posted_at", BigInteger),
    Column("closed_by", Text),
    Column("reviewed_by", Text),
    Column("posted_by", Text),
)

fund_views = Table(  # at most one for each viewer, video and day
    "fund_views",
    metadata,
    Column("period", Text, primary_key=True),
    Column("viewer", Text, primary_key=True),  # a keyed hash, another one in each period
    Column("day", Integer, primary_key=True, autoincrement=False),  # UTC, days since 1970
    Column("video", Text, primary_key=True),
    Column("creator", Text, nullable=False),
    Column("ms", BigInteger, nullable=False),  # watched, at most twice the video's length
    Column("reactions", Integer, nullable=False),  # see fund/division.py
    sqlite_with_rowid=False,  # one tree, in the order in which a period is computed
)

fund_fills = Table(
    "fund_fills",
    metadata,
    Column("period", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("source", Text, nullable=False),  # hand, ads, carried
    Column("coins", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Column("note", Text, nullable=False, server_default=""),
)

fund_corrections = Table(  # of what was posted, by lines of a later period
    "fund_corrections",
    metadata,
    Column("id", Text, primary_key=True),
    Column("month", Text, nullable=False),  # which one was wrong
    Column("key", Text, nullable=False),
    Column("period", Text, nullable=False),  # the one that it is posted with
    Column("creator", Text, nullable=False),
    Column("coins", BigInteger, nullable=False),  # below zero: they had got too much
    Column("reason", Text, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Column("posted", Integer, nullable=False, server_default="0"),
    UniqueConstraint("month", "key"),
    Index("ix_fund_corrections_period", "period", "posted"),
    Index("ix_fund_corrections_creator", "creator", "id"),
)

fund_originality = Table(  # videos that show what an earlier one of somebody else does
    "fund_originality",
    metadata,
    Column("video", Text, primary_key=True),
    Column("creator", Text, nullable=False),
    Column("original", Text, nullable=False),  # the earlier video
    Column("author", Text, nullable=False),  # whose that is
    Column("percent", Integer, nullable=False),  # of the video's pictures that are in it
    Column("state", Text, nullable=False),  # see fund/originals/originality.py
    Column("at", BigInteger, nullable=False),  # Unix ms, as the other times
    Column("text", Text, nullable=False, server_default=""),  # what the creator says against it
    Column("disputed_at", BigInteger),
    Column("note", Text, nullable=False, server_default=""),  # what was answered
    Column("decided_by", Text),
    Column("decided_at", BigInteger),
    Index("ix_fund_originality_creator", "creator", "video"),
    Index("ix_fund_originality_author", "author"),
    Index("ix_fund_originality_disputed", "video", sqlite_where=_DISPUTED, postgresql_where=_DISPUTED),
)

fund_left_out = Table(  # of a closed period: videos whose views do not count
    "fund_left_out",
    metadata,
    Column("period", Text, primary_key=True),
    Column("video", Text, primary_key=True),
    Column("creator", Text, nullable=False),
    Column("views", BigInteger, nullable=False),
    Index("ix_fund_left_out_creator", "creator"),
)

fund_creators = Table(  # of a closed period, everybody who had a qualified view
    "fund_creators",
    metadata,
    Column("period", Text, primary_key=True),
    Column("creator", Text, primary_key=True),
    Column("views", BigInteger, nullable=False),
    Column("days", Integer, nullable=False),  # with a qualified view
    Column("followers", BigInteger, nullable=False),  # when it was closed, as the next
    Column("age_days", Integer, nullable=False),  # of the account; -1: it was deleted
    Column("reasons", Text, nullable=False),  # why they get nothing: codes with a comma between; empty: they do
    Column("ms", BigInteger, nullable=False),
    Column("weight", BigInteger, nullable=False),
    Column("coins", BigInteger, nullable=False),
    Column("by_day", Text, nullable=False),  # JSON: the weight of each day of the month
    Column("posted", Integer, nullable=False, server_default="0"),
    Index("ix_fund_creators_creator", "creator", "period"),
)

fund_videos = Table(  # the same by video, of those who get something
    "fund_videos",
    metadata,
    Column("period", Text, primary_key=True),
    Column("creator", Text, primary_key=True),
    Column("video", Text, primary_key=True),
    Column("views", BigInteger, nullable=False),
    Column("ms", BigInteger, nullable=False),
    Column("liked", BigInteger, nullable=False),  # of the views, as the next two
    Column("shared", BigInteger, nullable=False),
    Column("followed", BigInteger, nullable=False),
    Column("weight", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)
