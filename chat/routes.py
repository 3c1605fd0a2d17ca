"""The chat's routes: a WebSocket for each member of a room, and the room's log over HTTP."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Annotated, cast

import msgspec
from sqlalchemy import Connection
from starlette.requests import Request
from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket

from chat.events import Durable
from chat.kinds.kind import SEQ_MAX
from chat.log import RoomLog
from chat.moderation.standing import NOBODY
from chat.seats import Seats
from chat.session import BANNED, ChatServices, ChatSession, Identify
from chat.wire import PROTOCOL
from core.database import Database
from core.errors import Refusal, Unavailable
from core.http import PAGE_ITEMS, PAGE_ITEMS_MAX, READ_RATE, Access, Operation, Page, RequestGate
from core.http.protocol import WebSocket as Socket
from core.http.protocol import socket_of
from core.http.refusals.problems import problem_response
from core.identity import Identity, Person
from core.outages import is_outage
from live.rooms import Rooms

WRONG_PROTOCOL = 1008
TRY_AGAIN_LATER = 1013
NO_SUCH_ROOM = 4004
SIGNED_OUT = 4001

Unwatch = Callable[[], None]
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
        self._seats = Seats(sockets_max)

    @property
    def sockets(self) -> int:
        """Open connections to this process."""
        return self._seats.taken

    def routes(self) -> list[BaseRoute]:
        return [
            WebSocketRoute("/chat/{room}", self.chat, name="chat"),
            Operation("GET", "/api/rooms/{room}/events", self.events, access=Access.ANYONE),
            Operation("GET", "/api/rooms/{room}/givers", self.givers, access=Access.ANYONE),
        ]

    async def chat(self, websocket: WebSocket) -> None:
        request = cast(Request, websocket)  # the gate only uses headers, cookies and address, which both have
        gate: RequestGate = websocket.app.state.gate
        signed_out, unwatch = _SignedOut(), _nothing
        try:
            token = gate.token(request, unsafe=True)  # a page of another site must not use our cookie
            address = gate.address(request)
            gate.limiter.consume("GET /chat/{room}", address, READ_RATE)
            unwatch = gate.watch(token, signed_out) if token else _nothing
            who = await gate.identify(token)
        except Exception as error:
            unwatch()
            refusal = error if isinstance(error, Refusal) else Unavailable(headers={"Retry-After": "2"})
            if not isinstance(error, Refusal) and not is_outage(error):
                raise
            await websocket.send_denial_response(problem_response(request, refusal))
            return
        stays = False
        try:
            stays = await self._open(websocket, gate, partial(gate.identify, token), who, unwatch)
        finally:
            if not stays:
                unwatch()
        if stays:
            signed_out.watch(socket_of(websocket))

    async def _open(
        self, websocket: WebSocket, gate: RequestGate, identify: Identify, who: Identity | None, unwatch: Unwatch
    ) -> bool:
        """Accept the connection and let it into its room. Returns False if it was closed instead."""
        if PROTOCOL not in websocket.scope["subprotocols"]:
            await websocket.accept()
            await websocket.close(WRONG_PROTOCOL, f"speak {PROTOCOL}")
            return False
        await websocket.accept(PROTOCOL)
        address = gate.address(cast(Request, websocket))
        no_seat = self._seats.refusal(address, shared=gate.limiter.enabled)
        if no_seat is not None:
            await websocket.close(*no_seat)
            return False
        self._seats.take(address)

        changes: list[Unwatch] = []

        def left() -> None:
            unwatch()
            for unwatch_changes in changes:
                unwatch_changes()
            self._seats.leave(address)

        try:
            session = await self._enter(websocket, gate, identify, who, address, changes)
        except Exception as error:
            left()
            if not is_outage(error):
                raise
            await websocket.close(TRY_AGAIN_LATER, "the database does not answer")
            return False
        except BaseException:
            left()
            raise
        if session is None:
            left()
            return False
        if who is not None:
            changes.append(gate.watch_person(who.id, session.forget_identity))
            changes.append(self._services.standings.watch(session.host, who.id, session.stand))
            changes.append(self._services.held.watch(session.room, session.hear_held))
        socket_of(websocket).receive(session, left)
        return True

    async def _enter(
        self, websocket: WebSocket, gate: RequestGate, identify: Identify, who: Identity | None, address: str,
        changes: list[Unwatch],
    ) -> ChatSession | None:  # fmt: skip
        room = await self._rooms.room(websocket.path_params["room"])
        if room is None:
            await websocket.close(NO_SUCH_ROOM, "no such room")
            return None
        standing = NOBODY
        if who is not None and who.id != room.host.id:
            standing = await self._services.standings.of(room.host.id, who.id)
            if standing.banned and not who.moderates:
                await websocket.close(BANNED, "banned from this host's rooms")
                return None
        if who is not None:  # nobody else may write
            changes.append(await self._services.filters.use(room.host.id))
        session = ChatSession(self._services, room, gate.limiter, who, identify, address, standing)
        await session.enter(socket_of(websocket), after_of(websocket.query_params.get("after", "")))
        return session

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


class _SignedOut:
    """Closes a socket when its session ends, even if that happens while it is being opened."""

    __slots__ = ("_happened", "_socket")

    def __init__(self) -> None:
        self._happened = False
        self._socket: Socket | None = None

    def __call__(self) -> None:
        self._happened = True
        if self._socket is not None:
            self._socket.close(SIGNED_OUT, "signed out")

    def watch(self, socket: Socket) -> None:
        self._socket = socket
        if self._happened:
            self()


def _nothing() -> None:
    """Nobody is signed in: there is nothing to watch."""


def after_of(text: str) -> int:
    """The last event a client has seen, or -1 for the recent history. Anything but a number counts as -1."""
    try:
        return min(max(int(text[:20]), -1), SEQ_MAX)
    except ValueError:
        return -1
