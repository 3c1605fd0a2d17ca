"""What moved at a provider, as we were told. The reconciliation compares it with the provider's own list."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection
from sqlalchemy.dialects import postgresql, sqlite

from money.providers.provider import Movement
from money.tables import movements

_INSERT = {dialect.dialect.name: dialect.insert for dialect in (sqlite, postgresql)}


def remember(connection: Connection, provider: str, movement: Movement, purchase: str | None = None) -> bool:
    """Returns whether it is a new one."""
    row = {"provider": provider, "purchase": purchase, **msgspec.structs.asdict(movement)}
    fresh = _INSERT[connection.dialect.name](movements).values(row).on_conflict_do_nothing()
    return connection.execute(fresh.returning(movements.c.ref)).first() is not None
