"""Tables of the filters of chat."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, LargeBinary, Table, Text, UniqueConstraint

from core.privacy import declare
from core.tables import metadata

HELD_DAYS = 1  # a row, after its line has expired or was decided

chat_filters = Table(  # one list for each host who has any, and one for the whole server
    "chat_filters",
    metadata,
    Column("owner", Text, primary_key=True),  # a host, or empty: of every room
    Column("words", JSON, nullable=False),  # [{"words", "action"}], normalized
    Column("links", Text, nullable=False),  # allow, hold, refuse, listed
    Column("domains", JSON, nullable=False),  # those that `listed` lets through
    Column("changed_at", BigInteger, nullable=False),  # Unix ms: every node reads what is new
    Index("ix_chat_filters_changed_at", "changed_at"),
)

held_lines = Table(  # what waits for a moderator; it is not in the room's log
    "held_lines",
    metadata,
    Column("id", Text, primary_key=True),
    Column("room", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("client_id", Text, nullable=False),  # of the request, chosen by that person's client
    Column("digest", LargeBinary, nullable=False),  # of the request, as in `room_events`
    Column("text", Text, nullable=False),
    Column("cause", Text, nullable=False),  # word, link
    Column("state", Text, nullable=False),  # waiting, released, refused
    Column("at", BigInteger, nullable=False),  # Unix ms
    Column("decided_by", Text, nullable=False, server_default=""),
    UniqueConstraint("person", "client_id", name="uq_held_lines_person"),
    Index("ix_held_lines_room", "room", "at"),
    Index("ix_held_lines_at", "at"),
)

declare(
    chat_filters, "Words and links that you filter in your rooms.",
    "Les mots et les liens que vous filtrez dans vos salons.", owner="owner",
)  # fmt: skip
declare(
    held_lines, "Lines of chat that a filter has held for the moderators.",
    "Vos messages qu’un filtre a retenus pour les modérateurs.", owner="person", secret="digest decided_by",
    days=HELD_DAYS, level="grave",
)  # fmt: skip
