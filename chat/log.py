"""The room log: what durably happens in rooms, in order, committed before anybody hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, select

from chat.batch import Appended, Batch, Entry, Turn
from chat.events import Durable, Said, durable, taken_back
from chat.tables import room_events, room_givers, room_heads
from core.clock import Clock
from core.database import Database
from core.identity import Person
from live.rooms import Rooms, RoomState
from money.gifts import Gifts
from people.accounts import Accounts

Heard = Callable[[str, list[bytes]], None]
"""Called on the event loop with a room and what was just committed in it, encoded, oldest first."""


@dataclass(frozen=True, slots=True)
class End:
    """How a room's log ends: its last events, oldest first, and what all its gifts were worth."""

    seq: int
    coins: int
    events: list[Durable]


class RoomLog:
    """Appends in groups: what queued up during a commit is judged and written with a constant number of statements."""

    def __init__(self, database: Database, clock: Clock, rooms: Rooms, gifts: Gifts, accounts: Accounts) -> None:
        self._clock = clock
        self._rooms = rooms
        self._gifts = gifts
        self._accounts = accounts
        self._group = database.group("room-log", self._apply)
        self._listeners: list[Heard] = []
        self._news: dict[str, list[bytes]] = {}  # committed, not yet told; emptied in the loop's next round

    def listen(self, heard: Heard) -> None:
        """Hear what this process appends, in order, after its commit."""
        self._listeners.append(heard)

    def post(self, entry: Entry) -> asyncio.Future[Appended]:
        """Append; the future is done after the commit and raises what refused the entry. Do not cancel it."""
        future = self._group.post(entry)
        future.add_done_callback(self._committed)
        return future

    def record(self, connection: Connection, room: str, state: RoomState) -> Callable[[], None]:
        """Append a room's change of state in the caller's transaction, which must not have locked the room's row yet.

        Call what this returns on the event loop, after the commit: it tells the members.
        """
        (appended,) = self._apply(connection, [Entry(room, Turn(state))])
        assert isinstance(appended, Appended)
        return partial(self._announce, appended)

    def _apply(self, connection: Connection, entries: Sequence[Entry]) -> list[Appended | Exception]:
        return Batch(connection, entries, self._clock()).run(self._rooms, self._gifts, self._accounts)

    def _committed(self, future: asyncio.Future[Appended]) -> None:
        if not future.cancelled() and future.exception() is None:
            self._announce(future.result())

    def _announce(self, appended: Appended) -> None:
        """Tell the listeners, together with all else that is committed in this round of the loop."""
        if appended.event is None:  # a retry: it happened before
            return
        if not self._news:
            asyncio.get_running_loop().call_soon(self._tell)
        self._news.setdefault(appended.room, []).append(appended.event)

    def _tell(self) -> None:
        news, self._news = self._news, {}
        for room, events in news.items():
            for heard in self._listeners:
                heard(room, events)

    # -- reading; `connection` first, as everywhere ----------------------------------------------

    def read(self, connection: Connection, room: str, after: int, limit: int) -> list[Durable]:
        """The events after `after`, oldest first."""
        query = (
            select(room_events)
            .where(room_events.c.room == room, room_events.c.seq > after)
            .order_by(room_events.c.seq)
            .limit(limit)
        )
        return self._events(connection, connection.execute(query).all())

    def end(self, connection: Connection, room: str, last: int) -> End:
        """The last events of a room, and its totals as of exactly these events."""
        coins: ColumnElement[int] = (
            select(room_heads.c.coins).where(room_heads.c.room == room).scalar_subquery().label("coins_now")
        )
        query = (
            select(room_events, coins)  # one statement: both are of one moment
            .where(room_events.c.room == room)
            .order_by(room_events.c.seq.desc())
            .limit(last)
        )
        rows = list(reversed(connection.execute(query).all()))
        if not rows:
            return End(0, 0, [])
        return End(rows[-1].seq, rows[-1].coins_now, self._events(connection, rows))

    def heads(self, connection: Connection, rooms: Sequence[str]) -> dict[str, int]:
        """The last sequence number of each of these rooms in which anything happened."""
        rows = connection.execute(select(room_heads.c.room, room_heads.c.seq).where(room_heads.c.room.in_(rooms)))
        return {row.room: row.seq for row in rows}

    def givers(self, connection: Connection, room: str, limit: int) -> list[tuple[Person, int]]:
        """Who gave most in a room, and how much."""
        query = (
            select(room_givers.c.person, room_givers.c.coins)
            .where(room_givers.c.room == room)
            .order_by(room_givers.c.coins.desc(), room_givers.c.person)
            .limit(limit)
        )
        rows = connection.execute(query).all()
        people = self._accounts.brief(connection, [row.person for row in rows])
        return [(people[row.person], row.coins) for row in rows if row.person in people]

    def _events(self, connection: Connection, rows: Sequence[Row[Any]]) -> list[Durable]:
        named = {row.person for row in rows if row.person} | {
            row.fields["person"] for row in rows if row.type == "muted"
        }
        people = self._accounts.brief(connection, named)
        return [_event(row, people) for row in rows]


def _event(row: Row[Any], people: dict[str, Person]) -> Durable:
    """An event as it was told when it happened, but for a line that was taken back since."""
    fields = dict(row.fields)
    if row.type == "muted":
        fields["person"] = people.get(fields["person"]) or Person(fields["person"], "", "")
    if row.type in ("said", "gifted"):
        fields["id"] = row.client_id
    by = people.get(row.person) if row.person else None
    event = durable({"type": row.type, "seq": row.seq, "at": row.at, "by": by, **fields})
    return taken_back(event) if isinstance(event, Said) and row.removed else event
