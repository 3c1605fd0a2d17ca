"""Who watches and how much they like it: counters, not events.

They live in memory where they are counted and are written to the room's row once a second; the bus tells other nodes.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import msgpack
import structlog
from sqlalchemy import Connection, bindparam, case, update
from sqlalchemy.exc import SQLAlchemyError

from core.bus import Bus
from core.database import Database
from core.errors import Overloaded
from live.tables import rooms

FLUSH_S = 1.0
TOPIC = "audience"
ROOMS_MAX = 20_000

log = structlog.get_logger("live")

_flush = (
    update(rooms)
    .where(rooms.c.id == bindparam("room"))
    .values(
        likes=rooms.c.likes + bindparam("new_likes"),
        viewers=bindparam("now_viewers"),
        viewers_peak=case(
            (rooms.c.viewers_peak < bindparam("now_viewers"), bindparam("now_viewers")), else_=rooms.c.viewers_peak
        ),
    )
)


@dataclass(slots=True)
class Counts:
    """What a room's counters show. Read it, do not change it."""

    viewers: int = 0
    likes: int = 0


class Audience:
    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._rooms: dict[str, Counts] = {}
        self._new_likes: dict[str, int] = {}  # counted here, not yet written
        self._changed: set[str] = set()

    def counts(self, room: str) -> Counts:
        return self._rooms.get(room) or Counts()

    def viewers(self, room: str) -> int:
        return self.counts(room).viewers

    def set_viewers(self, room: str, viewers: int) -> None:
        """The media node says how many watch."""
        self._entry(room).viewers = viewers
        self._changed.add(room)

    def add_likes(self, room: str, likes: int) -> None:
        self._entry(room).likes += likes
        self._new_likes[room] = self._new_likes.get(room, 0) + likes
        self._changed.add(room)

    def seed(self, room: str, likes: int) -> None:
        """Begin with what the room's row says, unless the room is already counted here."""
        if room not in self._rooms:
            self._entry(room).likes = likes

    def _entry(self, room: str) -> Counts:
        entry = self._rooms.get(room)
        if entry is None:
            if len(self._rooms) >= ROOMS_MAX:  # quiet rooms are read again from their rows
                for quiet in [r for r, c in self._rooms.items() if not c.viewers and r not in self._changed]:
                    del self._rooms[quiet]
            entry = self._rooms[room] = Counts()
        return entry

    async def run(self) -> None:
        """Write what changed once a second, until cancelled; then once more."""
        unsubscribe = self._bus.subscribe(TOPIC, self._hear)
        try:
            while True:
                await asyncio.sleep(FLUSH_S)
                try:
                    await self.flush()
                except (SQLAlchemyError, Overloaded) as error:  # what was counted is kept and written later
                    log.warning("counts not written, trying again", error=repr(error))
        finally:
            unsubscribe()
            await self.flush()

    async def flush(self) -> None:
        if not self._changed:
            return
        changed, self._changed = self._changed, set()
        likes, self._new_likes = self._new_likes, {}
        rows = [
            {"room": room, "new_likes": likes.get(room, 0), "now_viewers": self._rooms[room].viewers}
            for room in sorted(changed)
        ]

        def write(connection: Connection) -> None:
            connection.execute(_flush, rows)

        try:
            await self._database.write_async(write)
        except Exception:
            for room, count in likes.items():  # not written: they count again with the next flush
                self._new_likes[room] = self._new_likes.get(room, 0) + count
            self._changed |= changed
            raise
        for room in changed:
            counts = self._rooms[room]
            self._bus.publish(TOPIC, msgpack.packb((id(self), room, counts.viewers, likes.get(room, 0))))

    def _hear(self, payload: bytes) -> None:
        sender, room, viewers, likes = msgpack.unpackb(payload)
        if sender != id(self) and room in self._rooms:
            self._rooms[room].viewers = viewers
            self._rooms[room].likes += likes
