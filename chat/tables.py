"""Tables of `chat`."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.sql import expression

from core.tables import metadata

room_heads = Table(
    "room_heads",
    metadata,
    Column("room", Text, ForeignKey("rooms.id"), primary_key=True),
    Column("seq", BigInteger, nullable=False),  # of the last event; only the holder of this row's lock may append
    Column("coins", BigInteger, nullable=False),  # worth of all gifts up to `seq`
)

room_events = Table(
    "room_events",
    metadata,
    Column("room", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("type", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Column("person", Text),  # who did it
    Column("client_id", Text),  # the request's id, chosen by that person's client
    Column("digest", LargeBinary),  # of the request: the same id with other content is refused
    Column("balance", BigInteger),  # the giver's coins after a gift; shown to nobody else
    Column("removed", Boolean, nullable=False, server_default=expression.false()),
    Column("fields", JSON, nullable=False),
    UniqueConstraint("person", "client_id"),
    sqlite_with_rowid=False,  # rooms are read by (room, seq): keep a room's events together
)

room_mutes = Table(
    "room_mutes",
    metadata,
    Column("room", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("until", BigInteger, nullable=False),  # Unix ms
)

room_givers = Table(
    "room_givers",
    metadata,
    Column("room", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("coins", BigInteger, nullable=False),  # worth of all their gifts in this room
    Column("gift", Text, nullable=False),  # the last one, like `combo` and `at`: the next may continue its combo
    Column("combo", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_room_givers_top", "room", "coins"),
)
