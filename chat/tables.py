"""Tables of `chat`."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, LargeBinary, Table, Text, UniqueConstraint
from sqlalchemy.sql import expression

import chat.filters.tables
import chat.moderation.tables  # noqa: F401  so that whoever knows these tables knows all of chat
from core.privacy import declare, impersonal
from core.tables import metadata

room_heads = Table(
    "room_heads",
    metadata,
    Column("room", Text, ForeignKey("rooms.id"), primary_key=True),
    Column("seq", BigInteger, nullable=False),  # of the last event; only the holder of this row's lock may append
    Column("coins", BigInteger, nullable=False),  # worth of all gifts up to `seq`
    Column("slow_seconds", BigInteger, nullable=False, server_default="0"),  # the chat's modes, moderation/modes.py
    Column("followers_minutes", BigInteger, nullable=False, server_default="-1"),  # -1: everybody may write
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

room_effects = Table(  # the sponsored effects that hosts' pictures have now
    "room_effects",
    metadata,
    Column("room", Text, primary_key=True),
    Column("effect", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("sponsor", Text, nullable=False),
    Column("paid_by", Text, nullable=False),
)

room_goals = Table(  # the sponsored goals that run, or were the last to run
    "room_goals",
    metadata,
    Column("room", Text, primary_key=True),
    Column("id", Text, nullable=False),
    Column("sponsor", Text, nullable=False),
    Column("paid_by", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("reward_micro", BigInteger, nullable=False),  # millionths of the ad currency
    Column("target", BigInteger, nullable=False),  # coins
    Column("coins", BigInteger, nullable=False),  # given so far
    Column("ends_at", BigInteger, nullable=False),  # Unix ms
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

LINE_DAYS = 365

impersonal(room_heads, "How long each room's log is.")
declare(
    room_events, "What you said and did in rooms; gifts stay as amounts.",
    "Ce que vous avez dit et fait dans les salons ; les cadeaux restent comme montants.",
    owner="person", secret="digest", erase="blank",
    blank={"fields": {"text": ""}, "removed": True, "digest": None}, only="type = 'said'", days=LINE_DAYS,
    level="public",
)  # fmt: skip
impersonal(room_goals, "The sponsored goal of each room, the last.")
impersonal(room_effects, "The sponsored effect that a host's picture has now.")
declare(
    room_givers, "What you gave in each room, altogether.", "Ce que vous avez donné dans chaque salon, au total.",
    owner="person", erase="keep",
)  # fmt: skip
