"""Tables of the moderation of rooms."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Table, Text

from core.privacy import declare
from core.tables import metadata

QUIET_DAYS = 30  # longer than any timeout: until a row that says nothing any more goes

room_standings = Table(  # how people stand with a host, in all of the host's rooms
    "room_standings",
    metadata,
    Column("host", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("permissions", Text, nullable=False, server_default=""),  # of a moderator, separated by spaces
    Column("appointed_at", BigInteger, nullable=False, server_default="0"),  # Unix ms
    Column("muted_until", BigInteger, nullable=False, server_default="0"),  # Unix ms
    Column("muted_by", Text, nullable=False, server_default=""),
    Column("banned_at", BigInteger, nullable=False, server_default="0"),  # Unix ms; 0: not banned
    Column("banned_by", Text, nullable=False, server_default=""),
    Column("changed_at", BigInteger, nullable=False),  # Unix ms: every node reads what is new
    Index("ix_room_standings_person", "person"),
    Index("ix_room_standings_changed_at", "changed_at"),
)

room_paces = Table(  # when people last wrote in rooms with slow mode
    "room_paces",
    metadata,
    Column("room", Text, primary_key=True),
    Column("person", Text, primary_key=True),
    Column("at", BigInteger, nullable=False),  # Unix ms
    Index("ix_room_paces_person", "person"),
)

declare(
    room_paces, "When you last wrote in a room with slow mode.", "Quand vous avez écrit dans un salon en mode lent.",
    owner="person", days=1,
)  # fmt: skip
declare(
    room_standings, "How you stand in hosts' rooms: what you moderate, timeouts, bans.",
    "Votre place dans les salons des hôtes : ce que vous modérez, exclusions temporaires, bannissements.",
    owner="person|host", secret="muted_by banned_by", days=QUIET_DAYS, clock="changed_at",
    when="permissions = '' AND banned_at = 0", level="grave",
)  # fmt: skip
