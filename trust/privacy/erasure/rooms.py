"""Ends the rooms of people who leave. Only a server can: a room's end is told on its event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from sqlalchemy import select

from core.clock import Clock
from core.database import Database
from core.outages import is_outage
from trust.privacy.tables import privacy_erasures

POLL_S = 2.0
JUST_ASKED_MS = 60_000
AT_ONCE_MAX = 100

EndRooms = Callable[[str], Awaitable[None]]


class LeftRooms:
    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._end: EndRooms | None = None

    def end_by(self, end: EndRooms) -> None:
        self._end = end

    async def run(self) -> None:
        """End the rooms of who has just asked to be erased, or is being erased, until cancelled."""
        while True:
            await asyncio.sleep(POLL_S)
            try:
                await self.end_all()
            except Exception as error:
                if not is_outage(error):
                    raise

    async def end_all(self) -> None:
        c = privacy_erasures.c
        asked = (c.state == "waiting") & (c.asked_at > self._clock() - JUST_ASKED_MS)
        leaving = select(c.person).where(asked | (c.state == "running")).limit(AT_ONCE_MAX)
        people = await self._database.read_async(lambda connection: connection.execute(leaving).scalars().all())
        for person in people if self._end is not None else ():
            assert self._end is not None
            await self._end(person)
