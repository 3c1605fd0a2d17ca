"""What the room log asks of SQL, built once: a batch runs these and no others, whatever its size."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BindParameter, Connection, Table, bindparam, insert, select, tuple_, update
from sqlalchemy.dialects import postgresql, sqlite

from chat.tables import room_events, room_givers, room_heads, room_mutes

_KEYS: BindParameter[Any] = bindparam("keys", expanding=True)


def _one_of(table: Table, *columns: str) -> Any:
    """Whether a row is one of the parameter `keys`, tuples of these columns."""
    return tuple_(*(table.c[name] for name in columns)).in_(_KEYS)


HEADS = (
    select(room_heads.c.room, room_heads.c.seq, room_heads.c.coins)
    .where(room_heads.c.room.in_(_KEYS))
    .order_by(room_heads.c.room)  # the same order everywhere: no deadlock
    .with_for_update()
)
EARLIER = select(
    room_events.c.person, room_events.c.client_id, room_events.c.digest, room_events.c.room, room_events.c.seq,
    room_events.c.balance,
).where(_one_of(room_events, "person", "client_id"))  # fmt: skip
MUTES = select(room_mutes).where(_one_of(room_mutes, "room", "person"))
LINES = select(room_events.c.room, room_events.c.seq).where(
    _one_of(room_events, "room", "seq"), room_events.c.type == "said"
)
GIVERS = select(room_givers).where(_one_of(room_givers, "room", "person"))

ADD_EVENTS = insert(room_events)
TAKE_BACK = update(room_events).where(_one_of(room_events, "room", "seq")).values(removed=True)


class _Upsert:
    """Insert rows; where one with that primary key is there, set these columns to the new one's (none: leave it)."""

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


add_heads = _Upsert(room_heads)
set_heads = _Upsert(room_heads, "seq", "coins")
set_mutes = _Upsert(room_mutes, "until")
set_givers = _Upsert(room_givers, "coins", "gift", "combo", "at")
