"""The filters of the rooms on this node: compiled once, and again when somebody changes them on any node.

A change is in force at once over the bus, within a second without it. Judging a line awaits and reads nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable, Iterable

import structlog
from sqlalchemy import select

from chat.filters.filter import NOTHING, Filter, Line, Verdict, worst
from chat.filters.lists import PLATFORM, read_filters
from chat.filters.tables import chat_filters
from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.outages import is_outage

TOPIC = "filters"
POLL_S = 0.5  # the bus may lose messages
OVERLAP_MS = 5_000  # a row may be committed a while after its time, by a node whose clock is behind
CHANGED_MAX = 5_000  # rows that one reading looks at

_CHANGED = select(chat_filters.c.owner, chat_filters.c.changed_at)

log = structlog.get_logger("chat")


class Filters:
    """Use it on the event loop."""

    def __init__(self, database: Database, bus: Bus, clock: Clock) -> None:
        self._database = database
        self._bus = bus
        self._clock = clock
        self._compiled: dict[str, Filter] = {}  # of hosts with connections here, and the server's
        self._users: Counter[str] = Counter()
        self._due: set[str] = set()  # only of those that are compiled
        self._woken = asyncio.Event()
        self._since = 0
        bus.subscribe(TOPIC, lambda message: self._expect(message.decode()))

    async def use(self, host: str) -> Callable[[], None]:
        """Have a host's filter, and the server's, ready for `judge` until the returned function is called."""
        self._users[host] += 1

        def leave() -> None:
            self._users[host] -= 1
            if not self._users[host]:
                del self._users[host]
                self._compiled.pop(host, None)
            if not self._users:  # then nothing is followed
                self._compiled.clear()

        try:
            if missing := [one for one in (host, PLATFORM) if one not in self._compiled]:
                await self._load(missing)
        except BaseException:
            leave()
            raise
        return leave

    def judge(self, host: str, text: str) -> Verdict | None:
        """What becomes of a line in a room of a host for whom `use` was called."""
        line = Line(text)
        return worst([self._compiled.get(owner, NOTHING).judge(line) for owner in (PLATFORM, host)])

    def announce(self, owner: str) -> None:
        """A change is committed: read it here and on the other nodes."""
        self._expect(owner)
        self._bus.publish(TOPIC, owner.encode())

    def _expect(self, owner: str) -> None:
        if owner in self._users or owner == PLATFORM:
            self._due.add(owner)
            self._woken.set()

    async def run(self) -> None:
        """Follow changes until cancelled."""
        self._since = self._clock() - OVERLAP_MS
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._woken.wait(), POLL_S)
            self._woken.clear()
            try:
                await self._follow()
            except Exception as fault:  # the next reading is soon
                if not is_outage(fault):
                    log.exception("cannot read the filters of chat")
                await asyncio.sleep(POLL_S)

    async def _follow(self) -> None:
        """Read what was announced, and what changed without our knowledge."""
        if not self._users:
            return
        due, self._due = self._due, set()
        since, now = self._since, self._clock()
        newest = _CHANGED.where(chat_filters.c.changed_at >= since).order_by(chat_filters.c.changed_at.desc())
        try:
            rows = await self._database.read_async(lambda c: c.execute(newest.limit(CHANGED_MAX)).all())
            due |= {row.owner for row in rows if self._at(row.owner) < row.changed_at}
            await self._load(due & {PLATFORM, *self._users})
        except BaseException:
            self._due |= due
            raise
        self._since = now - OVERLAP_MS

    def _at(self, owner: str) -> int:
        compiled = self._compiled.get(owner)
        return compiled.changed_at if compiled is not None else 0

    async def _load(self, owners: Iterable[str]) -> None:
        if not (wanted := set(owners)):
            return
        found = await self._database.read_async(lambda c: read_filters(c, wanted))
        for owner in wanted:
            # Of two readings that cross, the newer one counts; who has left meanwhile needs none.
            if (owner in self._users or owner == PLATFORM) and found.get(owner, NOTHING).changed_at >= self._at(owner):
                self._compiled[owner] = found.get(owner, NOTHING)
