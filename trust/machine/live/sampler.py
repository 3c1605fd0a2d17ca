"""The sampler: takes the last keyframe of each live room now and then, and has it looked at by one child process.

Everything that could take time happens in a thread and in the child. A queue that is full, a child that hangs or dies
costs samples; media never waits for any of it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import structlog
from sqlalchemy import Connection, update

from core.database import Database
from core.executors import BoundedExecutor
from core.outages import is_outage
from trust.machine.judging.bands import Band
from trust.machine.judging.judge import Judge
from trust.machine.sight.messages import KEYFRAME_BYTES_MAX
from trust.machine.sight.process import Looker
from trust.machine.tables import machine_sights

EVERY_S = 10.0
EVERY_NEW_S = 3.0  # rooms of accounts that are not NEW_DAYS old
NEW_DAYS = 7
TICK_S = 0.5
QUEUE_SAMPLES_MAX = 4

log = structlog.get_logger("moderation")


class Keyframe(NamedTuple):
    """The RTP payloads of a keyframe of the smallest layer. `number` grows with each."""

    codec: str
    number: int
    payloads: tuple[bytes, ...]


class Tap(Protocol):
    """The live rooms of this node, on the event loop."""

    def rooms(self) -> Sequence[str]: ...

    def keyframe(self, room: str) -> Keyframe | None:
        """The last one, if all of it is still there."""

    def request(self, room: str) -> None:
        """Have the publisher send one."""


class Host(NamedTuple):
    id: str
    is_new: bool


HostOf = Callable[[str], Host | None]
"""(room): blocks."""
OnBand = Callable[[str, Band], None]
"""(room, band): called on the event loop when it has changed."""


@dataclass(slots=True)
class _Room:
    due: float
    host: Host | None = None
    number: int = -1
    band: Band = "nothing"
    waiting: bool = False  # its sample is in the queue


class Sampler:
    def __init__(self, database: Database, judge: Judge, looker: Looker) -> None:
        self._database = database
        self._judge = judge
        self._looker = looker
        self._thread = BoundedExecutor("moderation", 1, QUEUE_SAMPLES_MAX)  # waits for the child
        self._tap: Tap | None = None
        self._host_of: HostOf = lambda _: None
        self._on_band: OnBand = lambda *_: None
        self._rooms: dict[str, _Room] = {}
        self._queue: asyncio.Queue[tuple[str, Keyframe]] = asyncio.Queue(QUEUE_SAMPLES_MAX)
        self.taken = self.dropped = 0

    def connect(self, tap: Tap, host_of: HostOf, on_band: OnBand) -> None:
        self._tap, self._host_of, self._on_band = tap, host_of, on_band

    def soon(self, room: str) -> None:
        """Look at this room now: somebody has reported it. May be called from any thread."""
        known = self._rooms.get(room)
        if known is not None:
            known.due = 0.0

    def band(self, room: str) -> Band:
        known = self._rooms.get(room)
        return known.band if known is not None else "nothing"

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._look(), name="machine-live-looking")
            while True:
                await asyncio.sleep(TICK_S)
                try:
                    await self.tick(time.monotonic())
                except Exception as error:
                    if not is_outage(error):
                        raise

    async def tick(self, now: float) -> None:
        """Take the samples that are due, the longest waiting first."""
        tap = self._tap
        if tap is None:
            return
        present = set(tap.rooms())
        for gone in self._rooms.keys() - present:
            del self._rooms[gone]
            await self._database.write_async(lambda c, gone=gone: _forget_picture(c, gone))  # type: ignore[misc]
        for room in present - self._rooms.keys():
            host = await self._database.executor.run(self._host_of, room)
            self._rooms[room] = _Room(now, host)
        for room, known in sorted(self._rooms.items(), key=lambda item: item[1].due):
            if known.due > now or known.waiting:
                continue
            self._take(tap, room, known, now)

    def _take(self, tap: Tap, room: str, known: _Room, now: float) -> None:
        keyframe = tap.keyframe(room)
        if keyframe is None or keyframe.number == known.number:
            tap.request(room)
            return
        known.number = keyframe.number
        known.due = now + (EVERY_NEW_S if known.host is not None and known.host.is_new else EVERY_S)
        if sum(map(len, keyframe.payloads)) > KEYFRAME_BYTES_MAX:
            return
        try:
            self._queue.put_nowait((room, keyframe))
        except asyncio.QueueFull:
            self.dropped += 1
        else:
            known.waiting = True
            self.taken += 1

    async def _look(self) -> None:
        while True:
            room, keyframe = await self._queue.get()
            try:
                await self._look_at(room, keyframe)
            except Exception as error:
                if not is_outage(error):
                    raise
            finally:
                if (known := self._rooms.get(room)) is not None:
                    known.waiting = False

    async def _look_at(self, room: str, keyframe: Keyframe) -> None:
        answer = await self._thread.run(self._looker.look_at_keyframe, keyframe.codec, keyframe.payloads)
        known = self._rooms.get(room)
        if answer is None or known is None or known.host is None:
            self.dropped += answer is None
            return
        about = known.host.id
        band = await self._database.write_async(lambda c: self._judge.room(c, room, about, answer))
        if band != known.band or band == "hold":  # again and again, for those who have just come
            known.band = band
            self._on_band(room, band)

    def close(self) -> None:
        self._thread.close(0)
        self._looker.close()


def _forget_picture(connection: Connection, room: str) -> None:
    """The picture of a room is kept only while it is live."""
    mine = machine_sights.c.kind == "room", machine_sights.c.subject == room
    connection.execute(update(machine_sights).where(*mine).values(thumbnail=b"", held=0))
