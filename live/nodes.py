"""Nodes: the processes that carry media. Each writes a heartbeat that shows the others that it is alive."""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import BigInteger, ColumnElement, Connection, delete, exists, insert, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from core.database import Database
from core.errors import Overloaded
from core.executors import BoundedExecutor
from core.ids import new_id
from live.tables import nodes, rooms

HEARTBEAT_S = 1.0
HEARTBEATS_QUEUED_MAX = 4
SIGN_OFF_S_MAX = 5.0  # then the others find out by the missing heartbeats
DEAD_MS = 5_000  # without a heartbeat
FORGET_MS = 24 * 3600 * 1000  # after which the row of a dead node is deleted

log = structlog.get_logger("live")


class NodeReplacedError(Exception):
    """Another process has registered under this node's id."""


class database_now(FunctionElement[int]):  # noqa: N801  it is a SQL function
    """Unix milliseconds by the database's clock.

    Heartbeats are written and compared by this one clock. Nodes' own clocks differ: one that is five seconds slow would
    look dead to all the others, and one that is fast would look alive long after its death.
    """

    type = BigInteger()
    inherit_cache = True


@compiles(database_now, "postgresql")
def _postgresql_now(*_: Any, **__: Any) -> str:
    # Not now(), which is the start of the transaction, perhaps before it waited for a lock.
    return "CAST(EXTRACT(EPOCH FROM clock_timestamp()) * 1000 AS BIGINT)"


@compiles(database_now, "sqlite")
def _sqlite_now(*_: Any, **__: Any) -> str:
    return "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)"


@dataclass(frozen=True, slots=True)
class Claim:
    """A process's ownership of a room's media. It ends when anybody changes the room's epoch."""

    room: str
    node: str
    epoch: int

    @property
    def holds(self) -> ColumnElement[bool]:
        """The condition of every write about the room: it matches no row once another process owns the room."""
        return (rooms.c.id == self.room) & (rooms.c.node == self.node) & (rooms.c.epoch == self.epoch)


class Nodes:
    """This process as a node, and which other nodes are alive."""

    def __init__(self, database: Database, id: str, address: str) -> None:
        self._database = database
        self._id = id
        self._address = address
        self.boot = new_id()
        self._beat_at = self._regular_since = time.monotonic()
        # A heartbeat must not queue behind other work, or a busy node would be taken for a dead one.
        self._thread = BoundedExecutor("heartbeat", threads=1, queued_max=HEARTBEATS_QUEUED_MAX)

    def register(self) -> None:
        """Take over the id from the process that had it before. Blocks."""

        def write(connection: Connection) -> None:
            connection.execute(delete(nodes).where(nodes.c.heard_at < database_now() - FORGET_MS))
            values = {"boot": self.boot, "address": self._address, "heard_at": database_now(), "draining": 0}
            if connection.execute(update(nodes).where(nodes.c.id == self._id).values(values)).rowcount == 0:
                connection.execute(insert(nodes).values(id=self._id, **values))

        self._database.write(write)

    def beat(self, connection: Connection) -> None:
        """Write a heartbeat. Raises NodeReplacedError."""
        mine = update(nodes).where(nodes.c.id == self._id, nodes.c.boot == self.boot)
        if connection.execute(mine.values(heard_at=database_now())).rowcount == 1:
            return
        if connection.execute(nodes.select().where(nodes.c.id == self._id)).first() is not None:
            raise NodeReplacedError(
                f"Another process has registered as node {self._id}: two servers of one database need different host "
                "names or different CADEAU_MEDIA_PORTs."
            )
        values = {"id": self._id, "boot": self.boot, "address": self._address, "heard_at": database_now()}
        connection.execute(insert(nodes).values(values))

    async def run_beat(self) -> None:
        """Write a heartbeat from a coroutine. Raises NodeReplacedError, or what keeps the database from answering."""
        await self._thread.run(self._database.write, self.beat)
        now = time.monotonic()
        if now - self._beat_at > DEAD_MS / 1000:
            log.warning("heartbeat_was_late", seconds=round(now - self._beat_at, 1))
            self._regular_since = now
        self._beat_at = now

    async def sign_off(self) -> None:
        """Sign off, so that other nodes need not wait until this process counts as dead."""
        mine = delete(nodes).where(nodes.c.id == self._id, nodes.c.boot == self.boot)

        def write() -> None:
            with contextlib.suppress(SQLAlchemyError, Overloaded):
                self._database.write(lambda connection: connection.execute(mine))

        # In the same thread, so that no heartbeat follows it.
        with contextlib.suppress(TimeoutError, Overloaded):
            await asyncio.wait_for(self._thread.run(write), SIGN_OFF_S_MAX)
        self._thread.close(0)

    @property
    def owner_lives(self) -> ColumnElement[bool]:
        """Whether the process that owns a room is alive. A process without a row is not: it stopped or restarted.

        A process that was paused or disconnected cannot tell which others were: it trusts every row until it has seen
        heartbeats for as long as they may be overdue.
        """
        registered, now = exists().where(nodes.c.boot == rooms.c.node), time.monotonic()
        if now - self._regular_since < DEAD_MS / 1000 or now - self._beat_at > DEAD_MS / 1000:
            return registered
        return registered.where(nodes.c.heard_at > database_now() - DEAD_MS)
