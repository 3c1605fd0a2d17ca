"""Sounds in brief, as each video shows its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, Select, select

from core.identity import Person
from vod.tables import sounds

Brief = Callable[[Connection, Iterable[str]], dict[str, Person]]


class SoundBrief(msgspec.Struct):
    """Whose sound it is. `named` tells whether its owner has given it a title; if not, `title` is in English."""

    id: str
    title: str
    named: bool
    by: Person | None  # None once the account is gone


def sounds_in_brief(connection: Connection, ids: Iterable[str], brief: Brief) -> dict[str, SoundBrief]:
    """Sounds by id. Those that no ready video has are missing."""
    wanted = set(ids)
    if not wanted:
        return {}
    query: Select[Any] = select(sounds.c.id, sounds.c.title, sounds.c.person)
    query = query.where(sounds.c.id.in_(wanted), sounds.c.uses > 0)
    rows = connection.execute(query).all()
    people = brief(connection, {row.person for row in rows})
    return {row.id: _in_brief(row, people.get(row.person)) for row in rows}


def _in_brief(row: Row[Any], by: Person | None) -> SoundBrief:
    return SoundBrief(row.id, title_of(row.title, by), bool(row.title), by)


def title_of(title: str, by: Person | None) -> str:
    """What its owner has named it, or the name it has by itself."""
    if title:
        return title
    return f"Original sound - {by.name or by.handle}" if by is not None else "Original sound"
