"""Members: who is in which room on this node, and the tasks that tell them what happens.

News come from the room log of this process and over the bus from others. What the bus loses is noticed, by the next
event's number or by a look at the heads, and read from SQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

import msgspec
import structlog

from chat import wire
from chat.events import News, Publisher, You, encode
from chat.hall import RESUME_EVENTS_MAX, TAIL_EVENTS_MAX, Hall, Member
from chat.log import RoomLog
from chat.socket import Outlet, write_to_all
from core.bus import Bus
from core.database import Database
from core.ids import ID_CHARS, new_id
from live.audience import Audience
from live.rooms import Rooms

TICK_S = 0.05
COUNTS_EVERY_S = 1.0
HEADS_EVERY_COUNTS = 3  # a look at the heads with every so many looks at the counters
HEADS_PER_READ_MAX = 500
RETRY_S = 0.5
WRITES_PER_TURN_MAX = 500  # then the loop, which media shares, gets its turn
NEWS_BYTES_MAX = 48 * 1024  # of events in one message on the bus

log = structlog.get_logger("chat")

_events_of = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode


def topic(room: str) -> str:
    return f"room:{room}"


class Members:
    def __init__(self, database: Database, bus: Bus, log: RoomLog, rooms: Rooms, audience: Audience) -> None:
        self._database = database
        self._bus = bus
        self._log = log
        self._rooms = rooms
        self._audience = audience
        self._node = new_id().encode()  # before each of our news, to know it when the bus brings it back
        self._halls: dict[str, Hall] = {}
        self._opening: dict[str, asyncio.Lock] = {}
        self._leave_topic: dict[str, Callable[[], None]] = {}
        self._due: dict[Hall, None] = {}  # halls with something to tell, in order
        self._behind: dict[Hall, None] = {}  # halls with something to read
        self._tick = asyncio.Event()
        self._catch_up_due = asyncio.Event()
        log.listen(self._tell)

    # -- coming and going ------------------------------------------------------------------------

    async def join(self, room: str, outlet: Outlet, you: You | None, after: int) -> Member:
        """Enter a room: the welcome with what came after `after` is written, and everything that follows will be."""
        hall = await self._enter(room)
        try:
            if after > hall.seq:  # heard on another node, and not yet here
                await self._catch_up(hall)
            while hall.told < min(after, hall.seq):
                self._make_due(hall)
                await asyncio.sleep(TICK_S)
            counts = self._audience.counts(room)
            member = Member(hall, outlet)
            outlet.write(hall.welcome(you, after, counts.viewers, counts.likes))
            hall.members[member] = outlet
        except BaseException:
            self._exit(hall)
            raise
        return member

    def leave(self, member: Member) -> None:
        member.hall.members.pop(member, None)
        member.hall.answering.discard(member)
        self._exit(member.hall)

    async def _enter(self, room: str) -> Hall:
        hall = self._halls.get(room)
        if hall is None:
            hall = self._halls[room] = Hall(room)
            self._opening[room] = asyncio.Lock()
        hall.users += 1
        try:
            async with self._opening[room]:
                if room not in self._leave_topic:
                    # First listen, then read: what happens in between is heard, and read again where it is missing.
                    leave_topic = self._bus.subscribe(topic(room), lambda news: self._hear(hall, news))
                    try:
                        await self._fill(hall)
                    except BaseException:
                        leave_topic()
                        raise
                    self._leave_topic[room] = leave_topic
        except BaseException:
            self._exit(hall)
            raise
        return hall

    def _exit(self, hall: Hall) -> None:
        hall.users -= 1
        if hall.users == 0:
            del self._halls[hall.room], self._opening[hall.room]
            self._due.pop(hall, None)
            self._behind.pop(hall, None)
            if leave_topic := self._leave_topic.pop(hall.room, None):
                leave_topic()

    # -- news ------------------------------------------------------------------------------------

    def tell_publisher(self, room: str, present: bool) -> None:
        """The picture stopped or came back."""
        self._tell(room, [encode(Publisher(present))])

    def _tell(self, room: str, events: Sequence[bytes]) -> None:
        """Take news of this process to everybody: here at once, elsewhere over the bus."""
        if (hall := self._halls.get(room)) is not None:
            self._take_in(hall, events)
        for part in wire.portions(events, NEWS_BYTES_MAX):
            self._bus.publish(topic(room), self._node + wire.array(part))

    def _hear(self, hall: Hall, news: bytes) -> None:
        if not news.startswith(self._node):
            self._take_in(hall, map(bytes, _events_of(news[ID_CHARS:])))

    def _take_in(self, hall: Hall, events: Iterable[bytes]) -> None:
        hall.hear(events)
        if hall.waiting:
            self._make_due(hall)
        if hall.behind:
            self._make_catch_up_due(hall)

    def answer(self, member: Member, answer: News, seq: int = 0) -> None:
        """Tell one member something with the next tick, and not before the event `seq`."""
        member.answer(answer, seq)
        self._make_due(member.hall)

    def _make_due(self, hall: Hall) -> None:
        self._due[hall] = None
        self._tick.set()

    def _make_catch_up_due(self, hall: Hall) -> None:
        self._behind[hall] = None
        self._catch_up_due.set()

    # -- tasks -----------------------------------------------------------------------------------

    async def run_ticks(self) -> None:
        """Tell what there is to tell: at once where it is quiet, else all that came within a tick together."""
        while True:
            await self._tick.wait()
            self._tick.clear()
            due, self._due = self._due, {}
            for hall in due:
                await self._tell_members(hall)
            await asyncio.sleep(TICK_S)

    async def _tell_members(self, hall: Hall) -> None:
        frames = hall.take()
        if frames:
            outlets = list(hall.members.values())
            for start in range(0, len(outlets), WRITES_PER_TURN_MAX):
                write_to_all(outlets[start : start + WRITES_PER_TURN_MAX], frames)
                await asyncio.sleep(0)
        answering, hall.answering = hall.answering, set()
        hall.answering.update([member for member in answering if member.send_answers()])

    async def run_counts(self) -> None:
        """Tell counters that changed, once a second; now and then look whether a log grew unheard."""
        looks = 0
        while True:
            await asyncio.sleep(COUNTS_EVERY_S)
            looks += 1
            for hall in list(self._halls.values()):
                counts = self._audience.counts(hall.room)
                hall.count(counts.viewers, counts.likes)
                if hall.waiting:
                    self._make_due(hall)
            if looks % HEADS_EVERY_COUNTS == 0:
                await self._look_at_heads()

    async def _look_at_heads(self) -> None:
        rooms = list(self._halls)
        for start in range(0, len(rooms), HEADS_PER_READ_MAX):
            some = rooms[start : start + HEADS_PER_READ_MAX]
            try:
                heads = await self._database.read_async(lambda c, some=some: self._log.heads(c, some))  # type: ignore[misc]
            except Exception as fault:  # the database is away; the next look is soon
                log.warning("cannot look at the rooms' heads", error=repr(fault))
                return
            for room, seq in heads.items():
                if (hall := self._halls.get(room)) is not None and seq > hall.seq:
                    hall.wanted = max(hall.wanted, seq)
                    self._make_catch_up_due(hall)

    async def run_catch_up(self) -> None:
        """Read from SQL what the bus did not bring."""
        while True:
            await self._catch_up_due.wait()
            self._catch_up_due.clear()
            behind, self._behind = self._behind, {}
            for hall in behind:
                try:
                    await self._catch_up(hall)
                except Exception as fault:
                    log.warning("cannot read a room's log, trying again", room=hall.room, error=repr(fault))
                    await asyncio.sleep(RETRY_S)
                    self._make_catch_up_due(hall)

    async def _catch_up(self, hall: Hall) -> None:
        """Read until the hall has heard everything; too much of it is skipped, with a gap."""
        after = hall.seq
        missing = await self._database.read_async(
            lambda connection: self._log.read(connection, hall.room, after, RESUME_EVENTS_MAX + 1)
        )
        if len(missing) > RESUME_EVENTS_MAX:
            await self._fill(hall)
        elif missing:
            self._take_in(hall, map(encode, missing))
        if hall.waiting and hall.room in self._halls:
            self._make_due(hall)

    async def _fill(self, hall: Hall) -> None:
        end = await self._database.read_async(lambda connection: self._log.end(connection, hall.room, TAIL_EVENTS_MAX))
        if end.seq >= hall.seq:
            hall.fill(end.seq, end.coins, [encode(event) for event in end.events])
        before = hall.state
        room = await self._rooms.room(hall.room)
        if room is not None and hall.state == before:  # else an event has told us meanwhile
            hall.state = room.state
        if hall.behind:
            self._make_catch_up_due(hall)
