"""Rooms over HTTP. Media sessions are negotiated in `signaling`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, Literal

import msgspec
from msgspec import UNSET, UnsetType
from sqlalchemy import Connection, Row
from starlette.requests import Request

from core.clock import Clock
from core.database import Database
from core.errors import NotAllowed
from core.http import Access, Call, Operation, Page, Paging
from core.identity import Identity, Person
from live.audience import Audience
from live.monitoring.health import Health
from live.monitoring.overview import Overview, Overviews
from live.node import MediaNode
from live.rooms import Rooms, RoomState
from live.search.findable import findable_rooms, most_watched
from live.sessions import MediaSessions
from live.stream_keys import StreamKeys
from people.accounts import Accounts
from people.leaving.resting import shown_among


class NewRoom(msgspec.Struct, forbid_unknown_fields=True):
    title: str


class RoomsQuery(Paging, forbid_unknown_fields=True):
    state: Literal["", "idle", "live", "ended"] = ""
    host: str = ""


class RoomView(msgspec.Struct):
    """A room. Only its host sees the last four fields.

    `on_air_ms`: how long it has been live altogether. `publish_url` is the address for programs that are set up once:
    it leads to the live or newest open room of whoever has the key. `earned`: the host's share of `coins`, left out
    where it is not known."""

    id: str
    title: str
    state: RoomState
    host: Person
    viewers: int
    viewers_peak: int
    likes: int
    coins: int
    created_at: int
    started_at: int | None
    ended_at: int | None
    on_air_ms: int
    whep_url: str
    chat_url: str
    stream_key: str | UnsetType = UNSET
    whip_url: str | UnsetType = UNSET
    publish_url: str | UnsetType = UNSET
    earned: int | UnsetType = UNSET


Hidden = Callable[[Connection, str, Literal["room", "person"], Collection[str]], set[str]]
"""(connection, viewer, kind, ids) -> those that the viewer has reported."""


def nothing_hidden(
    _connection: Connection, _viewer: str, _kind: Literal["room", "person"], _ids: Collection[str]
) -> set[str]:
    return set()


class StreamKeyView(msgspec.Struct):
    """A person's stream key, and the address that programs publish to with it."""

    stream_key: str
    publish_url: str


class LiveRoutes:
    def __init__(
        self,
        database: Database,
        rooms: Rooms,
        keys: StreamKeys,
        audience: Audience,
        accounts: Accounts,
        node: MediaNode,
        sessions: MediaSessions,
        clock: Clock,
        public_url: str,
        hidden: Hidden,
    ) -> None:
        self._database = database
        self._rooms = rooms
        self._keys = keys
        self._clock = clock
        self._audience = audience
        self._accounts = accounts
        self._sessions = sessions
        self._overviews = Overviews(node, sessions, rooms)
        self._public_url = public_url.rstrip("/")
        self._hidden = hidden

    def operations(self) -> list[Operation]:
        return [
            Operation("POST", "/api/rooms", self.create, status=201, action="live"),
            Operation("GET", "/api/rooms", self.list, access=Access.ANYONE),
            Operation("GET", "/api/rooms/{room}", self.room, access=Access.ANYONE),
            Operation("PATCH", "/api/rooms/{room}", self.retitle, action="post"),
            Operation("DELETE", "/api/rooms/{room}", self.end),
            Operation("GET", "/api/rooms/{room}/health", self.health),
            Operation("GET", "/api/stream-key", self.stream_key),
            Operation("POST", "/api/stream-key", self.rotate_stream_key, status=201),
            Operation("GET", "/api/media", self.overview, access=Access.MODERATOR),
        ]

    def create(self, call: Call, body: NewRoom) -> RoomView:
        """Create a room."""
        return self._read(call, self._rooms.create(call.identity, body.title))

    def list(self, call: Call, query: RoomsQuery) -> Page[RoomView]:
        """List rooms, live ones first, without those you have reported, and of accounts that rest."""

        def read(connection: Connection) -> Page[RoomView]:
            rows, following = self._rooms.list(
                connection, state=query.state, host=query.host, cursor=query.cursor, limit=query.limit
            )
            hosts = self._accounts.brief(connection, [row.host for row in rows])
            seen = self._unreported(connection, call.who, rows)
            return Page([self._view(connection, call, row, hosts[row.host]) for row in seen], following)

        return self._database.read(read)

    def live_rooms(self, connection: Connection, limit: int, base_url: str) -> Sequence[RoomView]:
        """The most watched live rooms, without private fields. `base_url` is where the visitor reached the server."""
        rows = most_watched(connection, limit)
        hosts = self._accounts.brief(connection, [row.host for row in rows])
        return [self._public_view(base_url, row, hosts[row.host]) for row in rows]

    def rooms_by_id(self, connection: Connection, ids: Sequence[str], base_url: str) -> Sequence[RoomView]:
        """Those of these rooms that are live, in this order, without private fields."""
        found = findable_rooms(connection, ids)
        rows = [self._rooms.row(connection, room) for room in ids if room in found]
        hosts = self._accounts.brief(connection, [row.host for row in rows])
        return [self._public_view(base_url, row, hosts[row.host]) for row in rows if row.host in hosts]

    def room(self, call: Call, room: str) -> RoomView:
        """Get a room."""
        return self._read(call, room)

    async def retitle(self, call: Call, room: str, body: NewRoom) -> RoomView:
        """Change a room's title."""
        await self._rooms.retitle(room, call.identity, body.title)
        return await self._database.executor.run(self._read, call, room)

    async def end(self, call: Call, room: str) -> RoomView:
        """End a room for good."""
        await self._rooms.end(room, call.identity)
        return await self._database.executor.run(self._read, call, room)

    def stream_key(self, call: Call) -> StreamKeyView:
        """Get your stream key."""
        return StreamKeyView(self._keys.of(call.identity.id), self._publish_url(call))

    def rotate_stream_key(self, call: Call) -> StreamKeyView:
        """Replace your stream key by a new one."""
        return StreamKeyView(self._keys.rotate(call.identity.id), self._publish_url(call))

    async def health(self, call: Call, room: str) -> Health:
        """Get the health of a room's publisher, for its host and moderators."""
        row = await self._database.read_async(lambda c: self._rooms.row(c, room))
        if row.host != call.identity.id and not call.identity.moderates:
            raise NotAllowed("Only the host or a moderator may see this.")
        return self._sessions.health(room)

    async def overview(self) -> Overview:
        """Get this node's rooms and load, for moderators."""
        return await self._overviews.now()

    def _read(self, call: Call, room: str) -> RoomView:
        def read(connection: Connection) -> RoomView:
            row = self._rooms.row(connection, room)
            return self._view(connection, call, row, self._accounts.brief(connection, [row.host])[row.host])

        return self._database.read(read)

    def _unreported(
        self, connection: Connection, viewer: Identity | None, rows: Sequence[Row[*tuple[Any, ...]]]
    ) -> Sequence[Row[*tuple[Any, ...]]]:
        """Without rooms of others whose accounts rest. Moderators see what they have reported."""
        found = shown_among(connection, {row.host for row in rows})
        rows = [row for row in rows if row.host in found or (viewer is not None and viewer.id == row.host)]
        if viewer is None or viewer.moderates:
            return rows
        gone = self._hidden(connection, viewer.id, "room", {row.id for row in rows})
        hosts = self._hidden(connection, viewer.id, "person", {row.host for row in rows})
        return [row for row in rows if row.id not in gone and row.host not in hosts]

    def _publish_url(self, call: Call) -> str:
        return f"{self._public_url or base_url(call.request)}/live/whip"

    def _view(self, connection: Connection, call: Call, row: Row[*tuple[Any, ...]], host: Person) -> RoomView:
        base = base_url(call.request)
        view = self._public_view(base, row, host)
        if call.who is not None and call.who.id == row.host:
            view.stream_key = self._keys.read(connection, row.host)
            view.whip_url = f"{self._public_url or base}/live/{row.id}/whip"
            view.publish_url = self._publish_url(call)
            view.earned = row.earned if row.earned is not None else UNSET
        return view

    def _public_view(self, base_url: str, row: Row[*tuple[Any, ...]], host: Person) -> RoomView:
        base = self._public_url or base_url
        counts = self._audience.counts(row.id)
        return RoomView(
            id=row.id,
            title=row.title,
            state=row.state,
            host=host,
            viewers=counts.viewers if row.live else 0,
            viewers_peak=max(row.viewers_peak, counts.viewers),
            likes=max(row.likes, counts.likes),
            coins=row.coins,
            created_at=row.created_at,
            started_at=row.started_at,
            ended_at=row.ended_at,
            on_air_ms=row.on_air_ms + max(0, self._clock() - row.live_since if row.live_since is not None else 0),
            whep_url=f"{base}/live/{row.id}/whep",
            chat_url=f"ws{base.removeprefix('http')}/chat/{row.id}",
        )


def base_url(request: Request) -> str:
    """Where this request reached us, if CADEAU_PUBLIC_URL is not set."""
    return str(request.base_url).rstrip("/")
