"""Lines that wait in a room over HTTP: moderators let them through or refuse them, writers see their own."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, Row

from chat.errors import Banned, HeldDecided, NoSuchLine
from chat.filters.filter import Cause
from chat.filters.held import decide, expires_at, find, note_by, read_waiting
from chat.filters.news import HeldNews
from chat.kinds.entry import Entry
from chat.kinds.say import Say
from chat.log import RoomLog
from chat.moderation.permitted import may_moderate, must_moderate
from core.clock import Clock
from core.database import Database
from core.errors import NotAllowed, NotFound
from core.http import Call, Operation, Page
from core.identity import Person
from live.rooms import Room, Rooms
from people.accounts import Accounts


class HeldView(msgspec.Struct):
    """`client_id`: the id of the writer's request; `expires_at`: after which it can no longer be let through."""

    id: str
    client_id: str
    by: Person
    text: str
    cause: Cause
    at: int
    expires_at: int


class Released(msgspec.Struct):
    """`seq`: of the line in the room's log."""

    seq: int


class HeldRoutes:
    def __init__(
        self, database: Database, clock: Clock, accounts: Accounts, rooms: Rooms, log: RoomLog, news: HeldNews
    ) -> None:
        self._database = database
        self._clock = clock
        self._accounts = accounts
        self._rooms = rooms
        self._log = log
        self._news = news

    def operations(self) -> list[Operation]:
        here = "/api/rooms/{room}/held"
        return [
            Operation("GET", here, self.held),
            Operation("POST", f"{here}/{{line}}/release", self.release),
            Operation("POST", f"{here}/{{line}}/refuse", self.refuse),
        ]

    def held(self, call: Call, room: str) -> Page[HeldView]:
        """List the lines that wait in a room: all for who may remove lines there, their own for everybody else."""
        who = call.identity

        def read(connection: Connection) -> Page[HeldView]:
            host = str(self._rooms.row(connection, room).host)
            sees_all = may_moderate(connection, self._accounts, who, host, "remove")
            rows = read_waiting(connection, room, self._clock(), None if sees_all else who.id)
            people = self._accounts.brief(connection, {row.person for row in rows})
            return Page([_view(row, people[row.person]) for row in rows if row.person in people])

        return self._database.read(read)

    async def release(self, call: Call, room: str, line: str) -> Released:
        """Let a line through: it is said now, at the end of the log, by who wrote it. Twice is the same as once."""
        found = await self._room(room)

        def read(connection: Connection) -> tuple[Row[tuple[object, ...]], Person]:
            must_moderate(connection, self._accounts, call.identity, found.host.id, "remove")
            row = find(connection, room, line)
            writer = self._accounts.brief(connection, [row.person]).get(row.person)
            if writer is None:
                raise NoSuchLine
            return row, writer

        row, writer = await self._database.read_async(read)
        said = Entry(room, Say(row.client_id, row.text), writer, found.host.id, released=line)
        try:
            appended = await self._log.post(said)
        except Banned:
            raise NotAllowed("Whoever wrote this is banned from the host's rooms.") from None
        await self._database.write_async(lambda c: note_by(c, line, call.identity.id))
        self._news.announce(room)
        return Released(appended.seq)

    async def refuse(self, call: Call, room: str, line: str) -> None:
        """Refuse a line that waits: nobody sees it. Twice is the same as once."""
        found = await self._room(room)

        def write(connection: Connection) -> Row[tuple[object, ...]]:
            must_moderate(connection, self._accounts, call.identity, found.host.id, "remove")
            row = find(connection, room, line)
            if expires_at(row.at) <= self._clock():
                raise NoSuchLine
            if (
                not decide(connection, line, "refused", call.identity.id)
                and find(connection, room, line).state != "refused"
            ):
                raise HeldDecided
            return row

        row = await self._database.write_async(write)
        self._news.announce(room, (row.person, row.client_id))

    async def _room(self, room: str) -> Room:
        found = await self._rooms.room(room)
        if found is None:
            raise NotFound
        return found


def _view(row: Row[tuple[object, ...]], by: Person) -> HeldView:
    return HeldView(row.id, row.client_id, by, row.text, row.cause, row.at, expires_at(row.at))
