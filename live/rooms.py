"""Rooms: their hosts, titles and states. Messages are in `chat`, media is in `sessions`.

SQL's row is the truth about a room's state. This process caches it in one place, `Rooms`, and corrects the cache by the
news on the bus and by the row, which `Ownership` reads again every second.
"""

from __future__ import annotations

import builtins
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import msgpack
import structlog
from sqlalchemy import ColumnElement, Connection, Row, Update, bindparam, case, func, insert, select, tuple_, update

from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest, NotAllowed, NotFound
from core.identity import Identity, Person, may
from core.ids import is_id, new_id
from core.text import clean_line
from live.audience import Audience
from live.errors import NoOpenRoom, RoomEnded, TooManyRooms, WrongStreamKey
from live.stream_keys import StreamKeys
from live.tables import rooms
from money.purchases.take_back import ReversedGift
from people.accounts import Accounts
from people.leaving.erasing import unnamed

RoomState = Literal["idle", "live", "ended"]
StateListener = Callable[[str, RoomState], None]
"""Called on the event loop with a room's id and its new state; must not block."""
StateRecorder = Callable[[Connection, str, RoomState], Callable[[], None]]
"""Called inside the transaction that changes a room's state, before the room's row is locked: it may only run SQL, and
may run again when the transaction is retried. What it returns is called on the event loop after the commit."""

TITLE_CHARS_MAX = 100
OPEN_ROOMS_PER_HOST_MAX = 20
CACHED_ROOMS_MAX = 10_000
TOPIC = "rooms"
TITLES_TOPIC = "room titles"
_TITLES = rooms.c.title, rooms.c.title_withheld
TITLES = rooms.c.title.concat(" ").concat(rooms.c.title_withheld)
TITLE_HIDDEN = "–"  # in every language
NO_OWNER = {"node": "", "publishing": 0, "epoch": rooms.c.epoch + 1}

_LOCK_STATES = (
    select(rooms.c.id, rooms.c.state)
    .where(rooms.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(rooms.c.id)  # every transaction locks in this order, which prevents deadlocks
    .with_for_update(key_share=True)  # FOR NO KEY UPDATE: rows that refer to a room can still be inserted
)

_CURSOR = re.compile(r"([01])\.([0-9]{1,9})\.([0-9a-z]{1,40})\Z")  # within the ranges of its columns

log = structlog.get_logger("live")


def off_air(now: int) -> dict[str, Any]:
    """Values that end a room's time on air, if it is live. `now`: Unix ms."""
    since = func.coalesce(rooms.c.live_since, now)
    return {"on_air_ms": rooms.c.on_air_ms + case((since < now, now - since), else_=0), "live_since": None}


@dataclass(frozen=True, slots=True)
class Room:
    """A room as other domains see it. It may be cached; `Audience` has the counters."""

    id: str
    title: str
    host: Person
    state: RoomState


class _NoChangeError(Exception):
    """The room is not in a state from which this change is possible."""


class Rooms:
    def __init__(
        self, database: Database, bus: Bus, accounts: Accounts, audience: Audience, keys: StreamKeys, clock: Clock
    ) -> None:
        self._database = database
        self._bus = bus
        self._accounts = accounts
        self._audience = audience
        self._keys = keys
        self._clock = clock
        self._sender = new_id()  # distinguishes our own news from other processes'
        self._cache: dict[str, Room] = {}
        self._changes = 0  # number of cache invalidations: rows read before the last one may be outdated
        self._listeners: list[StateListener] = []
        self._recorders: list[StateRecorder] = []
        self._title_recorders: list[Callable[[Connection, str], None]] = []
        self._title_listeners: list[Callable[[Connection, str, str, str], None]] = []
        bus.subscribe(TOPIC, self._on_news)
        bus.subscribe(TITLES_TOPIC, self._on_title_news)

    def listen(self, listener: StateListener) -> None:
        """Call `listener` for every change of state on any node. It may get the same one twice."""
        self._listeners.append(listener)

    def record(self, recorder: StateRecorder) -> None:
        """Call `recorder` in the transaction of every change of state on this node."""
        self._recorders.append(recorder)

    def record_titles(self, recorder: Callable[[Connection, str], None]) -> None:
        """Call `recorder` with the room in the transaction of every change of a title, before the room is locked."""
        self._title_recorders.append(recorder)

    def hear_titles(self, listener: Callable[[Connection, str, str, str], None]) -> None:
        """Call `listener` with room, host and title in the transaction that writes a title."""
        self._title_listeners.append(listener)

    # -- for the host ----------------------------------------------------------------------------

    def create(self, host: Identity, title: str) -> str:
        """Create an idle room and return its id. Blocks. Raises what `may` raises, TooManyRooms, InvalidRequest."""
        may(host, "live")
        title = checked_title(title)
        room = new_id()

        def write(connection: Connection) -> None:
            open_rooms = select(func.count()).select_from(rooms).where(
                rooms.c.host == host.id, rooms.c.state != "ended"
            )  # fmt: skip
            if connection.execute(open_rooms).scalar_one() >= OPEN_ROOMS_PER_HOST_MAX:
                raise TooManyRooms(f"You can have at most {OPEN_ROOMS_PER_HOST_MAX} open rooms.")
            connection.execute(
                insert(rooms).values(
                    id=room, host=host.id, title=title, state="idle", created_at=self._clock(), earned=0
                )
            )
            self._keys.make(connection, host.id)
            for listener in self._title_listeners:
                listener(connection, room, host.id, title)

        self._database.write(write)
        return room

    async def retitle(self, room: str, who: Identity, title: str) -> None:
        """Raises NotFound, NotAllowed, RoomEnded where a moderator has hidden the title, InvalidRequest."""
        title = checked_title(title)

        def write(connection: Connection) -> None:
            row = self.row(connection, room)
            if row.host != who.id:
                raise NotAllowed("Only the host may do this.")
            if row.title_withheld:
                raise RoomEnded
            self._put_title(connection, room, update(rooms).where(rooms.c.id == room).values(title=title))
            for listener in self._title_listeners:
                listener(connection, room, who.id, title)

        await self._database.write_async(write)
        self.on_title(room, title)
        self._bus.publish(TITLES_TOPIC, msgpack.packb((room, title)))

    async def end(self, room: str, who: Identity) -> None:
        """End a room for good. Ending an ended room changes nothing. Raises NotFound, NotAllowed."""

        def check(connection: Connection) -> None:
            if self.row(connection, room).host != who.id and not who.moderates:
                raise NotAllowed("Only the host or a moderator may end a room.")

        values = {
            "state": "ended",
            "live": 0,
            "viewers": 0,
            "ended_at": self._clock(),
            **NO_OWNER,
            **off_air(self._clock()),
        }
        change = update(rooms).where(rooms.c.id == room, rooms.c.state != "ended").values(values)
        await self.change_state(room, "ended", change, check)

    # -- for moderators --------------------------------------------------------------------------

    async def open_of(self, host: str) -> list[str]:
        """The rooms of a host that have not ended."""
        query = select(rooms.c.id).where(rooms.c.host == host, rooms.c.state != "ended")
        return await self._database.read_async(lambda c: list(c.execute(query).scalars()))

    def is_any_open(self, connection: Connection, host: str) -> bool:
        """Whether one of somebody's rooms has not ended."""
        mine = select(rooms.c.id).where(rooms.c.host == host, rooms.c.state != "ended").limit(1)
        return connection.execute(mine).first() is not None

    # -- for moderators, in their transaction ------------------------------------------------------

    def title_of(self, connection: Connection, room: str) -> str | None:
        """Also one that is hidden."""
        row = connection.execute(select(rooms.c.title, rooms.c.title_withheld).where(rooms.c.id == room)).first()
        return None if row is None else row.title_withheld or row.title

    def hide_title(self, connection: Connection, room: str) -> None:
        """Nobody reads it any more; the room itself is ended (`end`)."""
        one = update(rooms).where(rooms.c.id == room, rooms.c.title_withheld == "")
        self._put_title(connection, room, one.values(title=TITLE_HIDDEN, title_withheld=rooms.c.title))

    def restore_title(self, connection: Connection, room: str) -> None:
        one = update(rooms).where(rooms.c.id == room, rooms.c.title_withheld != "")
        self._put_title(connection, room, one.values(title=rooms.c.title_withheld, title_withheld=""))

    def unname(self, connection: Connection, which: ColumnElement[bool], handle: str) -> None:
        """For `unnames`: a title mentions somebody who is erased, or what a moderator has hidden of it."""
        for row in connection.execute(select(rooms.c.id, *_TITLES).where(which)).all():
            titles = {column: unnamed(text, handle) for column, text in zip(_TITLES, row[1:], strict=True)}
            self._put_title(connection, row.id, update(rooms).where(which).values(titles))

    def _put_title(self, connection: Connection, room: str, change: Update) -> None:
        for recorder in self._title_recorders:
            recorder(connection, room)
        connection.execute(change)

    # -- for other parts -------------------------------------------------------------------------

    async def room(self, room: str) -> Room | None:
        """A room, from the cache where possible."""
        if (cached := self._cache.get(room)) is not None or not is_id(room):
            return cached

        def read(connection: Connection) -> tuple[Room, int] | None:
            row = connection.execute(select(rooms).where(rooms.c.id == room)).first()
            if row is None:
                return None
            host = self._accounts.brief(connection, [row.host])[row.host]
            return Room(row.id, row.title, host, row.state), row.likes

        changes = self._changes
        found = await self._database.read_async(read)
        if found is None:
            return None
        self._audience.seed(room, found[1])
        if changes != self._changes:  # it may have been read before a change that we know of
            return found[0]
        if len(self._cache) >= CACHED_ROOMS_MAX:
            self._cache.clear()
        self._cache[room] = found[0]
        return found[0]

    async def check_stream_key(self, room: str, key: str) -> Room:
        """The room this key belongs to. Raises WrongStreamKey, also when there is no such room; RoomEnded."""
        owner, found = await self._keys.owner(key), await self.room(room)
        if owner is None or found is None or found.host.id != owner:
            raise WrongStreamKey(headers={"WWW-Authenticate": "Bearer"})
        if found.state == "ended":
            raise RoomEnded
        return found

    async def open_room(self, key: str) -> Room:
        """The room that the owner of this key publishes to: the live one, or else the newest that has not ended.

        Raises WrongStreamKey, NoOpenRoom."""
        owner = await self._keys.owner(key)
        if owner is None:
            raise WrongStreamKey(headers={"WWW-Authenticate": "Bearer"})
        newest = select(rooms.c.id).where(rooms.c.host == owner, rooms.c.state != "ended")
        newest = newest.order_by(rooms.c.live.desc(), rooms.c.id.desc()).limit(1)
        room = await self._database.read_async(lambda connection: connection.execute(newest).scalar())
        found = await self.room(room) if room is not None else None
        if found is None:
            raise NoOpenRoom
        return found

    async def change_state(
        self, room: str, state: RoomState, change: Update, check: Callable[[Connection], None] | None = None
    ) -> bool:
        """Commit `change` together with what the recorders write. Does nothing and returns False if it matches no row.

        Local effects come first, then the bus: a room's media stops here even when the bus is down."""

        def write(connection: Connection) -> Sequence[Callable[[], None]]:
            if check is not None:
                check(connection)
            # The recorders come first because they lock the room's log, which every writer locks before the room.
            notifications = [recorder(connection, room, state) for recorder in self._recorders]
            if connection.execute(change).rowcount != 1:
                raise _NoChangeError  # rolls back what the recorders wrote
            return notifications

        try:
            notifications = await self._database.write_async(write)
        except _NoChangeError:
            return False
        log.info("room", room=room, state=state)
        self.on_state(room, state)
        for notify in notifications:
            notify()
        self._bus.publish(TOPIC, msgpack.packb((self._sender, room, state)))
        return True

    @property
    def cached_live(self) -> builtins.list[str]:
        """Rooms this process believes to be live."""
        return [room.id for room in self._cache.values() if room.state == "live"]

    def on_state(self, room: str, state: RoomState) -> None:
        """Update the cache to a room's current state, unless it is known already."""
        cached = self._cache.get(room)
        if cached is not None and cached.state == state:
            return
        self._forget(room)
        for listener in self._listeners:
            listener(room, state)

    def on_title(self, room: str, title: str) -> None:
        """Forget a room's cached title, unless it is this one."""
        cached = self._cache.get(room)
        if cached is None or cached.title != title:
            self._forget(room)

    def lock_states(self, connection: Connection, ids: Iterable[str]) -> dict[str, RoomState]:
        """The rooms' states, locked until this transaction ends."""
        return {row.id: row.state for row in connection.execute(_LOCK_STATES, {"ids": list(ids)})}

    def add_gifts(self, connection: Connection, gifts: Mapping[str, tuple[int, int]]) -> None:
        """Count gifts in the rooms' totals, in the transaction that moves them: their coins, and the host's share."""
        values = {"coins": rooms.c.coins + bindparam("more"), "earned": rooms.c.earned + bindparam("share")}
        connection.execute(
            update(rooms).where(rooms.c.id == bindparam("room")).values(values),
            [{"room": room, "more": more, "share": share} for room, (more, share) in sorted(gifts.items())],
        )

    def reverse_gifts(self, connection: Connection, gifts: Sequence[ReversedGift]) -> None:
        """Gifts were taken back, or given again: the rooms' totals follow."""
        totals: dict[str, tuple[int, int]] = {}
        for gift in gifts:
            coins, earned = totals.get(gift.room, (0, 0))
            totals[gift.room] = coins - gift.coins, earned - gift.creator_coins
        self.add_gifts(connection, totals)

    def coins(self, connection: Connection, room: str) -> int:
        return connection.execute(select(rooms.c.coins).where(rooms.c.id == room)).scalar() or 0

    # -- reading ---------------------------------------------------------------------------------

    def row(self, connection: Connection, room: str) -> Row[*tuple[Any, ...]]:
        """A room's row. Raises NotFound."""
        row = connection.execute(select(rooms).where(rooms.c.id == room)).first()
        if row is None:
            raise NotFound("There is no such room.")
        return row

    def titles(self, connection: Connection, ids: Sequence[str]) -> dict[str, str]:
        """The titles of rooms; those that are gone are missing."""
        found = connection.execute(select(rooms.c.id, rooms.c.title).where(rooms.c.id.in_(ids)))
        return {row.id: row.title for row in found}

    def list(
        self, connection: Connection, *, state: str, host: str, cursor: str, limit: int
    ) -> tuple[Sequence[Row[*tuple[Any, ...]]], str | None]:
        """Rows and the next cursor: live ones first, by viewers, then the newest."""
        order = (rooms.c.live, rooms.c.viewers, rooms.c.id)
        query = select(rooms).order_by(*(column.desc() for column in order)).limit(limit + 1)
        if state:
            query = query.where(rooms.c.state == state)
        if host:
            query = query.where(rooms.c.host == self._accounts.by_handle(connection, host).id)
        if cursor:
            query = query.where(tuple_(*order) < tuple_(*parsed_cursor(cursor)))
        rows = connection.execute(query).all()
        if len(rows) <= limit:
            return rows, None
        last = rows[limit - 1]
        return rows[:limit], f"{last.live}.{last.viewers}.{last.id}"

    # -- news ------------------------------------------------------------------------------------

    def _on_news(self, payload: bytes) -> None:
        sender, room, state = msgpack.unpackb(payload)
        if sender != self._sender:
            self.on_state(room, state)

    def _on_title_news(self, payload: bytes) -> None:
        self.on_title(*msgpack.unpackb(payload))

    def _forget(self, room: str) -> None:
        self._cache.pop(room, None)
        self._changes += 1


def checked_title(title: str) -> str:
    cleaned = clean_line(title, TITLE_CHARS_MAX)
    if not cleaned:
        raise InvalidRequest(f"A title must have 1 to {TITLE_CHARS_MAX} characters, one of them visible.")
    return cleaned


def parsed_cursor(cursor: str) -> tuple[int, int, str]:
    found = _CURSOR.match(cursor)
    if found is None:
        raise InvalidRequest("cursor is invalid")
    return int(found[1]), int(found[2]), found[3]
