"""The chat, put together."""

from __future__ import annotations

import asyncio

import structlog

from chat.batch import Appended, Entry, Turn
from chat.log import RoomLog
from chat.members import Members
from chat.routes import ChatRoutes
from chat.visit import Desk
from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.errors import Overloaded
from core.part import Part
from live.audience import Audience
from live.rooms import Rooms, RoomState
from money.gifts import Gifts
from people.accounts import Accounts

log = structlog.get_logger("chat")


class Chat:
    def __init__(self, log: RoomLog, members: Members, routes: ChatRoutes) -> None:
        self._log = log
        self._members = members
        self._routes = routes

    def part(self) -> Part:
        tasks = {
            "chat ticks": self._members.run_ticks,
            "chat counts": self._members.run_counts,
            "chat catch-up": self._members.run_catch_up,
        }
        return Part("chat", self._routes.routes(), tasks)

    @property
    def sockets(self) -> int:
        """How many are connected to this process."""
        return self._routes.sockets

    def room_changed(self, room: str, state: RoomState) -> None:
        """Record that a room went live, idle, or ended. On the event loop; by the one node where it came about."""
        try:
            self._log.post(Entry(room, Turn(state))).add_done_callback(_check_recorded)
        except Overloaded as refusal:  # the room has changed all the same
            log.error("a room's change of state is not in its log", room=room, error=repr(refusal))

    def publisher_changed(self, room: str, present: bool) -> None:
        """Tell that a room's picture stopped or came back. On the event loop."""
        self._members.tell_publisher(room, present)


def _check_recorded(future: asyncio.Future[Appended]) -> None:
    if (fault := future.exception()) is not None:
        log.error("a room's change of state is not in its log", error=repr(fault))


def open_chat(
    *,
    database: Database,
    bus: Bus,
    clock: Clock,
    rooms: Rooms,
    audience: Audience,
    gifts: Gifts,
    accounts: Accounts,
    sockets_max: int,
) -> Chat:
    room_log = RoomLog(database, clock, rooms, gifts, accounts)
    members = Members(database, bus, room_log, rooms, audience)
    desk = Desk(room_log, members, audience)
    return Chat(room_log, members, ChatRoutes(database, rooms, room_log, desk, sockets_max))
