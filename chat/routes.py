"""The chat's routes: a WebSocket for each member of a room, and the room's log over HTTP."""

from __future__ import annotations

from functools import partial
from typing import Annotated, cast

import msgspec
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from chat.events import Durable
from chat.kinds.kind import SEQ_MAX
from chat.log import RoomLog
from chat.session import ChatServices, ChatSession
from chat.socket import EXTENSION, SocketWriter
from chat.wire import PROTOCOL
from core.database import Database
from core.errors import Refusal
from core.http import PAGE_ITEMS, PAGE_ITEMS_MAX, READ_RATE, Access, Operation, Page, RequestGate
from core.http.problems import problem_response
from core.identity import Identity, Person
from live.rooms import Rooms

WRONG_PROTOCOL = 1008
NO_SUCH_ROOM = 4004
SERVER_FULL = 4009

Limit = Annotated[int, msgspec.Meta(ge=1, le=PAGE_ITEMS_MAX)]


class EventsQuery(msgspec.Struct, forbid_unknown_fields=True):
    """`after`: the sequence number of the last event already known."""

    after: Annotated[int, msgspec.Meta(ge=0, le=SEQ_MAX)] = 0
    limit: Limit = PAGE_ITEMS


class GiversQuery(msgspec.Struct, forbid_unknown_fields=True):
    limit: Limit = PAGE_ITEMS


class RoomEvents(msgspec.Struct):
    """`next`: the `after` of the next page, or None at the end."""

    items: list[Durable]
    next: str | None = None


class TopGiver(msgspec.Struct):
    """`coins`: what this person's gifts in the room were worth altogether."""

    by: Person
    coins: int


class ChatRoutes:
    def __init__(
        self, database: Database, rooms: Rooms, log: RoomLog, services: ChatServices, sockets_max: int
    ) -> None:
        self._database = database
        self._rooms = rooms
        self._log = log
        self._services = services
        self._sockets_max = sockets_max
        self.sockets = 0

    def routes(self) -> list[BaseRoute]:
        return [
            WebSocketRoute("/chat/{room}", self.chat, name="chat"),
            Operation("GET", "/api/rooms/{room}/events", self.events, access=Access.ANYONE),
            Operation("GET", "/api/rooms/{room}/givers", self.givers, access=Access.ANYONE),
        ]

    async def chat(self, websocket: WebSocket) -> None:
        request = cast(Request, websocket)  # the gate only uses headers, cookies and address, which both have
        gate: RequestGate = websocket.app.state.gate
        try:
            token = gate.token(request, unsafe=True)  # a page of another site must not use our cookie
            address = gate.address(request)
            gate.limiter.consume("GET /chat/{room}", address, READ_RATE)
            who = await gate.identify(token)
        except Refusal as refusal:
            await websocket.send_denial_response(problem_response(request, refusal))
            return
        if PROTOCOL not in websocket.scope["subprotocols"]:
            await websocket.accept()
            await websocket.close(WRONG_PROTOCOL, f"speak {PROTOCOL}")
            return
        await websocket.accept(PROTOCOL)
        if self.sockets >= self._sockets_max:
            await websocket.close(SERVER_FULL, "the server is full")
            return
        self.sockets += 1
        try:
            await self._serve(websocket, gate, token, who, address)
        finally:
            self.sockets -= 1

    async def _serve(
        self, websocket: WebSocket, gate: RequestGate, token: str, who: Identity | None, address: str
    ) -> None:
        room = await self._rooms.room(websocket.path_params["room"])
        if room is None:
            await websocket.close(NO_SUCH_ROOM, "no such room")
            return
        writer: SocketWriter = websocket.scope["extensions"][EXTENSION]["writer"]
        session = ChatSession(self._services, room, gate.limiter, who, partial(gate.identify, token), address)
        try:
            await session.enter(writer, after_of(websocket.query_params.get("after", "")))
            while True:
                message = await websocket.receive()
                if message["type"] == "websocket.disconnect":
                    return
                await session.on_message(message.get("bytes") or message.get("text") or b"")
        except WebSocketDisconnect:
            return
        finally:
            session.leave()

    def events(self, room: str, query: EventsQuery) -> RoomEvents:
        """List a room's durable events, oldest first."""

        def read(connection: Connection) -> list[Durable]:
            self._rooms.row(connection, room)
            return self._log.read(connection, room, query.after, query.limit + 1)

        found = self._database.read(read)
        page = found[: query.limit]
        return RoomEvents(page, str(page[-1].seq) if len(found) > len(page) else None)

    def givers(self, room: str, query: GiversQuery) -> Page[TopGiver]:
        """List a room's top givers."""

        def read(connection: Connection) -> Page[TopGiver]:
            self._rooms.row(connection, room)
            givers = self._log.givers(connection, room, query.limit)
            return Page([TopGiver(person, coins) for person, coins in givers])

        return self._database.read(read)


def after_of(text: str) -> int:
    """The last event a client has seen, or -1 for the recent history. Anything but a number counts as -1."""
    try:
        return min(max(int(text[:20]), -1), SEQ_MAX)
    except ValueError:
        return -1
