"""The chat, put together."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import Connection

from chat.log import RoomLog
from chat.members import Members
from chat.routes import ChatRoutes
from chat.session import ChatServices
from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.part import Part
from live.audience import Audience
from live.rooms import Rooms, RoomState
from money.gifts import Gifts
from people.accounts import Accounts


class Chat:
    def __init__(self, log: RoomLog, members: Members, routes: ChatRoutes) -> None:
        self._log = log
        self._members = members
        self._routes = routes

    def part(self) -> Part:
        tasks = {
            "chat fan-out": self._members.run_fan_out,
            "chat counts": self._members.run_counts,
            "chat catch-up": self._members.run_catch_up,
        }
        return Part("chat", self._routes.routes(), tasks)

    @property
    def sockets(self) -> int:
        """How many are connected to this process."""
        return self._routes.sockets

    def record(self, connection: Connection, room: str, state: RoomState) -> Callable[[], None]:
        """For `Rooms.record`: a change of state and its event are one transaction."""
        return self._log.record(connection, room, state)

    def publisher_changed(self, room: str, present: bool) -> None:
        """Tell that a room's picture stopped or came back. On the event loop."""
        self._members.send_presence(room, present)


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
    members = Members(database, bus, room_log, audience)
    services = ChatServices(room_log, members, rooms, audience)
    return Chat(room_log, members, ChatRoutes(database, rooms, room_log, services, sockets_max))
