"""The tables of challenges. Money is in millionths of the ad currency, times are Unix ms."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, Table, Text, UniqueConstraint

from core.tables import metadata

ad_challenges = Table(
    "ad_challenges",
    metadata,
    Column("id", Text, primary_key=True),
    Column("advertiser", Text, ForeignKey("advertisers.id"), nullable=False),
    Column("tag", Text, nullable=False),  # normalized, without the #
    Column("open_tag", Text),  # the same while nobody else may have it
    Column("title", Text, nullable=False),
    Column("rules", Text, nullable=False),
    Column("category", Text, nullable=False),  # of the product
    Column("prize_micro", BigInteger, nullable=False),
    Column("fee_micro", BigInteger, nullable=False),  # as it was when it was booked
    Column("choice", Text, nullable=False),  # who chooses the winner: sponsor, likes
    Column("zone", Text, nullable=False),  # of its days
    Column("starts_on", Text, nullable=False),  # YYYY-MM-DD in its zone
    Column("ends_on", Text, nullable=False),  # the last day
    Column("starts_at", BigInteger, nullable=False),  # the same as instants, the end excluded
    Column("ends_at", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # see `challenges/states.py`
    Column("state_at", BigInteger, nullable=False),
    Column("revision", Integer, nullable=False),  # grows with each change, so that a review names what it saw
    Column("reasons", JSON, nullable=False),  # codes, when a review rejected it
    Column("note", Text, nullable=False),  # of the reviewer, for the advertiser
    Column("reviewed_by", Text),
    Column("reviewed_at", BigInteger),
    Column("sponsor", Text, nullable=False),  # the advertiser's name as it was reviewed
    Column("payer", Text),
    Column("judge_until", BigInteger),  # afterwards the most liked entry wins
    Column("winner", Text),  # a person; no foreign key: who won stays known
    Column("winner_video", Text),
    Column("winner_likes", BigInteger),  # as of the end
    Column("chosen_by", Text),  # a person of the sponsor; empty: the likes
    Column("chosen_because", Text, nullable=False, server_default=""),
    Column("decided_at", BigInteger),
    Column("stopped_because", Text, nullable=False, server_default=""),  # the platform's reason
    Column("created_by", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    UniqueConstraint("open_tag"),
    Index("ix_ad_challenges_advertiser", "advertiser", "id"),
    Index("ix_ad_challenges_state", "state", "id"),
    Index("ix_ad_challenges_tag", "tag", "id"),
)

ad_challenge_entries = Table(
    "ad_challenge_entries",
    metadata,
    Column("challenge", Text, ForeignKey("ad_challenges.id"), primary_key=True),
    Column("video", Text, ForeignKey("videos.id", ondelete="CASCADE"), primary_key=True),
    Column("person", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # when it was published
    Column("likes", BigInteger, nullable=False, server_default="0"),  # counted at the end
    Index("ix_ad_challenge_entries_video", "video"),
    Index("ix_ad_challenge_entries_liked", "challenge", "likes", "video"),
)

ad_challenge_fees = Table(  # one row once an admin has set it: what running a challenge costs
    "ad_challenge_fees",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),  # 1
    Column("fee_micro", BigInteger, nullable=False),
    Column("by", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
)
