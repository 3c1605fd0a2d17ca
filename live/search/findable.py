"""Rooms as search finds them: those that are live."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, Row, bindparam, select

from live.tables import rooms

_MOST_WATCHED = (  # built once: every page of the feed asks it
    select(rooms)
    .where(rooms.c.state == "live")
    .order_by(rooms.c.live.desc(), rooms.c.viewers.desc(), rooms.c.id.desc())
    .limit(bindparam("limit"))
)


class FindableRoom(NamedTuple):
    id: str
    host: str
    title: str
    viewers: int


def findable_rooms(connection: Connection, ids: Sequence[str]) -> dict[str, FindableRoom]:
    """Rooms by id, those that everybody may find."""
    if not ids:
        return {}
    query = select(rooms.c.id, rooms.c.host, rooms.c.title, rooms.c.viewers)
    rows = connection.execute(query.where(rooms.c.id.in_(ids), rooms.c.state == "live"))
    return {row.id: FindableRoom(*row) for row in rows}


def most_watched(connection: Connection, limit: int) -> Sequence[Row[*tuple[Any, ...]]]:
    """Rows of those that everybody may find, by viewers."""
    return connection.execute(_MOST_WATCHED, {"limit": limit}).all()


def findable_ids(connection: Connection, after: str, limit: int) -> list[str]:
    """Ids of the rooms that everybody may find, in their order, from the one behind `after`."""
    query = select(rooms.c.id).where(rooms.c.state == "live", rooms.c.id > after).order_by(rooms.c.id).limit(limit)
    return list(connection.execute(query).scalars())


def findable_of_host(connection: Connection, host: str) -> list[str]:
    """Ids of somebody's rooms that everybody may find."""
    return list(connection.execute(select(rooms.c.id).where(rooms.c.host == host, rooms.c.state == "live")).scalars())
