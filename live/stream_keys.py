"""Stream keys: what a person's publishing programs sign in with. One key serves all of a person's rooms, so a program
is set up once; it stays the same until its owner asks for another."""

from __future__ import annotations

import re
import secrets

from sqlalchemy import Connection, select, text, update

from core.clock import Clock
from core.database import Database
from live.tables import stream_keys

KEY_BYTES = 24
_KEY = re.compile(r"[A-Za-z0-9_-]{1,100}")

_MAKE = text(
    "INSERT INTO stream_keys (person, stream_key, created_at) VALUES (:person, :key, :now) "
    "ON CONFLICT (person) DO NOTHING"
)


class StreamKeys:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock

    def read(self, connection: Connection, person: str) -> str:
        """Empty if they have none yet."""
        query = select(stream_keys.c.stream_key).where(stream_keys.c.person == person)
        return connection.execute(query).scalar() or ""

    def make(self, connection: Connection, person: str) -> str:
        """The person's key, made now if there is none."""
        connection.execute(_MAKE, {"person": person, "key": _new(), "now": self._clock()})
        return self.read(connection, person)

    def of(self, person: str) -> str:
        """The person's key. Blocks."""
        return self._database.read(lambda c: self.read(c, person)) or self._database.write(
            lambda c: self.make(c, person)
        )

    def rotate(self, person: str) -> str:
        """Another key instead of the old one, which opens nothing from now on. Blocks."""

        def write(connection: Connection) -> str:
            self.make(connection, person)
            key = _new()
            change = update(stream_keys).where(stream_keys.c.person == person)
            connection.execute(change.values(stream_key=key, created_at=self._clock()))
            return key

        return self._database.write(write)

    async def owner(self, key: str) -> str | None:
        """Whose key this is."""
        if not _KEY.fullmatch(key):
            return None
        query = select(stream_keys.c.person, stream_keys.c.stream_key).where(stream_keys.c.stream_key == key)
        row = await self._database.read_async(lambda connection: connection.execute(query).first())
        return row.person if row is not None and secrets.compare_digest(row.stream_key, key) else None


def _new() -> str:
    return secrets.token_urlsafe(KEY_BYTES)
