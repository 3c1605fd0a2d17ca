"""What this node carries at this moment, for those who look after it."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from core.identity import Person
from live.health import Health
from live.relays import Relays
from live.rooms import Rooms

CPU_WINDOW_S_MIN = 0.5  # below, the clock's own grain is most of what one reads


class RoomOverview(msgspec.Struct):
    """One room whose media is here."""

    room: str
    title: str
    host: Person
    health: Health


class Overview(msgspec.Struct):
    """Packets and bytes are counted since the start; the rest is of now."""

    fanout: str
    cpu_percent: float
    publishers: int
    viewers: int
    viewers_losing: int
    packets_in: int
    packets_out: int
    bytes_in: int
    bytes_out: int
    rooms: list[RoomOverview]


class CpuMeter:
    """How busy this process is: 100 is one core, and with threads it may be more."""

    def __init__(
        self, wall: Callable[[], float] = time.monotonic, busy: Callable[[], float] = time.process_time
    ) -> None:
        self._wall, self._busy = wall, busy
        self._at, self._spent = wall(), busy()
        self._percent = 0.0

    def read(self) -> float:
        """Per cent since the last reading. Readings on each other's heels, as of two who look, share one answer."""
        now, spent = self._wall(), self._busy()
        passed = now - self._at
        if passed >= CPU_WINDOW_S_MIN:
            self._percent = round(100 * max(0.0, spent - self._spent) / passed, 1)
            self._at, self._spent = now, spent
        return self._percent


class Overviews:
    """Tells what `relays` carries, with the names people gave their rooms."""

    def __init__(self, relays: Relays, rooms: Rooms, meter: CpuMeter | None = None) -> None:
        self._relays = relays
        self._rooms = rooms
        self._meter = meter or CpuMeter()

    async def now(self) -> Overview:
        """Rooms stand in the order they began, so that a page that shows them keeps still."""
        found = [await self._room(room) for room in self._relays.rooms]
        totals = self._relays.totals()
        return Overview(
            fanout=self._relays.fanout_name,
            cpu_percent=self._meter.read(),
            publishers=totals.publishers,
            viewers=totals.viewers,
            viewers_losing=totals.viewers_losing,
            packets_in=totals.packets_in,
            packets_out=totals.packets_out,
            bytes_in=totals.bytes_in,
            bytes_out=totals.bytes_out,
            rooms=[room for room in found if room is not None],
        )

    async def _room(self, room: str) -> RoomOverview | None:
        known = await self._rooms.room(room)
        return RoomOverview(room, known.title, known.host, self._relays.health(room)) if known is not None else None
