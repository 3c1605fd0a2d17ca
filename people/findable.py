"""People as search finds them: everybody whose account does not rest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select

from people.leaving.resting import is_shown
from people.tables import follows, people


class FindablePerson(NamedTuple):
    id: str
    handle: str
    name: str
    bio: str
    followers: int


def findable_people(connection: Connection, ids: Sequence[str]) -> dict[str, FindablePerson]:
    """People by id, those whom everybody may find."""
    if not ids:
        return {}
    followers = select(func.count()).where(follows.c.followed == people.c.id).scalar_subquery()
    query = select(people.c.id, people.c.handle, people.c.name, people.c.bio, followers).where(
        people.c.id.in_(ids), is_shown()
    )
    return {row[0]: FindablePerson(*row) for row in connection.execute(query)}


def findable_ids(connection: Connection, after: str, limit: int) -> list[str]:
    """Ids of the people whom everybody may find, in their order, from the one behind `after`."""
    query = select(people.c.id).where(people.c.id > after, is_shown()).order_by(people.c.id).limit(limit)
    return list(connection.execute(query).scalars())
