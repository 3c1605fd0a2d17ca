"""Rooms: moderators whom hosts appoint, timeouts and bans in all rooms of a host, modes of the chat."""

import time

import sqlalchemy as sa
from alembic import op

revision = "0058"
down_revision = "0057"


def _text(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), nullable=False, server_default="")


def _number(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=False, server_default="0")


def upgrade() -> None:
    op.create_table(
        "room_standings",
        sa.Column("host", sa.Text(), primary_key=True),
        sa.Column("person", sa.Text(), primary_key=True),
        _text("permissions"),
        *map(_number, ("appointed_at", "muted_until")),
        _text("muted_by"),
        _number("banned_at"),
        _text("banned_by"),
        sa.Column("changed_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_room_standings_person", "room_standings", ["person"])
    op.create_index("ix_room_standings_changed_at", "room_standings", ["changed_at"])
    op.execute(
        sa.text(
            """
            INSERT INTO room_standings (host, person, muted_until, changed_at)
            SELECT rooms.host, room_mutes.person, MAX(room_mutes.until), CAST(:now AS BIGINT)
            FROM room_mutes JOIN rooms ON rooms.id = room_mutes.room
            WHERE room_mutes.until > 0
            GROUP BY rooms.host, room_mutes.person
            """
        ).bindparams(now=int(time.time() * 1000))
    )
    op.drop_table("room_mutes")
    op.add_column("room_heads", _number("slow_seconds"))
    everybody = sa.Column("followers_minutes", sa.BigInteger(), nullable=False, server_default="-1")
    op.add_column("room_heads", everybody)
    op.create_table(
        "room_paces",
        sa.Column("room", sa.Text(), primary_key=True),
        sa.Column("person", sa.Text(), primary_key=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_room_paces_person", "room_paces", ["person"])
