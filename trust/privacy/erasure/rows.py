"""Erases rows as their tables declare it."""

from __future__ import annotations

import json
from collections.abc import Collection
from functools import partial

from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    MetaData,
    Table,
    Text,
    Update,
    and_,
    cast,
    delete,
    or_,
    select,
    text,
    true,
    tuple_,
    update,
)

from core.database import Database
from core.privacy import Declaration, declared, owned_by

ROWS_AT_ONCE = 1_000  # in one transaction


def erase_rows(database: Database, metadata: MetaData, person: str, held: Collection[str]) -> int:
    """Delete or blank what is a person's, except rows that open business of a kind in `held` keeps. Blocks; again
    changes nothing. Returns how many rows there were."""
    total = 0
    for table in in_order(metadata):
        declaration = declared(table)
        if declaration.personal and declaration.erase != "keep" and declaration.hold not in held:
            mine = owned_by(table, declaration, person)
            while done := database.write(partial(end_some, table, declaration, mine, declaration.erase)):
                total += done
    return total


def in_order(metadata: MetaData) -> list[Table]:
    """Rows that name their owner through another table first, and rows that refer to others before these."""
    tables = list(reversed(metadata.sorted_tables))
    return sorted(tables, key=lambda table: -max([owner.count(" > ") for owner in declared(table).owners], default=0))


def end_some(
    table: Table, declaration: Declaration, which: ColumnElement[bool], how: str, connection: Connection
) -> int:
    """Delete or blank at most ROWS_AT_ONCE of these rows. Returns how many."""
    if how == "blank":
        which = and_(which, not_blank(table, declaration))
    key = list(table.primary_key.columns)
    rows = connection.execute(select(*key).where(which).limit(ROWS_AT_ONCE)).all()
    if rows:
        these = tuple_(*key).in_([tuple(row) for row in rows])
        ends: Update = update(table).values(dict(declaration.blank))
        connection.execute(ends.where(these) if how == "blank" else delete(table).where(these))
    return len(rows)


def not_blank(table: Table, declaration: Declaration) -> ColumnElement[bool]:
    """The rows in which there is something left to blank."""
    only = text(declaration.only) if declaration.only else true()
    return and_(only, or_(*(_differs(table.c[name], value) for name, value in declaration.blank.items())))


def _differs(column: ColumnElement[object], value: object) -> ColumnElement[bool]:
    if isinstance(column.type, JSON):
        return cast(column, Text) != json.dumps(value)
    return column.is_distinct_from(value)
