"""The members of each room on this node, and the tasks that send them events.

Events come from this process's room log and, over the bus, from other nodes. An event the bus lost is noticed by the
next event's number, or when the heads are compared, and is read from SQL.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

import msgspec
import structlog

from chat import wire
from chat.events import News, Publisher, Veiled, You, encode
from chat.kinds.room_view import RoomView
from chat.log import RoomLog
from chat.room_broadcast import RESUME_EVENTS_MAX, TAIL_EVENTS_MAX, Member, RoomBroadcast
from chat.socket import SocketWriter, write_to_all
from core.bus import Bus
from core.database import Database
from core.ids import ID_CHARS, new_id
from core.outages import is_outage
from live.audience import Audience

TICK_S = 0.05
COUNTS_EVERY_S = 1.0
HEADS_PER_READ_MAX = 500
RETRY_S = 0.5
WRITES_PER_ROUND_MAX = 500  # then yield to the event loop, which media shares
BUS_MESSAGE_BYTES_MAX = 48 * 1024  # of events

log = structlog.get_logger("chat")

_events_of = msgspec.msgpack.Decoder(list[msgspec.Raw]).decode


def topic(room: str) -> str:
    return f"room:{room}"


class Members:
    def __init__(self, database: Database, bus: Bus, log: RoomLog, audience: Audience) -> None:
        self._database = database
        self._bus = bus
        self._log = log
        self._audience = audience
        self._node = new_id().encode()  # precedes our messages on the bus, so that we know them when they come back
        self._broadcasts: dict[str, RoomBroadcast] = {}
        self._opening: dict[str, asyncio.Lock] = {}
        self._unsubscribe: dict[str, Callable[[], None]] = {}
        self._due: dict[RoomBroadcast, None] = {}  # with something to send, in order
        self._behind: dict[RoomBroadcast, None] = {}  # with something to read
        self._fan_out_due = asyncio.Event()
        self._catch_up_due = asyncio.Event()
        log.listen(self._publish)

    # -- coming and going ------------------------------------------------------------------------

    async def join(self, room: str, writer: SocketWriter, you: You | None, after: int) -> Member:
        """Enter a room: writes the welcome with what came after `after`; everything later follows by itself."""
        broadcast = await self._enter(room)
        try:
            if after > broadcast.seq:  # seen on another node, not here yet
                await self._catch_up(broadcast)
            while broadcast.sent < min(after, broadcast.seq):
                self._schedule_fan_out(broadcast)
                await asyncio.sleep(TICK_S)
            counts = self._audience.counts(room)
            member = Member(broadcast, writer)
            writer.write(broadcast.welcome(you, after, counts.viewers, counts.likes))
            broadcast.members[member] = writer
        except BaseException:
            self._exit(broadcast)
            raise
        return member

    def leave(self, member: Member) -> None:
        member.broadcast.members.pop(member, None)
        member.broadcast.answering.discard(member)
        self._exit(member.broadcast)

    async def _enter(self, room: str) -> RoomBroadcast:
        broadcast = self._broadcasts.get(room)
        if broadcast is None:
            broadcast = self._broadcasts[room] = RoomBroadcast(room)
            self._opening[room] = asyncio.Lock()
        broadcast.users += 1
        try:
            async with self._opening[room]:
                if room not in self._unsubscribe:
                    await self._open(broadcast)
        except BaseException:
            self._exit(broadcast)
            raise
        return broadcast

    async def _open(self, broadcast: RoomBroadcast) -> None:
        # Subscribe first, then read: what happens in between arrives by the bus, and is read again if some is missing.
        unsubscribe = self._bus.subscribe(topic(broadcast.room), lambda message: self._on_bus(broadcast, message))
        try:
            await self._reset(broadcast)
        except BaseException:
            unsubscribe()
            raise
        self._unsubscribe[broadcast.room] = unsubscribe

    def _exit(self, broadcast: RoomBroadcast) -> None:
        broadcast.users -= 1
        if broadcast.users == 0:
            del self._broadcasts[broadcast.room], self._opening[broadcast.room]
            self._due.pop(broadcast, None)
            self._behind.pop(broadcast, None)
            if unsubscribe := self._unsubscribe.pop(broadcast.room, None):
                unsubscribe()

    # -- events ----------------------------------------------------------------------------------

    def send_presence(self, room: str, present: bool) -> None:
        """Notify a room's members on all nodes that its media stopped or returned."""
        self._publish(room, [encode(Publisher(present))])

    def send_veil(self, room: str, veiled: bool) -> None:
        """Have a room's members on all nodes blur its picture, or show it again."""
        self._publish(room, [encode(Veiled(veiled))])

    def _publish(self, room: str, events: Sequence[bytes]) -> None:
        """Pass on events of this process: at once to members here, over the bus to members elsewhere."""
        if (broadcast := self._broadcasts.get(room)) is not None:
            self._add(broadcast, events)
        for portion in wire.portions(events, BUS_MESSAGE_BYTES_MAX):
            self._bus.publish(topic(room), self._node + wire.array(portion))

    def _on_bus(self, broadcast: RoomBroadcast, message: bytes) -> None:
        if not message.startswith(self._node):
            self._add(broadcast, map(bytes, _events_of(message[ID_CHARS:])))

    def _add(self, broadcast: RoomBroadcast, events: Iterable[bytes]) -> None:
        broadcast.add(events)
        if broadcast.pending:
            self._schedule_fan_out(broadcast)
        if broadcast.behind:
            self._schedule_catch_up(broadcast)

    def answer(self, member: Member, answer: News, seq: int = 0) -> None:
        """Send one member something with the next fan-out, but not before the event `seq`."""
        member.answer(answer, seq)
        self._schedule_fan_out(member.broadcast)

    def _schedule_fan_out(self, broadcast: RoomBroadcast) -> None:
        self._due[broadcast] = None
        self._fan_out_due.set()

    def _schedule_catch_up(self, broadcast: RoomBroadcast) -> None:
        self._behind[broadcast] = None
        self._catch_up_due.set()

    # -- tasks -----------------------------------------------------------------------------------

    async def run_fan_out(self) -> None:
        """Send what is pending: at once after a pause, else everything that came within a tick together."""
        while True:
            await self._fan_out_due.wait()
            self._fan_out_due.clear()
            due, self._due = self._due, {}
            for broadcast in due:
                await self._fan_out(broadcast)
            await asyncio.sleep(TICK_S)

    async def _fan_out(self, broadcast: RoomBroadcast) -> None:
        frames = broadcast.drain()
        if frames:
            writers = list(broadcast.members.values())
            for start in range(0, len(writers), WRITES_PER_ROUND_MAX):
                write_to_all(writers[start : start + WRITES_PER_ROUND_MAX], frames)
                await asyncio.sleep(0)
        answering, broadcast.answering = broadcast.answering, set()
        broadcast.answering.update([member for member in answering if member.send_answers()])

    async def run_counts(self) -> None:
        """Send changed counters once a second, and check whether a log grew, or gifts were taken back, without our
        knowledge."""
        while True:
            await asyncio.sleep(COUNTS_EVERY_S)
            for broadcast in list(self._broadcasts.values()):
                self._count(broadcast)
            await self._compare_heads()
            await self._compare_stock()

    def _count(self, broadcast: RoomBroadcast) -> None:
        counts = self._audience.counts(broadcast.room)
        broadcast.count(counts.viewers, counts.likes)
        if broadcast.pending:
            self._schedule_fan_out(broadcast)

    async def _compare_heads(self) -> None:
        rooms = list(self._broadcasts)
        for start in range(0, len(rooms), HEADS_PER_READ_MAX):
            some = rooms[start : start + HEADS_PER_READ_MAX]
            try:
                heads = await self._database.read_async(lambda c, some=some: self._log.heads(c, some))  # type: ignore[misc]
            except Exception as fault:  # the next comparison is soon
                if not is_outage(fault):
                    log.exception("cannot read the rooms' heads")
                return
            for room, head in heads.items():
                if (broadcast := self._broadcasts.get(room)) is None:
                    continue
                if head.seq > broadcast.seq:
                    broadcast.wanted = max(broadcast.wanted, head.seq)
                    self._schedule_catch_up(broadcast)
                elif broadcast.correct(head.seq, head.coins):
                    self._count(broadcast)

    async def _compare_stock(self) -> None:
        """Pieces are held, sold, released and added elsewhere: members see how many are left within a second."""
        rooms = {pin: room for room, broadcast in self._broadcasts.items() if (pin := broadcast.pin) is not None}
        if not rooms:
            return
        try:
            left = await self._database.read_async(lambda c: self._log.goods.left(c, list(rooms)))
        except Exception as fault:  # the next comparison is soon
            if not is_outage(fault):
                log.exception("cannot read the stock of pinned products")
            return
        for pin, count in left.items():
            if (broadcast := self._broadcasts.get(rooms[pin])) is not None:
                broadcast.stock(pin, count)
                if broadcast.pending:
                    self._schedule_fan_out(broadcast)

    async def run_catch_up(self) -> None:
        """Read missing events from SQL."""
        while True:
            await self._catch_up_due.wait()
            self._catch_up_due.clear()
            behind, self._behind = self._behind, {}
            for broadcast in behind:
                try:
                    await self._catch_up(broadcast)
                except Exception as fault:
                    if not is_outage(fault):
                        log.exception("cannot read a room's log, trying again", room=broadcast.room)
                    await asyncio.sleep(RETRY_S)
                    self._schedule_catch_up(broadcast)

    async def _catch_up(self, broadcast: RoomBroadcast) -> None:
        """Read what is missing; if that is too much, start over, with a gap."""
        after = broadcast.seq
        missing = await self._database.read_async(
            lambda connection: self._log.read(connection, broadcast.room, after, RESUME_EVENTS_MAX + 1)
        )
        if len(missing) > RESUME_EVENTS_MAX:
            await self._reset(broadcast)
        elif missing:
            self._add(broadcast, map(encode, missing))
        if broadcast.pending and broadcast.room in self._broadcasts:
            self._schedule_fan_out(broadcast)

    async def _reset(self, broadcast: RoomBroadcast) -> None:
        room = broadcast.room
        end = await self._database.read_async(lambda connection: self._log.end(connection, room, TAIL_EVENTS_MAX))
        if end.seq >= broadcast.seq:
            tail = [encode(event) for event in end.events]
            broadcast.reset(RoomView(end.seq, end.state, end.coins, tail, end.effect, end.goal, end.pin, end.modes))
        if broadcast.behind:
            self._schedule_catch_up(broadcast)
