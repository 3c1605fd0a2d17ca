"""Keeps all open tabs of a person up to date: how much is unread, within a second of the commit.

Whoever changes an inbox says so before its commit (`expect`), on this node and by the bus on the others. The nodes at
which the person has a tab then look at the inbox's version until it has grown, with growing pauses. What this misses,
because a commit took long or a message got lost, a sweep over all connected people finds.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field

import msgspec
import structlog
from sqlalchemy import Connection, select

from core.bus import PAYLOAD_BYTES_MAX, Bus
from core.database import Database
from core.errors import Refusal
from core.http.protocol import SEND_BUFFER_BYTES_MAX, WebSocket
from core.http.protocol.frames import Opcode, control
from core.identity import Identity
from core.ids import ID_CHARS
from core.outages import is_outage
from people.inbox.reading import Inboxes
from people.tables import inboxes

TOPIC = "inboxes"
LOOK_AGAIN_S = (0.02, 0.06, 0.15, 0.35, 0.8)  # after `expect`, until the version has grown
SWEEP_S = 2.0
PEOPLE_PER_READ_MAX = 500
IDENTITY_S_MAX = 60.0  # then it is looked up again before anything is sent
SLOW_READER = 4008
SIGNED_OUT = 4001
NOTHING_TO_SAY = 1008

Identify = Callable[[], Awaitable[Identity | None]]

log = structlog.get_logger("inbox")


class State(msgspec.Struct, tag_field="type", tag="state"):
    """The only message: how many groups are unread, and the inbox's version, which grows with each change."""

    unread: int
    version: int


class Tab:
    """One connection of one person. It only listens."""

    __slots__ = ("_checked_at", "_identify", "_live", "person", "socket")

    def __init__(self, live: LiveInboxes, socket: WebSocket, person: str, identify: Identify) -> None:
        self._live = live
        self._identify = identify
        self._checked_at = time.monotonic()
        self.socket = socket
        self.person = person

    def on_message(self, _: bytes | str) -> None:
        self.socket.close(NOTHING_TO_SAY, "this connection is for listening")

    def on_closed(self) -> None:
        self._live.leave(self)

    async def may_listen(self) -> bool:
        """Whether its session still stands; asked at most once in IDENTITY_S_MAX."""
        if time.monotonic() - self._checked_at > IDENTITY_S_MAX:
            try:
                who = await self._identify()
            except Refusal:  # such as of an account that may not act any more
                who = None
            if who is None or who.id != self.person:
                self.socket.close(SIGNED_OUT, "signed out")
                return False
            self._checked_at = time.monotonic()
        return True

    def send(self, frame: bytes) -> None:
        transport = self.socket.transport
        if self.socket.closed or transport.is_closing():
            return
        if transport.get_write_buffer_size() > SEND_BUFFER_BYTES_MAX:
            self.socket.close(SLOW_READER, "too slow")
        else:
            transport.write(frame)


@dataclass(slots=True)
class _Listener:
    """A person with tabs at this node. `version`: the last one sent; `looks`: how often it was looked for a new one."""

    tabs: set[Tab] = field(default_factory=set)
    version: int = -1
    looks: int = 0
    look_at: float | None = None  # on the monotonic clock


class LiveInboxes:
    """Use it on the event loop, except `expect`."""

    def __init__(self, database: Database, bus: Bus, inboxes_: Inboxes) -> None:
        self._database = database
        self._bus = bus
        self._inboxes = inboxes_
        self._listeners: dict[str, _Listener] = {}
        self._pending: set[str] = set()  # people whose listener has a `look_at`
        self.tabs = 0  # open connections to this process
        self._loop: asyncio.AbstractEventLoop | None = None
        self._due = asyncio.Event()
        bus.subscribe(TOPIC, self._on_bus)

    def tabs_of(self, person: str) -> int:
        listener = self._listeners.get(person)
        return len(listener.tabs) if listener else 0

    def expect(self, people: Iterable[str]) -> None:
        """These inboxes are about to change. May be called from any thread; does nothing where no tabs are served."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._expect, list(people))

    def _expect(self, people: Sequence[str]) -> None:
        self._look_soon(people)
        step = PAYLOAD_BYTES_MAX // (ID_CHARS + 1)
        for start in range(0, len(people), step):
            self._bus.publish(TOPIC, ",".join(people[start : start + step]).encode())

    def _on_bus(self, payload: bytes) -> None:
        self._look_soon(payload.decode().split(","))

    def _look_soon(self, people: Iterable[str]) -> None:
        now = time.monotonic()
        for person in people:
            if (listener := self._listeners.get(person)) is not None:
                listener.looks, listener.look_at = 0, now + LOOK_AGAIN_S[0]
                self._pending.add(person)
                self._due.set()

    # -- tabs ------------------------------------------------------------------------------------

    def enter(self, tab: Tab) -> None:
        """Begin to keep a tab up to date; its first message follows at once."""
        listener = self._listeners.setdefault(tab.person, _Listener())
        listener.tabs.add(tab)
        self.tabs += 1
        listener.version, listener.looks, listener.look_at = -1, 0, time.monotonic()
        self._pending.add(tab.person)
        self._due.set()

    def leave(self, tab: Tab) -> None:
        listener = self._listeners.get(tab.person)
        if listener is not None and tab in listener.tabs:
            listener.tabs.discard(tab)
            self.tabs -= 1
            if not listener.tabs:
                del self._listeners[tab.person]
                self._pending.discard(tab.person)

    # -- the task --------------------------------------------------------------------------------

    async def run(self) -> None:
        self._loop = asyncio.get_running_loop()
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._look(), name="inbox-look")
                tasks.create_task(self._sweep(), name="inbox-sweep")
        finally:
            self._loop = None

    async def _look(self) -> None:
        while True:
            self._due.clear()
            waiting = {person: self._listeners[person].look_at or 0.0 for person in self._pending}
            if not waiting:
                await self._due.wait()
                continue
            now = time.monotonic()
            if (pause := min(waiting.values()) - now) > 0:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(pause):
                        await self._due.wait()
                continue
            due = [person for person, at in waiting.items() if at <= now]
            await self._look_at(due[:PEOPLE_PER_READ_MAX])

    async def _sweep(self) -> None:
        while True:
            await asyncio.sleep(SWEEP_S)
            connected = list(self._listeners)
            for start in range(0, len(connected), PEOPLE_PER_READ_MAX):
                await self._look_at(connected[start : start + PEOPLE_PER_READ_MAX], again=False)

    async def _look_at(self, people: Sequence[str], *, again: bool = True) -> None:
        """Send to whose inbox has another version. The others are looked at again, a few times."""
        now = time.monotonic()
        for person in people if again else ():
            if (listener := self._listeners.get(person)) is not None:
                listener.looks += 1
                if listener.looks < len(LOOK_AGAIN_S):
                    listener.look_at = now + LOOK_AGAIN_S[listener.looks]
                else:
                    listener.look_at = None
                    self._pending.discard(person)
        known = {person: one.version for person in people if (one := self._listeners.get(person)) is not None}
        try:
            states = await self._database.read_async(lambda c: self._changed(c, known))
            for person, state in states.items():
                await self._send(person, state)
        except Exception as error:
            if not is_outage(error):
                raise

    def _changed(self, connection: Connection, known: dict[str, int]) -> dict[str, State]:
        """The inboxes of which another version than the known one has been sent."""
        rows = connection.execute(select(inboxes.c.person, inboxes.c.version).where(inboxes.c.person.in_(known)))
        versions = dict.fromkeys(known, 0) | {row.person: row.version for row in rows}
        return {
            person: State(self._inboxes.unread(connection, person), version)
            for person, version in versions.items()
            if version != known[person]
        }

    async def _send(self, person: str, state: State) -> None:
        listener = self._listeners.get(person)
        if listener is None:
            return
        frame = control(Opcode.TEXT, msgspec.json.encode(state))
        for tab in list(listener.tabs):
            if await tab.may_listen():
                tab.send(frame)
        listener.version = state.version
