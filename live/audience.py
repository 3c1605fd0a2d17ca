"""The audience: the number of viewers and likes of each room. Counters, not events.

They are counted in memory and written to the room's row once a second; the bus tells other nodes. Any node counts
likes. Only the node that owns a room's media counts its viewers.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import msgpack
from sqlalchemy import Connection, Row, bindparam, case, select, update

from core.bus import Bus
from core.database import Database
from core.ids import new_id
from core.outages import is_outage
from live.nodes import Claim
from live.tables import rooms

FLUSH_S = 1.0
TOPIC = "audience"
ROOMS_MAX = 20_000

_owned = (rooms.c.node == bindparam("owner")) & (rooms.c.epoch == bindparam("owner_epoch"))
_viewers = case((_owned, bindparam("now_viewers")), else_=rooms.c.viewers)
_flush = (
    update(rooms)
    .where(rooms.c.id == bindparam("room"))
    .values(
        likes=rooms.c.likes + bindparam("new_likes"),
        viewers=_viewers,
        viewers_peak=case((rooms.c.viewers_peak < _viewers, _viewers), else_=rooms.c.viewers_peak),
    )
)


@dataclass(slots=True)
class Counts:
    """A room's counters. Read them, do not change them."""

    viewers: int = 0
    likes: int = 0


class Audience:
    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._sender = new_id()  # tells our own news from that of other processes
        self._rooms: dict[str, Counts] = {}
        self._new_likes: dict[str, int] = {}  # counted here, not yet written
        self._changed: set[str] = set()
        self._claims: dict[str, Claim] = {}  # under which viewers are counted here

    def counts(self, room: str) -> Counts:
        return self._rooms.get(room) or Counts()

    def viewers(self, room: str) -> int:
        return self.counts(room).viewers

    def set_viewers(self, claim: Claim, viewers: int) -> None:
        """Set the number of viewers of a room whose media this process owns. Written only while the claim holds."""
        self._entry(claim.room).viewers = viewers
        self._claims[claim.room] = claim
        self._changed.add(claim.room)

    def add_likes(self, room: str, likes: int) -> None:
        self._entry(room).likes += likes
        self._new_likes[room] = self._new_likes.get(room, 0) + likes
        self._changed.add(room)

    def seed(self, room: str, likes: int) -> None:
        """Start from the room's row, unless the room is counted here already."""
        if room not in self._rooms:
            self._entry(room).likes = likes

    def _entry(self, room: str) -> Counts:
        entry = self._rooms.get(room)
        if entry is None:
            if len(self._rooms) >= ROOMS_MAX:  # quiet rooms are read again from their rows
                for quiet in [r for r, c in self._rooms.items() if not c.viewers and r not in self._changed]:
                    del self._rooms[quiet]
                    self._claims.pop(quiet, None)
            entry = self._rooms[room] = Counts()
        return entry

    async def run(self) -> None:
        """Write what changed once a second, until cancelled; then once more."""
        unsubscribe = self._bus.subscribe(TOPIC, self._on_news)
        try:
            while True:
                await asyncio.sleep(FLUSH_S)
                await self._flush_if_possible()
        finally:
            unsubscribe()
            await self._flush_if_possible()

    async def _flush_if_possible(self) -> None:
        try:
            await self.flush()
        except Exception as error:
            if not is_outage(error):  # otherwise the counts are kept and written later
                raise

    async def flush(self) -> None:
        if not self._changed:
            return
        changed, self._changed = self._changed, set()
        likes, self._new_likes = self._new_likes, {}
        nobody = Claim("", "-", 0)
        rows = []
        for room in sorted(changed):
            claim = self._claims.get(room, nobody)
            rows.append({"room": room, "new_likes": likes.get(room, 0), "now_viewers": self.viewers(room),
                         "owner": claim.node, "owner_epoch": claim.epoch})  # fmt: skip

        def write(connection: Connection) -> Sequence[Row[*tuple[Any, ...]]]:
            connection.execute(_flush, rows)
            written = select(rooms.c.id, rooms.c.viewers, rooms.c.node, rooms.c.epoch)
            return connection.execute(written.where(rooms.c.id.in_(sorted(changed)))).all()

        try:
            written = await self._database.write_async(write)
        except Exception:
            for room, count in likes.items():  # not written: they count again with the next flush
                self._new_likes[room] = self._new_likes.get(room, 0) + count
            self._changed |= changed
            raise
        for row in written:
            owned = self._claims.get(row.id) == Claim(row.id, row.node, row.epoch)
            viewers = row.viewers if owned else None
            self._bus.publish(TOPIC, msgpack.packb((self._sender, row.id, viewers, likes.get(row.id, 0))))

    def _on_news(self, payload: bytes) -> None:
        sender, room, viewers, likes = msgpack.unpackb(payload)
        if sender == self._sender or room not in self._rooms:
            return
        self._rooms[room].likes += likes
        if viewers is not None:  # as reported by its owner
            self._rooms[room].viewers = viewers
