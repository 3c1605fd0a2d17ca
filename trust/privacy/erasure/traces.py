"""The proof: searches every table for what an erased person was called and has said."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from sqlalchemy import JSON, Column, ColumnElement, Connection, MetaData, String, Table, cast, func, or_, select
from sqlalchemy import Text as Words

from core.database import Database
from core.privacy import declared, owned_by
from core.privacy.declaration import Declaration
from people.leaving.erasing import called

TEXTS_PER_COLUMN_MAX = 20  # of each column the search looks for the latest texts
TEXT_CHARS_MIN, TEXT_CHARS_MAX = 12, 500  # a shorter one may be anybody's


class Sought(msgspec.Struct):
    """What is searched for: `whole` as all of a value, `parts` anywhere in one."""

    whole: list[str]
    parts: list[str]


class Trace(msgspec.Struct, frozen=True):
    """Where something is left, and in how many rows. `lawful`: a law asks for it, and the page Privacy says so."""

    place: str
    rows: int
    lawful: bool


def sought_of(connection: Connection, metadata: MetaData, person: str) -> Sought:
    """Before the erasure: the person's handle, name and address, and texts from all columns that are erased."""
    whole, parts = list[str](), list[str]()
    if (names := called(connection, person)) is not None:
        handle, name, bio = names
        whole, parts = sorted({handle, name} - {""}), [f"@{handle}", bio]
    for table in metadata.sorted_tables:
        declaration = declared(table)
        if declaration.personal and declaration.erase != "keep":
            for column in _texts(table, declaration):
                mine = owned_by(table, declaration, person)
                found = select(column).where(mine, func.length(cast(column, Words)) >= TEXT_CHARS_MIN)
                for value in connection.execute(found.limit(TEXTS_PER_COLUMN_MAX)).scalars():
                    parts += _strings(value)
    good = {one[:TEXT_CHARS_MAX] for one in parts if len(one) >= TEXT_CHARS_MIN or one.startswith("@")}
    return Sought(whole, sorted(good))


def traces(database: Database, metadata: MetaData, sought: Sought) -> Iterator[Trace]:
    """Blocks: it reads every text in the database."""
    for table in metadata.sorted_tables:
        columns = [one for one in table.c if isinstance(one.type, String | JSON) and one.name != "words"]
        if columns and _count(database, table, or_(*(_holds(column, sought) for column in columns))):
            for column in columns:
                if rows := _count(database, table, _holds(column, sought)):
                    yield Trace(f"{table.name}.{column.name}", rows, column.name in declared(table).law)


def _count(database: Database, table: Table, which: ColumnElement[bool]) -> int:
    count = select(func.count()).select_from(table).where(which)
    return database.read(lambda c: int(c.execute(count).scalar_one()))


def _texts(table: Table, declaration: Declaration) -> list[Column[Any]]:
    """Columns in which people write: no keys, no ids, no codes."""
    ids = {owner.partition(" > ")[0] for owner in declaration.owners} | declaration.others | declaration.secret
    named = {"text", "caption", "name", "title", "bio", "address", "description", "evidence", "fields", "endpoint"}
    named |= set(declaration.blank)
    return [
        column
        for column in table.c
        if isinstance(column.type, String | JSON)
        and column.name in named - ids
        and not column.primary_key
        and not column.foreign_keys
    ]


def _strings(value: object) -> list[str]:
    """The texts in a column's value."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, dict):
        return [text for one in value.values() for text in _strings(one)]
    return []


def _holds(column: Column[Any], sought: Sought) -> ColumnElement[bool]:
    words = cast(column, Words) if isinstance(column.type, JSON) else column
    if column.primary_key and not isinstance(column.type, JSON):  # a name may be a key, a text is none
        return words.in_([*sought.whole, *sought.parts])
    found: list[ColumnElement[bool]] = [
        words.contains(one, autoescape=True) for one in _as_stored(column, sought.parts)
    ]
    if sought.whole:
        quoted = [f'"{one}"' for one in sought.whole] if isinstance(column.type, JSON) else []
        found += [words.contains(one, autoescape=True) for one in quoted] or [words.in_(sought.whole)]
    return or_(*found)


def _as_stored(column: Column[Any], parts: Sequence[str]) -> list[str]:
    """In JSON, characters beyond ASCII are escaped."""
    if not isinstance(column.type, JSON):
        return list(parts)

    return [json.dumps(one)[1:-1] for one in parts]
