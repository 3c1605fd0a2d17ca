"""The days that takeovers have booked."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text, UniqueConstraint

from core.tables import metadata

ad_takeover_days = Table(
    "ad_takeover_days",
    metadata,
    Column("campaign", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # YYYY-MM-DD, UTC: the same for all, so that days never overlap
    Column("advertiser", Text, nullable=False),
    Column("category", Text, nullable=False),
    Column("price_micro", BigInteger, nullable=False),  # held since the booking
    Column("state", Text, nullable=False),  # booked, billed, returned
    Column("taken", Text),  # category and day while it is booked or billed: at most one row has each
    Column("serve", Text),  # whose view was billed
    Column("bookings", Integer, nullable=False),  # how often it was booked: each is a transfer with a key of its own
    Column("at", BigInteger, nullable=False),  # of the last change, Unix ms
    UniqueConstraint("taken"),
    Index("ix_ad_takeover_days_state", "state", "day"),
    Index("ix_ad_takeover_days_category", "category", "day"),
)
