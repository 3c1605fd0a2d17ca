"""Airtime: how long each room's picture was measured, watched, and dull.

A room that earns much with a black or still picture and hardly anybody watching is a known way to launder money, and
only the relay sees the picture. It is measured from bitrate and frame rate; nothing is decoded.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select, update

from core.database import Database
from core.outages import is_outage
from live.monitoring.health import Health
from live.sessions import MediaSessions
from live.tables import rooms

AIRTIME_S = 10.0
DULL_BPS_MAX = 30_000  # of video: cameras and screens that show anything alive need several times as much
DULL_FRAMES_PER_SECOND_MAX = 1.0
AIRTIME_ROOMS_MAX = 1_000

_add = (
    update(rooms)
    .where(rooms.c.id == bindparam("room"))
    .values(
        measured_ms=rooms.c.measured_ms + bindparam("measured"),
        watched_ms=rooms.c.watched_ms + bindparam("watched"),
        dull_ms=rooms.c.dull_ms + bindparam("dull"),
    )
)


class RoomAirtime(NamedTuple):
    """A room of a host. `watched_ms`: the time of all its viewers together; `dull_ms`: of `measured_ms`."""

    room: str
    started_at: int
    measured_ms: int
    watched_ms: int
    dull_ms: int


class Airtime:
    def __init__(
        self, database: Database, sessions: MediaSessions, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._sessions = sessions
        self._clock = clock
        self._at = clock()

    async def run(self) -> None:
        """Add up what this node's rooms show, until cancelled."""
        while True:
            await asyncio.sleep(AIRTIME_S)
            try:
                await self.add()
            except Exception as error:
                if not is_outage(error):  # the ten seconds are lost: a share of the time, not an amount
                    raise

    async def add(self) -> None:
        """Add the time since the last call to the rooms that are live here."""
        now = self._clock()
        passed, self._at = int((now - self._at) * 1000), now
        healths = ((room, self._sessions.health(room)) for room in list(self._sessions.relays))
        rows = [_row(room, health, passed) for room, health in healths if health.publishing]
        if rows:
            await self._database.write_async(lambda connection: connection.execute(_add, rows))


def is_dull(health: Health) -> bool:
    """Whether hardly anything moves in the best picture on offer, or there is none."""
    if not health.layers:
        return True
    best = health.layers[0]
    return best.bitrate_bps < DULL_BPS_MAX or best.frames_per_second < DULL_FRAMES_PER_SECOND_MAX


def airtime(connection: Connection, host: str, since: int) -> Sequence[RoomAirtime]:
    """The airtime of a host's latest rooms since a moment (Unix ms), the newest first."""
    rows = connection.execute(
        select(rooms.c.id, rooms.c.started_at, rooms.c.measured_ms, rooms.c.watched_ms, rooms.c.dull_ms)
        .where(rooms.c.host == host, rooms.c.started_at >= since)
        .order_by(rooms.c.id.desc())
        .limit(AIRTIME_ROOMS_MAX)
    )
    return [RoomAirtime(*row) for row in rows]


def _row(room: str, health: Health, passed: int) -> dict[str, Any]:
    return {
        "room": room,
        "measured": passed,
        "watched": passed * health.viewers,
        "dull": passed if is_dull(health) else 0,
    }
