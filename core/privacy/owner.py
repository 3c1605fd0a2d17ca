"""Whose a row is, as SQL."""

from __future__ import annotations

from sqlalchemy import ColumnElement, MetaData, Table, or_, select

from core.privacy.declaration import Declaration


def owned_by(table: Table, declaration: Declaration, person: str) -> ColumnElement[bool]:
    """The rows that are a person's. An owner is a column with their id (`person`), or a path to one: in
    `video > videos.person` the column `video` names a row of `videos` by its id."""
    return or_(*(_owner(table.metadata, table, owner.split(" > "), person) for owner in declaration.owners))


def _owner(metadata: MetaData, table: Table, path: list[str], person: str) -> ColumnElement[bool]:
    column = table.c[path[0].rpartition(".")[2]]
    if len(path) == 1:
        return column == person
    next_table = metadata.tables[path[1].partition(".")[0]]
    return column.in_(select(next_table.c.id).where(_owner(metadata, next_table, path[1:], person)))
