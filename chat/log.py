"""The room log: the durable events of every room, in order, committed before they are sent to members."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, select, update

from chat.batch import Appended, Batch
from chat.errors import NoSuchLine
from chat.events import people_in, restored
from chat.kinds.entry import Domains, Entry
from chat.kinds.kind import SEQ_MAX, Event
from chat.kinds.state import StateChanged
from chat.tables import room_events, room_givers, room_heads
from core.clock import Clock
from core.database import Database
from core.identity import Person
from live.rooms import Rooms, RoomState
from money.gifts import Gifts
from money.purchases.take_back import ReversedGift
from people.accounts import Accounts
from people.inbox.notices import SILENCE, Notifies

Listener = Callable[[str, list[bytes]], None]
"""Called on the event loop with a room and the events just committed in it, encoded, oldest first."""

_LESS_OF_GIVER = (
    update(room_givers)
    .where(room_givers.c.room == bindparam("of"), room_givers.c.person == bindparam("by"))
    .values(coins=room_givers.c.coins - bindparam("less"))
)
_LESS_OF_ROOM = (
    update(room_heads).where(room_heads.c.room == bindparam("of")).values(coins=room_heads.c.coins - bindparam("less"))
)


@dataclass(frozen=True, slots=True)
class End:
    """The end of a room's log: its last events, oldest first, the gifts' worth up to there, and the room's state."""

    seq: int
    coins: int
    state: RoomState
    events: list[Event]


class RoomLog:
    """Appends in groups: what queued up during a commit is judged and written with a constant number of statements."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        rooms: Rooms,
        gifts: Gifts,
        accounts: Accounts,
        inbox: Notifies = SILENCE,
    ) -> None:
        self._clock = clock
        self._rooms = rooms
        self._accounts = accounts
        self._domains = Domains(rooms, gifts, accounts, inbox)
        self._group = database.group("room-log", self._apply)
        self._listeners: list[Listener] = []
        self._committed: dict[str, list[bytes]] = {}  # not yet sent; emptied in the event loop's next iteration

    def listen(self, listener: Listener) -> None:
        """Call `listener` with what this process appends, in order, after its commit."""
        self._listeners.append(listener)

    def post(self, entry: Entry[Any]) -> asyncio.Future[Appended]:
        """Append an entry. The future is done after the commit or raises the refusal. Do not cancel it."""
        future = self._group.post(entry)
        future.add_done_callback(self._on_done)
        return future

    def record(self, connection: Connection, room: str, state: RoomState) -> Callable[[], None]:
        """Append a room's change of state in the caller's transaction, which must not have locked the room's row yet.

        Call what this returns on the event loop, after the commit: it tells the members.
        """
        (appended,) = self._apply(connection, [Entry(room, StateChanged(state))])
        assert isinstance(appended, Appended)
        return partial(self._announce, appended)

    def _apply(self, connection: Connection, entries: Sequence[Entry[Any]]) -> list[Appended | Exception]:
        return Batch(connection, entries, self._clock(), self._domains).run()

    def _on_done(self, future: asyncio.Future[Appended]) -> None:
        if not future.cancelled() and future.exception() is None:
            self._announce(future.result())

    def _announce(self, appended: Appended) -> None:
        """Notify the listeners, together with everything else committed in this iteration of the event loop."""
        if not appended.events:  # a retry
            return
        if not self._committed:
            asyncio.get_running_loop().call_soon(self._call_listeners)
        self._committed.setdefault(appended.room, []).extend(appended.events)

    def _call_listeners(self) -> None:
        committed, self._committed = self._committed, {}
        for room, events in committed.items():
            for listener in self._listeners:
                listener(room, events)

    # -- reading; `connection` first, as everywhere ----------------------------------------------

    def read(self, connection: Connection, room: str, after: int, limit: int) -> list[Event]:
        """The events after `after`, oldest first."""
        query = (
            select(room_events)
            .where(room_events.c.room == room, room_events.c.seq > after)
            .order_by(room_events.c.seq)
            .limit(limit)
        )
        return self._events(connection, connection.execute(query).all())

    def end(self, connection: Connection, room: str, last: int) -> End:
        """The last events of a room and its totals after exactly these events. Raises NotFound."""
        coins: ColumnElement[int] = (
            select(room_heads.c.coins).where(room_heads.c.room == room).scalar_subquery().label("coins_now")
        )
        query = (
            select(room_events, coins)  # one statement, so that both are of the same moment
            .where(room_events.c.room == room)
            .order_by(room_events.c.seq.desc())
            .limit(last)
        )
        rows = list(reversed(connection.execute(query).all()))
        # Read last: if the state has changed since those events, the event that says so is still to come.
        state: RoomState = self._rooms.row(connection, room).state
        if not rows:
            return End(0, 0, state, [])
        return End(rows[-1].seq, rows[-1].coins_now, state, self._events(connection, rows))

    def heads(self, connection: Connection, rooms: Sequence[str]) -> dict[str, int]:
        """The last sequence number of each of these rooms in which anything happened."""
        rows = connection.execute(select(room_heads.c.room, room_heads.c.seq).where(room_heads.c.room.in_(rooms)))
        return {row.room: row.seq for row in rows}

    def author(self, connection: Connection, line: str, _viewer: object) -> str:
        """Who wrote a line that is still there, for reports. `line`: `ROOM:SEQ`. Raises NoSuchLine."""
        room, _, seq = line.partition(":")
        if not (seq.isascii() and seq.isdecimal() and len(seq) <= len(str(SEQ_MAX)) and int(seq) <= SEQ_MAX):
            raise NoSuchLine
        query = select(room_events.c.person).where(
            room_events.c.room == room, room_events.c.seq == int(seq), room_events.c.type == "said",
            room_events.c.removed.is_(False),
        )  # fmt: skip
        person: str | None = connection.execute(query).scalar()
        if person is None:
            raise NoSuchLine
        return person

    def givers(self, connection: Connection, room: str, limit: int) -> list[tuple[Person, int]]:
        """The top givers of a room, and their coins."""
        query = (
            select(room_givers.c.person, room_givers.c.coins)
            .where(room_givers.c.room == room, room_givers.c.coins > 0)
            .order_by(room_givers.c.coins.desc(), room_givers.c.person)
            .limit(limit)
        )
        rows = connection.execute(query).all()
        people = self._accounts.brief(connection, [row.person for row in rows])
        return [(people[row.person], row.coins) for row in rows if row.person in people]

    def reverse(self, connection: Connection, gifts: Sequence[ReversedGift]) -> None:
        """Gifts were taken back, or given again: totals and top givers follow. Their events stay in the log."""
        by_giver = [{"of": gift.room, "by": gift.giver, "less": gift.coins} for gift in gifts]
        connection.execute(_LESS_OF_GIVER, by_giver)
        connection.execute(_LESS_OF_ROOM, [{"of": gift.room, "less": gift.coins} for gift in gifts])

    def _events(self, connection: Connection, rows: Sequence[Row[Any]]) -> list[Event]:
        people = self._accounts.brief(connection, set[str]().union(*map(people_in, rows)))
        return [restored(row, people) for row in rows]
