"""Forgets what the feed recorded, when it is too old or too much."""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection, Select, Table, delete, func, select

from core.database import Database

BATCH_ROWS_MAX = 5_000  # in one transaction
BATCHES_MAX = 2_000  # in one round, an hour: more rows than two addresses can add in that time


def forget(database: Database, table: Table, *, before: int, rows_max: int) -> None:
    """Delete the rows from before `before` (Unix ms), and the oldest of more than `rows_max`. Blocks.

    The table's ids sort by time, so that only its oldest rows have to be looked at.
    """
    count: int = database.read(lambda c: c.execute(select(func.count()).select_from(table)).scalar_one())
    surplus = count - rows_max
    for _ in range(BATCHES_MAX):
        deleted = database.write(partial(_delete_oldest, table, before, surplus))
        if surplus <= 0 and deleted < BATCH_ROWS_MAX:
            return
        surplus -= deleted


def _delete_oldest(table: Table, before: int, surplus: int, connection: Connection) -> int:
    oldest = select(table.c.id, table.c.at).order_by(table.c.id).limit(BATCH_ROWS_MAX).subquery()
    doomed: Select[tuple[str]] = select(oldest.c.id).where(oldest.c.at < before)
    if surplus > 0:
        doomed = select(table.c.id).order_by(table.c.id).limit(min(surplus, BATCH_ROWS_MAX))
    return connection.execute(delete(table).where(table.c.id.in_(doomed))).rowcount
