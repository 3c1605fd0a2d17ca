"""SQL of the room log, built once: a batch runs these statements whatever its size."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

from sqlalchemy import BindParameter, Connection, Table, bindparam, insert, select, tuple_
from sqlalchemy.dialects import postgresql, sqlite

from chat.tables import room_events, room_heads

T = TypeVar("T")

_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)


def one_of(table: Table, *columns: str) -> Any:
    """Whether a row is one of the parameter `keys`, tuples of these columns."""
    return tuple_(*(table.c[name] for name in columns)).in_(_KEYS)


def unique(keys: Iterable[T]) -> list[T]:
    """Keys for `one_of`, each once."""
    return list(dict.fromkeys(keys))


class Upsert:
    """Insert rows; where the primary key exists, set these columns to the new values (with no columns: do nothing)."""

    def __init__(self, table: Table, *columns: str) -> None:
        self._by_dialect = {
            dialect.dialect.name: self._built(dialect.insert(table), table, columns) for dialect in (sqlite, postgresql)
        }

    @staticmethod
    def _built(statement: Any, table: Table, columns: tuple[str, ...]) -> Any:
        if not columns:
            return statement.on_conflict_do_nothing()
        return statement.on_conflict_do_update(
            index_elements=[column.name for column in table.primary_key],
            set_={name: statement.excluded[name] for name in columns},
        )

    def __call__(self, connection: Connection, rows: list[dict[str, Any]]) -> None:
        connection.execute(self._by_dialect[connection.dialect.name], rows)


HEADS = (
    select(room_heads)
    .where(room_heads.c.room.in_(_KEYS))
    .order_by(room_heads.c.room)  # every batch locks in this order, so that two cannot deadlock
    .with_for_update()
)
EARLIER = select(
    room_events.c.person, room_events.c.client_id, room_events.c.digest, room_events.c.room, room_events.c.seq,
    room_events.c.balance,
).where(one_of(room_events, "person", "client_id"))  # fmt: skip
ADD_EVENTS = insert(room_events)

add_heads = Upsert(room_heads)
set_heads = Upsert(room_heads, "seq", "coins")
