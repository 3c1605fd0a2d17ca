"""A row that is there afterwards, whether it was before or not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

_INSERT: dict[str, Any] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def upsert(connection: Connection, table: Table, key: Mapping[str, Any], values: Mapping[str, Any]) -> None:
    new = _INSERT[connection.dialect.name](table).values({**key, **values})
    connection.execute(new.on_conflict_do_update(index_elements=list(key), set_=dict(values)))
