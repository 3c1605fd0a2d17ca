"""Forgets notifications that are too old, and the oldest of inboxes that have too many."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection, delete, func, select

from core.clock import Clock
from core.database import Database
from people.inbox.notices import DAY_MS
from people.tables import notifications

NOTIFICATIONS_PER_PERSON_MAX = 1_000
NOTIFICATION_AGE_MS_MAX = 90 * DAY_MS
ROWS_PER_ROUND_MAX = 2_000  # in one transaction
ROUNDS_MAX = 500
PEOPLE_PER_ROUND_MAX = 100


def forget_old(database: Database, clock: Clock) -> None:
    """Blocks. What is left over is for the next time."""
    before = clock() - NOTIFICATION_AGE_MS_MAX
    for _ in range(ROUNDS_MAX):
        if not database.write(partial(_delete_older, before)):
            break
    for _ in range(ROUNDS_MAX):
        crowded = database.read(_crowded)
        for person in crowded:
            database.write(partial(_delete_surplus, person))
        if not crowded:
            break


def _delete_older(before: int, connection: Connection) -> int:
    old = select(notifications.c.id).where(notifications.c.at < before).limit(ROWS_PER_ROUND_MAX)
    return connection.execute(delete(notifications).where(notifications.c.id.in_(old))).rowcount


def _crowded(connection: Connection) -> list[str]:
    """People whose inbox has too many rows."""
    many = select(notifications.c.person).group_by(notifications.c.person)
    many = many.having(func.count() > NOTIFICATIONS_PER_PERSON_MAX).limit(PEOPLE_PER_ROUND_MAX)
    return list(connection.execute(many).scalars())


def _delete_surplus(person: str, connection: Connection) -> int:
    mine = select(notifications.c.id).where(notifications.c.person == person)
    mine = mine.order_by(notifications.c.at.desc(), notifications.c.id.desc())
    surplus = mine.offset(NOTIFICATIONS_PER_PERSON_MAX).limit(ROWS_PER_ROUND_MAX)
    return connection.execute(delete(notifications).where(notifications.c.id.in_(surplus))).rowcount
