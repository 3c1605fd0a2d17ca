"""What people give, and their limits."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, Table, Text

from core.tables import metadata

spending = Table(
    "spending",
    metadata,
    Column("person", Text, primary_key=True),
    Column("day", Integer, primary_key=True),  # UTC, counted from 1970
    Column("coins", BigInteger, nullable=False),  # given on that day
    Index("ix_spending_day", "day"),  # to forget old ones
)

spending_limits = Table(
    "spending_limits",
    metadata,
    Column("person", Text, primary_key=True),
    Column("span", Text, primary_key=True),  # day, month
    Column("from", BigInteger, primary_key=True),  # Unix ms; the latest one in the past is in force
    Column("coins", BigInteger),  # null: none
)

spending_notices = Table(
    "spending_notices",
    metadata,
    Column("person", Text, primary_key=True),
    Column("coins", BigInteger, nullable=False),  # given within 30 days
    Column("at", BigInteger, nullable=False),
)
