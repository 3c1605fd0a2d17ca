"""Ownership: which process has a room's media. SQL's row decides, by node and epoch.

Every change of owner raises the room's epoch, and every write of an owner is fenced by node and epoch. A process that
was paused or disconnected therefore writes nothing about rooms that others have taken over, and drops them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from weakref import WeakValueDictionary

import structlog
from sqlalchemy import Connection, Update, func, select, update

from core.clock import Clock
from core.database import Database
from core.outages import is_outage
from live.errors import AlreadyPublishing, RoomEnded
from live.nodes import HEARTBEAT_S, Claim, Nodes
from live.rooms import NO_OWNER, Rooms, RoomState, off_air
from live.tables import rooms

CLAIM_TRIES_MAX = 5
ROOMS_PER_READ_MAX = 500
LossListener = Callable[[str], None]
"""Called on the event loop with a room whose media this process does not own any more."""

log = structlog.get_logger("live")


class Ownership:
    def __init__(self, database: Database, rooms: Rooms, nodes: Nodes, clock: Clock) -> None:
        self._database = database
        self._rooms = rooms
        self._nodes = nodes
        self._clock = clock
        self._held: dict[str, Claim] = {}
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._listeners: list[LossListener] = []
        self._registered = False
        rooms.listen(self._on_room_state)

    def on_loss(self, listener: LossListener) -> None:
        self._listeners.append(listener)

    def _on_room_state(self, room: str, state: RoomState) -> None:
        if state == "ended":
            self._held.pop(room, None)

    def lock(self, room: str) -> asyncio.Lock:
        """Held while this process changes its ownership of a room, so that changes of one room do not overlap."""
        lock = self._locks.get(room)
        if lock is None:
            lock = self._locks[room] = asyncio.Lock()
        return lock

    # -- claiming --------------------------------------------------------------------------------

    async def claim(self, room: str) -> Claim:
        """Own the room's media, to publish to it. Raises AlreadyPublishing while another node's publisher is there;
        RoomEnded."""
        async with self.lock(room):
            for _ in range(CLAIM_TRIES_MAX):
                claim = await self._database.write_async(lambda connection: self._try_claim(connection, room))
                if claim is not None:
                    before = self._held.get(room)
                    if before is not None and before != claim:
                        self.lose(before)
                    self._held[room] = claim
                    return claim
        raise AlreadyPublishing

    def _try_claim(self, connection: Connection, room: str) -> Claim | None:
        """None if the row has changed meanwhile. Exactly one of several concurrent claims matches the epoch it saw."""
        seen = connection.execute(
            select(rooms, self._nodes.owner_lives.label("owner_lives")).where(rooms.c.id == room)
        ).first()
        if seen is None or seen.state == "ended":
            raise RoomEnded
        mine = seen.node == self._nodes.boot
        if not mine and seen.owner_lives and seen.publishing:
            raise AlreadyPublishing
        self._nodes.beat(connection)  # otherwise another node might consider us dead and claim the room
        epoch = seen.epoch if mine else seen.epoch + 1
        change = update(rooms).where(
            rooms.c.id == room, rooms.c.state != "ended", rooms.c.epoch == seen.epoch, rooms.c.node == seen.node,
            rooms.c.publishing == seen.publishing,
        )  # fmt: skip
        values = {"node": self._nodes.boot, "epoch": epoch, "publishing": 1}
        if connection.execute(change.values(values)).rowcount == 0:
            return None
        return Claim(room, self._nodes.boot, epoch)

    # -- the owner's writes ----------------------------------------------------------------------

    async def went_live(self, claim: Claim) -> bool:
        """The publisher's media arrives. False: we no longer own the room."""
        started = func.coalesce(rooms.c.started_at, self._clock())
        values = {"state": "live", "live": 1, "publishing": 1, "started_at": started, "live_since": self._clock()}
        change = update(rooms).where(claim.holds, rooms.c.state == "idle").values(values)
        return await self._rooms.change_state(claim.room, "live", change) or await self.set_publishing(claim, True)

    async def went_idle(self, claim: Claim) -> bool:
        """The publisher is gone for now: give up the room. False: we no longer owned it."""
        change = update(rooms).where(claim.holds, rooms.c.state == "live")
        done = await self._rooms.change_state(claim.room, "idle", change.values(self._idle()))
        done = done or await self._write(update(rooms).where(claim.holds).values(NO_OWNER))
        if self._held.get(claim.room) == claim:
            del self._held[claim.room]
        return done

    def _idle(self) -> dict[str, Any]:
        return {"state": "idle", "live": 0, "viewers": 0, **NO_OWNER, **off_air(self._clock())}

    async def set_publishing(self, claim: Claim, publishing: bool) -> bool:
        """Record whether a publisher is connected; if not, others may claim the room. False: it is no longer ours."""
        return await self._write(update(rooms).where(claim.holds).values(publishing=int(publishing)))

    async def _write(self, change: Update) -> bool:
        return await self._database.write_async(lambda connection: connection.execute(change).rowcount == 1)

    def lose(self, claim: Claim) -> None:
        """Another node owns the room: drop its media, and write nothing more about it."""
        if self._held.get(claim.room) == claim:
            del self._held[claim.room]
            log.warning("room_lost", room=claim.room)
            for listener in self._listeners:
                listener(claim.room)

    # -- once a second ---------------------------------------------------------------------------

    async def register(self) -> None:
        """Become a node. Rooms of the process that had this node's id before are idle from now on."""
        await self._database.executor.run(self._nodes.register)
        self._registered = True
        await self.idle_rooms_of_the_dead()

    async def run(self) -> None:
        """Write heartbeats, reread this node's rooms, and clean up after dead nodes."""
        if not self._registered:
            await self.register()
        try:
            while True:
                await asyncio.sleep(HEARTBEAT_S)
                try:
                    await self._nodes.run_beat()
                    await self.reread()
                    await self.idle_rooms_of_the_dead()
                except Exception as error:
                    if not is_outage(error):
                        raise
        finally:
            await self._nodes.sign_off()

    async def reread(self) -> None:
        """Detect other nodes' changes to rooms that are live here, even if the bus lost the news."""
        held, live = dict(self._held), set(self._rooms.cached_live)
        ids = sorted(held.keys() | live)
        for start in range(0, len(ids), ROOMS_PER_READ_MAX):
            some = ids[start : start + ROOMS_PER_READ_MAX]
            query = select(rooms.c.id, rooms.c.title, rooms.c.state, rooms.c.node, rooms.c.epoch).where(
                rooms.c.id.in_(some)
            )
            for row in await self._database.read_async(lambda c, query=query: c.execute(query).all()):  # type: ignore[misc]
                lock, claim = self._locks.get(row.id), held.get(row.id)
                if lock is not None and lock.locked():  # we are changing it ourselves
                    continue
                self._rooms.on_title(row.id, row.title)
                if row.state == "ended" or (row.id in live and row.state != "live"):
                    self._rooms.on_state(row.id, row.state)
                if claim is not None and claim != Claim(row.id, row.node, row.epoch):
                    self.lose(claim)

    async def idle_rooms_of_the_dead(self) -> None:
        """Make the rooms of dead nodes idle. However many nodes try, exactly one changes each row."""
        orphans = select(rooms.c.id, rooms.c.node, rooms.c.epoch).where(rooms.c.live == 1, ~self._nodes.owner_lives)
        for row in await self._database.read_async(lambda connection: connection.execute(orphans).all()):
            claim = Claim(row.id, row.node, row.epoch)
            change = update(rooms).where(claim.holds, rooms.c.state == "live", ~self._nodes.owner_lives)
            if await self._rooms.change_state(row.id, "idle", change.values(self._idle())):
                log.warning("room_of_a_dead_node", room=row.id, node=row.node)
