"""The rows that are a person's, page by page: without secrets, and with handles where others are named."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import Connection, Row, Table, select, text, tuple_

from core.database import Database
from core.privacy import Declaration, declared, owned_by
from people.accounts import Accounts
from trust.privacy.export.archive import readable

ROWS_AT_ONCE = 1_000
OTHER = "[somebody]"


class Rows:
    """Blocks."""

    def __init__(self, database: Database, accounts: Accounts) -> None:
        self._database = database
        self._accounts = accounts

    def of(self, table: Table, person: str) -> Iterator[dict[str, Any]]:
        declaration, after = declared(table), None
        columns = [column for column in table.c if column.name not in declaration.secret]
        while rows := self._database.read(partial(_page, table, declaration, person, after)):
            handles = self._database.read(partial(self._handles, declaration, rows, person))
            for row in rows:
                yield {
                    column.name: self._shown(column.name, row._mapping[column], declaration, person, handles)
                    for column in columns
                }
            after = tuple(rows[-1]._mapping[column] for column in table.primary_key.columns)
            if len(rows) < ROWS_AT_ONCE:
                return

    def _shown(self, name: str, value: Any, declaration: Declaration, person: str, handles: dict[str, str]) -> object:
        if name in _people(declaration) and isinstance(value, str) and value and value != person:
            return handles.get(value, OTHER)
        return readable(value)

    def _handles(
        self, declaration: Declaration, rows: list[Row[Any]], person: str, connection: Connection
    ) -> dict[str, str]:
        """`@handle` by id, of everybody but the person that these rows name."""
        named = {str(row._mapping[name] or "") for row in rows for name in _people(declaration)} - {"", person}
        return {other: f"@{one.handle}" for other, one in self._accounts.brief(connection, named).items()}


def _people(declaration: Declaration) -> frozenset[str]:
    """Columns with ids of people: of the person, or of somebody else."""
    return declaration.others | {owner for owner in declaration.owners if " > " not in owner}


def _page(
    table: Table, declaration: Declaration, person: str, after: tuple[Any, ...] | None, connection: Connection
) -> list[Row[Any]]:
    key = list(table.primary_key.columns)
    query = select(table).where(owned_by(table, declaration, person)).order_by(*key).limit(ROWS_AT_ONCE)
    if declaration.untold:
        query = query.where(text(f"NOT ({declaration.untold})"))
    if after is not None:
        query = query.where(tuple_(*key) > tuple_(*after))
    return list(connection.execute(query).all())
