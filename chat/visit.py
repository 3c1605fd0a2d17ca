"""A visit: one connection's stay in a room. Who it is, what they may do, and the answer to each of their messages."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from functools import partial

import structlog

from chat import wire
from chat.batch import Appended, Entry
from chat.events import News, Ok, Refused, RoomRole, You
from chat.hall import Member
from chat.log import RoomLog
from chat.members import Members
from chat.socket import Outlet
from chat.wire import Gift, Like, Mute, Remove, Say
from core.errors import NotAllowed, NotSignedIn, Refusal, Unavailable
from core.identity import Identity
from core.ids import new_id
from core.limits import Limiter, Rate
from live.audience import Audience
from live.errors import RoomEnded
from live.rooms import Room

SAY_RATE = Rate(5, 5)  # a person's; hosts and moderators are exempt
GIFT_RATE = Rate(20, 1)  # a person's
LIKE_RATE = Rate(10, 1)  # a connection's, as the next
MESSAGE_RATE = Rate(30, 1)
UNANSWERED_MAX = 100  # then nothing more is read from the connection until something is answered
IDENTITY_S_MAX = 60.0  # then it is looked up again: sessions end, roles change, people turn 18

log = structlog.get_logger("chat")


@dataclass(frozen=True, slots=True)
class Desk:
    """What visits need of the rest; one for all of them."""

    log: RoomLog
    members: Members
    audience: Audience


class Visit:
    def __init__(
        self, desk: Desk, room: Room, limiter: Limiter, identify: Callable[[], Awaitable[Identity | None]]
    ) -> None:
        self._desk = desk
        self._room = room
        self._limiter = limiter
        self._identify = identify
        self._id = new_id()
        self._who: Identity | None = None
        self._who_until = 0.0
        self._unanswered = 0
        self._answered = asyncio.Event()
        self._member: Member | None = None

    async def enter(self, outlet: Outlet, after: int) -> None:
        self._member = await self._desk.members.join(self._room.id, outlet, await self._you(), after)

    def leave(self) -> None:
        if self._member is not None:
            self._desk.members.leave(self._member)
            self._member = None

    async def take(self, message: bytes | str) -> None:
        """Do what a message asks for; its answer comes later. Waits while too much is unanswered."""
        command = wire.parse(message)
        await self._refresh()
        try:
            self._limiter.take("chat message", self._id, MESSAGE_RATE)
            if isinstance(command, Refused):
                self._answer(command)
            elif isinstance(command, Like):
                self._like(command)
            else:
                self._ask(command)
        except Refusal as refusal:
            self._answer(wire.refused(getattr(command, "id", None), refusal))
        while self._unanswered >= UNANSWERED_MAX:
            self._answered.clear()
            await self._answered.wait()

    # -- who it is -------------------------------------------------------------------------------

    async def _refresh(self) -> None:
        if time.monotonic() >= self._who_until:
            self._who = await self._identify()
            self._who_until = time.monotonic() + IDENTITY_S_MAX

    async def _you(self) -> You | None:
        await self._refresh()
        who = self._who
        return None if who is None else You(who.id, who.handle, who.name, self._role(who))

    def _role(self, who: Identity) -> RoomRole:
        if who.id == self._room.host.id:
            return "host"
        return "moderator" if who.moderates else "member"

    # -- what it may do --------------------------------------------------------------------------

    def _like(self, like: Like) -> None:
        self._limiter.take("chat like", self._id, LIKE_RATE)
        if self._member is None or self._member.hall.state == "ended":
            raise RoomEnded
        self._desk.audience.add_likes(self._room.id, like.count)

    def _ask(self, command: Say | Gift | Remove | Mute) -> None:
        who = self._who
        if who is None:
            raise NotSignedIn
        moderates = self._role(who) != "member"
        match command:
            case Say() if not moderates:
                self._limiter.take("chat say", who.id, SAY_RATE)
            case Gift():
                self._limiter.take("chat gift", who.id, GIFT_RATE)
            case Remove() | Mute() if not moderates:
                raise NotAllowed("Only the host and moderators may do this.")
            case Mute(person=person) if person == self._room.host.id:
                raise NotAllowed("The host cannot be muted in their own room.")
        host = self._room.host.id
        entry = Entry(self._room.id, command, who.brief, host, moderates, who.adult)
        answer = self._desk.log.post(entry)
        self._unanswered += 1
        answer.add_done_callback(partial(self._appended, command.id))

    # -- answers ---------------------------------------------------------------------------------

    def _appended(self, id: str, future: asyncio.Future[Appended]) -> None:
        self._unanswered -= 1
        self._answered.set()
        fault = future.exception()
        if fault is None:
            appended = future.result()
            ok = Ok(id, appended.seq) if appended.balance is None else Ok(id, appended.seq, appended.balance)
            self._answer(ok, appended.seq)
        elif isinstance(fault, Refusal):
            self._answer(wire.refused(id, fault))
        else:
            log.error("cannot append to a room's log", room=self._room.id, error=repr(fault))
            self._answer(wire.refused(id, Unavailable("This could not be written; try again with the same id.")))

    def _answer(self, answer: News, seq: int = 0) -> None:
        if self._member is not None:
            self._desk.members.answer(self._member, answer, seq)
