"""Takes the handle of who is erased out of texts that others wrote."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Table, and_, select, tuple_, update

from core.database import Database
from people.leaving.erasing import called, unnamed

AT_ONCE_MAX = 500  # rows that one transaction changes

Change = Callable[[Connection, ColumnElement[bool], str], None]
"""(connection, which row, handle): takes the handle out of it."""


def unnames(database: Database, table: Table, text: ColumnElement[str], change: Change) -> Callable[[str], None]:
    """A step of an erasure. `text`: where in a row the handle can stand.

    A table of texts is long, and everybody else's writes would wait for who looks through it: it is only read, and
    the rows that mention somebody are changed in short transactions.
    """
    keys = tuple(table.primary_key)

    def step(person: str) -> None:
        names = database.read(lambda c: called(c, person))
        if names is None:
            return
        handle, last = names[0], None
        found = select(*keys).where(text.icontains(f"@{handle}", autoescape=True)).order_by(*keys).limit(AT_ONCE_MAX)
        while rows := database.read(lambda c: c.execute(_behind(found, keys, last)).all()):  # noqa: B023
            database.write(partial(_change, change, [_one(keys, row) for row in rows], handle))
            last = rows[-1]

    return step


def of_column(column: ColumnElement[str]) -> Change:
    """For a text that nothing else follows from."""
    table = column.table

    def change(connection: Connection, which: ColumnElement[bool], handle: str) -> None:
        for text in connection.execute(select(column).where(which)).scalars().all():
            connection.execute(update(table).where(which).values({column: unnamed(text, handle)}))

    return change


def _change(change: Change, which: Sequence[ColumnElement[bool]], handle: str, connection: Connection) -> None:
    for one in which:
        change(connection, one, handle)


def _behind(found: Any, keys: tuple[Any, ...], last: Row[Any] | None) -> Any:
    return found if last is None else found.where(tuple_(*keys) > tuple_(*last))


def _one(keys: tuple[Any, ...], row: Row[Any]) -> ColumnElement[bool]:
    return and_(*(key == value for key, value in zip(keys, row, strict=True)))
