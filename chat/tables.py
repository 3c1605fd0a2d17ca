"""Tables of `chat`."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.sql import expression

from core.tables import metadata

room_heads = Table(
    "room_heads",
    metadata,
    Column("room", Text, ForeignKey("rooms.id"), primary_key=True),
    Column("seq", BigInteger, nullable=False),  # of the room's last event; who holds this row's lock may append
    Column("coins", BigInteger, nullable=False),  # what the gifts up to `seq` were worth
)

room_events = Table(
    "room_events",
    metadata,
    Column("room", Text, primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("type", Text, nullable=False),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Column("person", Text),  # who did it
    Column("client_id", Text),  # the id that person's client gave it
    Column("digest", LargeBinary),  # of what was asked for: the same id with other content is refused
    Column("balance", BigInteger),  # the giver's after a gift; told to nobody else
    Column("removed", Boolean, nullable=False, server_default=expression.false()),
    Column("fields", JSON, nullable=False),
    UniqueConstraint("person", "client_id"),
    sqlite_with_rowid=False,  # a room is read by (room, seq): keep its events together
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
    Column("coins", BigInteger, nullable=False),  # all they gave in this room
    Column("gift", Text, nullable=False),  # the last one, as the next two: what a combo goes on from
    Column("combo", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_room_givers_top", "room", "coins"),
)
