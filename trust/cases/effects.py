"""What a decision does outside its transaction: ending rooms, removing lines of chat.

The decision says in its row that this is still due, so that it is done even if the process dies in between.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from sqlalchemy import Row, select, text, update

from core.database import Database
from core.errors import Refusal
from core.outages import is_outage
from trust.cases.subjects import Subjects
from trust.cases.tables import decisions

POLL_S = 5.0  # for those that another process left
AT_ONCE_MAX = 50

EndRooms = Callable[[str], Awaitable[None]]
"""(person) ends all of somebody's rooms."""

log = structlog.get_logger("trust")


class Effects:
    def __init__(self, database: Database, subjects: Subjects) -> None:
        self._database = database
        self._subjects = subjects
        self._end_rooms: EndRooms | None = None
        self._woken = asyncio.Event()

    def end_rooms_by(self, end_rooms: EndRooms) -> None:
        self._end_rooms = end_rooms

    def wake(self) -> None:
        """Something is due. On the event loop."""
        self._woken.set()

    async def run(self) -> None:
        """Do what is due until cancelled."""
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL_S)
            self._woken.clear()
            try:
                await self.do_due()
            except Exception as error:
                if not is_outage(error):
                    raise

    async def do_due(self) -> None:
        due = select(decisions).where(text("effect_due = 1")).order_by(decisions.c.id).limit(AT_ONCE_MAX)
        for row in await self._database.read_async(lambda c: c.execute(due).all()):
            try:
                await self._do(row)
            except Refusal as refusal:  # its subject is gone, so there is nothing left to do
                log.info("effect of a decision", decision=row.id, refused=refusal.code)
            done = update(decisions).where(decisions.c.id == row.id).values(effect_due=0)
            await self._database.write_async(lambda c, done=done: c.execute(done))  # type: ignore[misc]

    async def _do(self, row: Row[Any]) -> None:
        effect = self._subjects.of(row.kind).effect
        if row.content == "hide" and effect is not None:
            await effect(row.subject, row.id)
        if row.measure in ("live", "account") and self._end_rooms is not None:
            await self._end_rooms(row.about)
