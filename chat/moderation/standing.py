"""How a person stands with a host: what they may moderate in the host's rooms, and what they may not do there.

It holds in all of a host's rooms, those of later streams too.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, Row, select

from chat.moderation.tables import room_standings
from chat.statements import Upsert, one_of, unique

Permission = Literal["remove", "timeout", "ban", "modes"]
"""`remove`: lines of chat; `timeout`: of members, for a time; `ban`: of members, for good; `modes`: of the chat."""

PERMISSIONS: tuple[Permission, ...] = ("remove", "timeout", "ban", "modes")
TIMEOUT_SECONDS_MIN = 60
TIMEOUT_SECONDS_MAX = 7 * 86_400

Key = tuple[str, str]
"""The ids of a host and a person."""

_ROWS = select(room_standings).where(one_of(room_standings, "host", "person"))
set_mutes = Upsert(room_standings, "muted_until", "muted_by", "changed_at")
set_bans = Upsert(room_standings, "banned_at", "banned_by", "permissions", "appointed_at", "changed_at")
lift_bans = Upsert(room_standings, "banned_at", "banned_by", "changed_at")
set_moderators = Upsert(room_standings, "permissions", "appointed_at", "changed_at")


class Standing(NamedTuple):
    """`permissions`: none, unless they are a moderator of the host's rooms. `muted_until`: Unix ms; 0: not muted."""

    permissions: frozenset[Permission] = frozenset()
    muted_until: int = 0
    banned: bool = False


NOBODY = Standing()
"""Of nearly everybody: no row."""


def standing_of(row: Row[Any]) -> Standing:
    return Standing(frozenset(row.permissions.split()), row.muted_until, row.banned_at > 0)


def read_standings(connection: Connection, keys: Iterable[Key]) -> dict[Key, Standing]:
    """How these people stand with these hosts, in one statement; those of whom there is nothing to say are missing."""
    if not (wanted := unique(keys)):
        return {}
    rows = connection.execute(_ROWS, {"keys": wanted})
    return {(row.host, row.person): standing_of(row) for row in rows}
