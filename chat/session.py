"""A session: one connection in one room, with its identity, its permissions and the answers to its messages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog

from chat import wire
from chat.batch import Appended
from chat.errors import HeldLine
from chat.events import HeldChanged, HeldRefused, News, Ok, Refused, RoomRole, You, YouAre
from chat.filters.filters import Filters
from chat.filters.news import Decided, HeldNews
from chat.kinds import COUNTERS, KINDS
from chat.kinds.entry import Entry
from chat.kinds.kind import Command, Counter, Request
from chat.log import RoomLog
from chat.members import Members
from chat.moderation.standing import NOBODY, PERMISSIONS, Standing
from chat.moderation.standings import Standings
from chat.room_broadcast import Member
from chat.socket import SocketWriter
from core.errors import NotAllowed, NotSignedIn, RateExceeded, Refusal, Unavailable
from core.http.protocol import WebSocket
from core.identity import Identity, may
from core.ids import new_id
from core.limits import Limiter, Rate
from core.outages import is_outage
from live.audience import Audience
from live.rooms import Room, Rooms

MESSAGE_RATE = Rate(30, 1)  # a connection's
EXCESS_RATE = Rate(100, 10)  # of its messages beyond that: they are refused; still more close the connection
UNANSWERED_MAX = 100  # then nothing more is read from the connection until something is answered
IDENTITY_S_MAX = 60.0  # then it is looked up again: sessions end, roles change, people turn 18

TOO_MANY_MESSAGES = 1008
BANNED = 4003

Identify = Callable[[], Awaitable[Identity | None]]

_KINDS = {kind.posts: kind for kind in KINDS}
_COUNTERS: dict[type[Command], type[Counter[Any]]] = {counter.counts: counter for counter in COUNTERS}

log = structlog.get_logger("chat")


@dataclass(frozen=True, slots=True)
class ChatServices:
    """What all sessions share."""

    log: RoomLog
    members: Members
    rooms: Rooms
    audience: Audience
    standings: Standings
    filters: Filters
    held: HeldNews


class ChatSession:
    """Has no task of its own: a message is handled at once, unless something must be awaited first."""

    __slots__ = (
        "_address", "_answered", "_id", "_identify", "_limiter", "_member", "_room", "_services", "_socket",
        "_standing", "_unanswered", "_who", "_who_until",
    )  # fmt: skip

    def __init__(
        self,
        services: ChatServices,
        room: Room,
        limiter: Limiter,
        who: Identity | None,
        identify: Identify,
        address: str,
        standing: Standing = NOBODY,
    ) -> None:
        """`identify` looks `who` up again from time to time. `address`: what limits of strangers are counted for."""
        self._services = services
        self._room = room
        self._limiter = limiter
        self._identify = identify
        self._address = address
        self._id = new_id()
        self._who = who
        self._standing = standing
        self._who_until = time.monotonic() + IDENTITY_S_MAX
        self._unanswered = 0
        self._answered: asyncio.Event | None = None
        self._member: Member | None = None
        self._socket: WebSocket | None = None

    @property
    def host(self) -> str:
        """The id of the room's host."""
        return self._room.host.id

    @property
    def room(self) -> str:
        """The room's id."""
        return self._room.id

    async def enter(self, socket: WebSocket, after: int) -> None:
        self._socket = socket
        writer = SocketWriter.of(socket)
        self._member = await self._services.members.join(self._room.id, writer, await self._you(), after)

    def on_closed(self) -> None:
        self._socket = None
        if self._member is not None:
            self._services.members.leave(self._member)
            self._member = None

    def on_message(self, message: bytes | str) -> Awaitable[None] | None:
        """Do what a message asks for; its answer comes later. Returns what must be awaited before the next one."""
        command = wire.parse(message)
        try:
            self._limiter.consume("chat message", self._id, MESSAGE_RATE)
        except RateExceeded as refusal:
            self._answer(wire.refused(getattr(command, "id", None), refusal))
            if self._limiter.wait("chat messages beyond the rate", self._id, EXCESS_RATE) and self._socket is not None:
                self._socket.close(TOO_MANY_MESSAGES, "too many messages")
            return None
        if isinstance(command, Refused):
            self._answer(command)
        elif isinstance(command, Request) and time.monotonic() < self._who_until:
            self._try_post(command)
        else:
            return self._handle(command)
        return self._until_answered() if self._unanswered >= UNANSWERED_MAX else None

    async def _handle(self, command: Command) -> None:
        try:
            await self._refresh_identity()
            if isinstance(command, Request):
                self._post(command)
            else:
                await self._count(command)
        except Refusal as refusal:
            self._answer(wire.refused(getattr(command, "id", None), refusal))
        except Exception as error:
            if not is_outage(error):
                raise
            self._answer(wire.refused(getattr(command, "id", None), Unavailable()))
        await self._until_answered()

    def _try_post(self, request: Request) -> None:
        try:
            self._post(request)
        except Refusal as refusal:
            self._answer(wire.refused(request.id, refusal))

    async def _until_answered(self) -> None:
        """Wait while too many messages are unanswered."""
        if self._unanswered < UNANSWERED_MAX:
            return
        self._answered = asyncio.Event()
        while self._unanswered >= UNANSWERED_MAX:
            self._answered.clear()
            await self._answered.wait()
        self._answered = None

    # -- identity --------------------------------------------------------------------------------

    def forget_identity(self) -> None:
        """What its person may do has changed: it is looked up before the next message."""
        self._who_until = 0.0

    async def _refresh_identity(self) -> None:
        if time.monotonic() >= self._who_until:
            self._who = await self._identify()
            self._who_until = time.monotonic() + IDENTITY_S_MAX

    async def _you(self) -> You | None:
        await self._refresh_identity()
        who = self._who
        return None if who is None else self._described(who)

    def _described(self, who: Identity) -> You:
        if self._is_above(who):
            role: RoomRole = "host" if who.id == self._room.host.id else "moderator"
            return You(who.id, who.handle, who.name, role, PERMISSIONS)
        permissions, until = self._standing.permissions, self._standing.muted_until
        can = [one for one in PERMISSIONS if one in permissions]
        return You(who.id, who.handle, who.name, "moderator" if can else "member", can, until)

    def _is_above(self, who: Identity) -> bool:
        """Whether they moderate without being appointed: the host and the staff, who cannot be banned either."""
        return who.id == self._room.host.id or who.moderates

    def stand(self, standing: Standing) -> None:
        """How the person stands with the host now."""
        who = self._who
        if standing == self._standing or who is None:
            return
        self._standing = standing
        if standing.banned and not self._is_above(who):
            if self._socket is not None:
                self._socket.close(BANNED, "banned from this host's rooms")
            return
        self._answer(YouAre(self._described(who)))

    def hear_held(self, refused: set[Decided]) -> None:
        """The lines that wait in the room have changed; these were refused."""
        who = self._who
        if who is None:
            return
        for person, line in refused:
            if person == who.id:
                self._answer(HeldRefused(line))
        if self._is_above(who) or "remove" in self._standing.permissions:
            self._answer(HeldChanged())

    # -- commands --------------------------------------------------------------------------------

    async def _count(self, command: Command) -> None:
        counter = _COUNTERS[type(command)]
        self._limiter.consume(counter.limit.name, self._id, counter.limit.rate)
        who = self._who.id if self._who is not None else f"at {self._address}"
        self._limiter.consume(counter.budget.name, who, counter.budget.rate, counter.amount(command))
        room = await self._services.rooms.room(self._room.id)  # nearly always from the cache
        counter.count(command, room or self._room, self._services.audience)

    def _post(self, request: Request) -> None:
        who, host, kind = self._who, self._room.host, _KINDS[type(request)]
        if who is None:
            raise NotSignedIn
        moderates, permissions = self._is_above(who), self._standing.permissions
        if kind.moderators_only and not moderates and kind.permission not in permissions:
            raise NotAllowed("Only the host and moderators may do this.")
        may(who, kind.action)
        limit = kind.limit
        if limit is not None and not ((moderates or permissions) and limit.moderators_exempt):
            self._limiter.consume(limit.name, who.id, limit.rate)
        kind.permit(request, host)
        text = None if moderates or permissions else kind.text(request)
        verdict = self._services.filters.judge(host.id, text) if text is not None else None
        entry = Entry(self._room.id, request, who.brief, host.id, moderates, who.adult, verdict)
        future = self._services.log.post(entry)
        self._unanswered += 1
        future.add_done_callback(partial(self._on_appended, request.id))
        if (person := kind.sanctions(request)) is not None:
            future.add_done_callback(partial(self._on_sanctioned, host.id, person))

    def _on_sanctioned(self, host: str, person: str, future: asyncio.Future[Appended]) -> None:
        if future.exception() is None:
            self._services.standings.announce(host, person)

    # -- answers ---------------------------------------------------------------------------------

    def _on_appended(self, id: str, future: asyncio.Future[Appended]) -> None:
        self._unanswered -= 1
        if self._answered is not None:
            self._answered.set()
        fault = future.exception()
        if fault is None:
            appended = future.result()
            ok = Ok(id, appended.seq) if appended.balance is None else Ok(id, appended.seq, appended.balance)
            self._answer(ok, appended.seq)
        elif isinstance(fault, Refusal):
            self._answer(wire.refused(id, fault))
            if isinstance(fault, HeldLine):
                self._services.held.announce(self._room.id)
        else:
            log.error("cannot append to a room's log", room=self._room.id, error=repr(fault))
            self._answer(wire.refused(id, Unavailable("This could not be written; try again with the same id.")))

    def _answer(self, answer: News, seq: int = 0) -> None:
        if self._member is not None:
            self._services.members.answer(self._member, answer, seq)
