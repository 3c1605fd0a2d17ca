"""What somebody may not do until when, by decision of the moderators (`trust`)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, exists, select, update

from core.identity import Bar
from people.leaving.resting import COLUMNS as RESTS
from people.leaving.resting import rests
from people.tables import people

FOR_GOOD = 2**53  # an end that no clock reaches (Unix ms)
COLUMNS: Mapping[Bar, Any] = {
    "account": people.c.suspended_until,
    "posts": people.c.posts_barred_until,
    "live": people.c.live_barred_until,
}
NONE: frozenset[Bar] = frozenset()
RESTING: frozenset[Bar] = frozenset({"resting"})


def barred(account: Row[Any], now: int) -> frozenset[Bar]:
    """What the owner of an account may not do now. It ends by the clock; nothing needs to be swept."""
    if rests(account):
        return RESTING | frozenset(bar for bar, column in COLUMNS.items() if account._mapping[column.name] > now)
    if not (account.suspended_until or account.posts_barred_until or account.live_barred_until):
        return NONE
    return frozenset(bar for bar, column in COLUMNS.items() if account._mapping[column.name] > now)


def is_suspended(person: ColumnElement[str], now: ColumnElement[int]) -> ColumnElement[bool]:
    """In a query: whether this account is suspended now (Unix ms)."""
    return exists().where(people.c.id == person, people.c.suspended_until > now)


def may_post(connection: Connection, person: str, now: int) -> bool:
    """Whether what somebody has made may be shown to others by now: they may have been restricted meanwhile."""
    columns = people.c.erased_at, *COLUMNS.values(), *RESTS.values()
    row = connection.execute(select(*columns).where(people.c.id == person)).first()
    return row is None or not barred(row, now) & {"account", "resting", "posts"}


def restrict(connection: Connection, person: str, until: Mapping[Bar, int]) -> None:
    """Set until when (Unix ms; 0: not at all) somebody may not do these. Announce it after the commit
    (`SignOuts.announce_person`)."""
    values = {column.name: until.get(bar, 0) for bar, column in COLUMNS.items()}
    connection.execute(update(people).where(people.c.id == person).values(values))
