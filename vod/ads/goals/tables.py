"""The table of sponsored goals. Money is in millionths of the ad currency, times are Unix ms."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, ForeignKey, Index, Integer, Table, Text

from core.tables import metadata

ad_goals = Table(
    "ad_goals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("advertiser", Text, ForeignKey("advertisers.id"), nullable=False),
    Column("creator", Text, nullable=False),  # no foreign key: whose it was stays known
    Column("consent", Text, nullable=False),  # the creator's code, and the share that they were shown
    Column("share_percent", Integer, nullable=False),
    Column("text", Text, nullable=False),  # the sponsor's words
    Column("category", Text, nullable=False),  # of the product
    Column("reward_micro", BigInteger, nullable=False),  # what the sponsor pays
    Column("target_coins", BigInteger, nullable=False),
    Column("minutes", Integer, nullable=False),
    Column("until", BigInteger, nullable=False),  # afterwards it cannot be started any more
    Column("state", Text, nullable=False),  # see `goals/states.py`
    Column("state_at", BigInteger, nullable=False),
    Column("because", Text, nullable=False, server_default=""),  # why the money went back
    Column("sponsor", Text, nullable=False),  # as it was reviewed, as the next
    Column("paid_by", Text, nullable=False),
    Column("revision", Integer, nullable=False),  # grows with each submission, so that a review names what it saw
    Column("reasons", JSON, nullable=False),  # codes, when a review rejected it
    Column("note", Text, nullable=False),  # of the reviewer, or of whoever stopped it
    Column("reviewed_by", Text),
    Column("reviewed_at", BigInteger),
    Column("room", Text),
    Column("started_at", BigInteger),
    Column("ends_at", BigInteger),
    Column("coins", BigInteger, nullable=False, server_default="0"),  # given when it was over
    Column("created_by", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Index("ix_ad_goals_advertiser", "advertiser", "id"),
    Index("ix_ad_goals_creator", "creator", "id"),
    Index("ix_ad_goals_state", "state", "id"),
)
