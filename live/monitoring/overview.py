"""What this node is doing at this moment, for moderators."""

from __future__ import annotations

import time
from collections.abc import Callable

import msgspec

from core.identity import Person
from live.monitoring.health import Health
from live.node import MediaNode
from live.rooms import Rooms
from live.sessions import MediaSessions

CPU_WINDOW_S_MIN = 0.5  # in a shorter window the process's clock is too coarse


class RoomOverview(msgspec.Struct):
    """A room whose media this node has."""

    room: str
    title: str
    host: Person
    health: Health


class Overview(msgspec.Struct):
    """Packets and bytes are counted since the start; everything else is current."""

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
    """This process's CPU usage: 100 is one core; threads can exceed it."""

    def __init__(
        self, wall: Callable[[], float] = time.monotonic, busy: Callable[[], float] = time.process_time
    ) -> None:
        self._wall, self._busy = wall, busy
        self._at, self._spent = wall(), busy()
        self._percent = 0.0

    def read(self) -> float:
        """Per cent since the last reading. Readings in quick succession share one answer."""
        now, spent = self._wall(), self._busy()
        passed = now - self._at
        if passed >= CPU_WINDOW_S_MIN:
            self._percent = round(100 * max(0.0, spent - self._spent) / passed, 1)
            self._at, self._spent = now, spent
        return self._percent


class Overviews:
    def __init__(self, node: MediaNode, sessions: MediaSessions, rooms: Rooms, meter: CpuMeter | None = None) -> None:
        self._node = node
        self._sessions = sessions
        self._rooms = rooms
        self._meter = meter or CpuMeter()

    async def now(self) -> Overview:
        """Rooms are in the order they started, so that a page that shows them is stable."""
        found = [await self._room(room) for room in list(self._sessions.relays)]
        totals = self._sessions.totals()
        return Overview(
            fanout=self._node.fanout_name,
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
        return RoomOverview(room, known.title, known.host, self._sessions.health(room)) if known is not None else None
