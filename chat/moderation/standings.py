"""Tells open connections how their people stand, on every node: at once over the bus, within a second without it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable

import structlog
from sqlalchemy import Connection, select

from chat.moderation.standing import NOBODY, Key, Standing, read_standings
from chat.moderation.tables import room_standings
from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.outages import is_outage

TOPIC = "standings"
POLL_S = 0.5  # the bus may lose messages
OVERLAP_MS = 5_000  # a row may be committed a while after its time, by a node whose clock is behind
CHANGED_MAX = 5_000  # rows that one reading looks at

OnChange = Callable[[Standing], None]

_CHANGED = select(room_standings.c.host, room_standings.c.person, room_standings.c.changed_at)

log = structlog.get_logger("chat")


class Standings:
    """Use it on the event loop."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._watching: dict[Key, set[OnChange]] = {}  # as many as there are open connections
        self._due: set[Key] = set()  # only of those that are watched
        self._woken = asyncio.Event()
        self._since = 0
        self._polled = 0.0
        bus.subscribe(TOPIC, self._on_news)

    async def of(self, host: str, person: str) -> Standing:
        """How somebody stands with a host now."""
        key = host, person
        return (await self._database.read_async(lambda c: read_standings(c, [key]))).get(key, NOBODY)

    def watch(self, host: str, person: str, on_change: OnChange) -> Callable[[], None]:
        """Call `on_change`, which must not block or raise, when this may have changed, until the returned function is
        called. What changed shortly before is told as well, so it does not matter which comes first, this or `of`."""
        key = host, person
        self._watching.setdefault(key, set()).add(on_change)

        def unwatch() -> None:
            watching = self._watching.get(key, set())
            watching.discard(on_change)
            if not watching:
                self._watching.pop(key, None)

        return unwatch

    def announce(self, host: str, person: str) -> None:
        """A change is committed: tell this node's connections, and the other nodes."""
        self._expect((host, person))
        self._bus.publish(TOPIC, f"{host} {person}".encode())

    def _on_news(self, message: bytes) -> None:
        host, _, person = message.decode().partition(" ")
        self._expect((host, person))

    def _expect(self, key: Key) -> None:
        if key in self._watching:
            self._due.add(key)
            self._woken.set()

    async def run(self) -> None:
        """Tell of changes until cancelled."""
        self._since = self._clock() - OVERLAP_MS
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL_S)
            self._woken.clear()
            try:
                await self._tell()
            except Exception as fault:  # the next reading is soon
                if not is_outage(fault):
                    log.exception("cannot read how people stand")
                await asyncio.sleep(POLL_S)

    async def _tell(self) -> None:
        polls = bool(self._watching) and time.monotonic() - self._polled >= POLL_S
        if not polls and not self._due:
            return
        since, now = self._since, self._clock()
        due, self._due = self._due, set()

        def read(connection: Connection) -> dict[Key, Standing]:
            keys = set(due)
            if polls:
                newest = _CHANGED.where(room_standings.c.changed_at >= since)
                rows = connection.execute(newest.order_by(room_standings.c.changed_at.desc()).limit(CHANGED_MAX))
                keys |= {(row.host, row.person) for row in rows}
            found = read_standings(connection, keys)
            return {key: found.get(key, NOBODY) for key in keys}

        try:
            found = await self._database.read_async(read)
        except BaseException:
            self._due |= due
            raise
        if polls:
            self._since, self._polled = now - OVERLAP_MS, time.monotonic()
        for key, standing in found.items():
            for on_change in list(self._watching.get(key, ())):
                on_change(standing)
