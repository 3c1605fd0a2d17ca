"""The day on which somebody last used their account: noted at most once a day, with what notes that of a session."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, select, update

from people.tables import people

DAY_MS = 24 * 3_600_000


def day_of(now: int) -> int:
    """The start of a day, Unix ms."""
    return now - now % DAY_MS


def note_used(connection: Connection, person: str, now: int) -> None:
    today = day_of(now)
    mine = update(people).where(people.c.id == person, people.c.used_at < today)
    connection.execute(mine.values(used_at=today))


def unused_since(connection: Connection, before: int, after: str, limit: int) -> Sequence[str]:
    """Ids of accounts that were last used before a time, in their order, from the one behind `after`."""
    found = select(people.c.id).where(people.c.used_at < before, people.c.erased_at == 0, people.c.closing_at == 0)
    return connection.execute(found.where(people.c.id > after).order_by(people.c.id).limit(limit)).scalars().all()


def last_use(connection: Connection, person: str) -> Row[*tuple[Any, ...]] | None:
    """Role, day of last use and rest of an account, which nobody else changes until the transaction ends."""
    columns = people.c.role, people.c.used_at, people.c.closing_at, people.c.restricted_at, people.c.erased_at
    return connection.execute(select(*columns).where(people.c.id == person).with_for_update()).first()
