"""What creators earn, and the signs of laundering in it."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text, text

from core.tables import metadata

earnings = Table(
    "earnings",
    metadata,
    Column("person", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # UTC, as 2026-01-31
    Column("class", Text, primary_key=True, server_default="standard"),  # how long they are held: earnings/hold.py
    Column("coins", BigInteger, nullable=False),  # earned on that day
    Column("released", BigInteger, nullable=False),  # of these, moved from pending to payable
    Column("reversed", BigInteger, nullable=False, server_default="0"),  # of these, taken back while pending
    Index("ix_earnings_due", "day", sqlite_where=text("released < coins"), postgresql_where=text("released < coins")),
)

earnings_rooms = Table(  # the same coins, by room and source
    "earnings_rooms",
    metadata,
    Column("person", Text, primary_key=True),
    Column("day", Text, primary_key=True),  # UTC, as 2026-01-31
    Column("room", Text, primary_key=True),
    Column("source", Text, primary_key=True),  # gift
    Column("coins", BigInteger, nullable=False),
    Column("gifts", BigInteger, nullable=False),
)

signals = Table(
    "signals",
    metadata,
    Column("id", Text, primary_key=True),
    Column("person", Text, nullable=False),  # whose earnings it is about
    Column("code", Text, nullable=False),  # see `signals/rules.py`
    Column("percent", BigInteger, nullable=False),
    Column("coins", BigInteger, nullable=False),
    Column("state", Text, nullable=False),  # open, cleared, confirmed
    Column("at", BigInteger, nullable=False),
    Column("decided_at", BigInteger),
    Column("decided_by", Text),
    Column("note", Text, nullable=False),
    Index("ix_signals_person", "person"),
    Index("ix_signals_state", "state", "id"),
)
