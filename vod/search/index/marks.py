"""Marks: which subjects have changed since they were indexed.

A change leaves its mark in its own transaction, so a crash loses neither. `Indexer` works the marks off.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import Connection, Select, delete, literal, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from core.ids import new_id
from vod.search.index.documents import Kind
from vod.tables import search_marks

Mark = tuple[Kind, str, str]
"""Kind, subject, and what tells this mark from a later one of the same subject."""


def mark(connection: Connection, kind: Kind, subjects: Iterable[str]) -> None:
    """Have these subjects indexed again. Call it in the transaction that changes them."""
    stamp = new_id()
    rows = [{"kind": kind, "subject": subject, "mark": stamp} for subject in sorted(set(subjects))]
    if rows:
        _upsert(connection, _insert(connection).values(rows))


def mark_selected(connection: Connection, kind: Kind, subjects: Select[tuple[str]]) -> None:
    """The same for the subjects that a query finds."""
    (subject,) = subjects.selected_columns
    rows = subjects.with_only_columns(literal(kind), subject, literal(new_id())).where(subject.is_not(None))
    _upsert(connection, _insert(connection).from_select(["kind", "subject", "mark"], rows))


def oldest(connection: Connection, limit: int) -> list[Mark]:
    query = select(search_marks).order_by(search_marks.c.mark).limit(limit)
    return [(row.kind, row.subject, row.mark) for row in connection.execute(query)]


def take(connection: Connection, marks: Sequence[Mark]) -> list[tuple[Kind, str]]:
    """Remove marks. Returns the subjects of those that were there: the others have changed again, or somebody else was
    faster."""
    row = tuple_(search_marks.c.kind, search_marks.c.subject, search_marks.c.mark)
    taken = delete(search_marks).where(row.in_(marks)).returning(search_marks.c.kind, search_marks.c.subject)
    return [(kind, subject) for kind, subject in connection.execute(taken)]


def _upsert(connection: Connection, insert: sqlite.Insert | postgresql.Insert) -> None:
    key = [search_marks.c.kind, search_marks.c.subject]
    connection.execute(insert.on_conflict_do_update(index_elements=key, set_={"mark": insert.excluded.mark}))


def _insert(connection: Connection) -> sqlite.Insert | postgresql.Insert:
    return sqlite.insert(search_marks) if connection.dialect.name == "sqlite" else postgresql.insert(search_marks)
