"""The room log: the durable events of every room, in order, committed before they are sent to members."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, select, update

from chat import statements
from chat.batch import Appended, Batch
from chat.errors import NoSuchLine
from chat.events import people_in, restored
from chat.kinds.entry import (
    NO_EFFECTS,
    NO_GOALS,
    OPEN,
    ChatModes,
    Domains,
    Entry,
    Head,
    SponsorsEffects,
    SponsorsGoals,
    modes_of,
)
from chat.kinds.goal import running_goals
from chat.kinds.goods import Goods, ProductPinned, without_product
from chat.kinds.kind import SEQ_MAX, Event
from chat.kinds.state import StateChanged
from chat.tables import room_effects, room_events, room_givers, room_heads
from core.clock import Clock
from core.database import Database
from core.identity import Person
from live.goods.news import NO_GOODS, Pin, RoomGoods, ShopNews, Sold
from live.rooms import Rooms, RoomState
from money.ads.credit import EffectCredit, GoalCredit
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
    effect: EffectCredit | None = None
    goal: GoalCredit | None = None
    pin: Pin | None = None
    modes: ChatModes = OPEN


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
        effects: SponsorsEffects = NO_EFFECTS,
        goals: SponsorsGoals = NO_GOALS,
        goods: RoomGoods = NO_GOODS,
    ) -> None:
        self.goods = goods
        self._clock = clock
        self._rooms = rooms
        self._accounts = accounts
        self._domains = Domains(rooms, gifts, accounts, inbox, effects, goals)
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

    def tell(self, connection: Connection, room: str, news: Sequence[ShopNews]) -> Callable[[], None]:
        """Append what the shop says, in the caller's transaction; see `record`."""
        named = {one for each in news if isinstance(each, Sold) for one in each.buyers}
        people = self._accounts.brief(connection, named) if named else {}
        entries = [
            Entry(room, Goods(each, tuple(people[one] for one in getattr(each, "buyers", ()) if one in people)))
            for each in news
        ]
        appended = [one for one in self._apply(connection, entries) if isinstance(one, Appended)]

        def announce() -> None:
            for one in appended:
                self._announce(one)

        return announce

    def forget(self, connection: Connection, room: str, products: Collection[str]) -> None:
        """Take out what the log says of these products; see `live.goods.news.RoomNews`."""
        shown = select(room_events.c.seq, room_events.c.fields)
        for row in connection.execute(shown.where(room_events.c.room == room, room_events.c.type == "pinned")).all():
            pin = row.fields["pin"]
            if pin["product"] in products:
                one = update(room_events).where(room_events.c.room == room, room_events.c.seq == row.seq)
                connection.execute(one.values(fields={**row.fields, "pin": {**pin, "title": "", "picture": None}}))

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
        """The events after `after`, oldest first. What they say of products that a moderator has hidden is left out."""
        query = (
            select(room_events)
            .where(room_events.c.room == room, room_events.c.seq > after)
            .order_by(room_events.c.seq)
            .limit(limit)
        )
        events = self._events(connection, connection.execute(query).all())
        hidden = self.goods.hidden(connection, {one.pin.product for one in events if isinstance(one, ProductPinned)})
        if not hidden:
            return events
        return [
            without_product(one) if isinstance(one, ProductPinned) and one.pin.product in hidden else one
            for one in events
        ]

    def end(self, connection: Connection, room: str, last: int) -> End:
        """The last events of a room and its totals after exactly these events. They name only the product that is
        pinned now. Raises NotFound."""
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
        shown = connection.execute(select(room_effects).where(room_effects.c.room == room)).first()
        pin = self.goods.current(connection, room)
        effect = EffectCredit(shown.effect, shown.name, shown.sponsor, shown.paid_by) if shown else None
        return End(
            rows[-1].seq,
            rows[-1].coins_now,
            state,
            [without_product(one, but=pin.id if pin else "") for one in self._events(connection, rows)],
            effect,
            running_goals(connection, [room], self._clock()).get(room),
            pin,
            modes_of(connection.execute(select(room_heads).where(room_heads.c.room == room)).one()),
        )

    def heads(self, connection: Connection, rooms: Sequence[str]) -> dict[str, Head]:
        """The last sequence number, and the gifts' worth, of each of these rooms in which anything happened."""
        found = select(room_heads.c.room, room_heads.c.seq, room_heads.c.coins).where(room_heads.c.room.in_(rooms))
        return {row.room: Head(row.seq, row.coins) for row in connection.execute(found)}

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

    def text(self, connection: Connection, line: str) -> str | None:
        """What a line says, for moderators, also if it was removed. `line`: `ROOM:SEQ`, as it was reported."""
        room, _, seq = line.partition(":")
        query = select(room_events.c.fields).where(
            room_events.c.room == room, room_events.c.seq == int(seq), room_events.c.type == "said"
        )
        fields = connection.execute(query).scalar()
        return None if fields is None else str(fields.get("text", ""))

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
        """Gifts were taken back, or given again: totals and top givers follow. Their events stay in the log.

        Members see it within a second of the commit: every node compares the totals of its rooms once a second.
        """
        by_room = sorted(gifts, key=lambda gift: gift.room)
        # The head first: who holds its lock may write a giver's sum as they have read it.
        connection.execute(_LESS_OF_ROOM, [{"of": gift.room, "less": gift.coins} for gift in by_room])
        by_giver = [{"of": gift.room, "by": gift.giver, "less": gift.coins} for gift in by_room]
        connection.execute(_LESS_OF_GIVER, by_giver)

    def lock(self, connection: Connection, rooms: Sequence[str]) -> None:
        """Nobody else appends to these rooms until the transaction ends. Gifts lock their room before the ledger, and
        so has to do whoever takes them back."""
        connection.execute(statements.HEADS, {"keys": sorted(rooms)})

    def _events(self, connection: Connection, rows: Sequence[Row[Any]]) -> list[Event]:
        people = self._accounts.brief(connection, set[str]().union(*map(people_in, rows)))
        return [restored(row, people) for row in rows]
