"""Rooms: permissions, state changes and notifications."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from datetime import date

import psycopg
import pytest
from sqlalchemy import Connection, update
from sqlalchemy.exc import OperationalError

from core.bus import Bus, LocalBus
from core.clock import system_clock
from core.database import Database
from core.errors import AdultsOnly, InvalidRequest, NotAllowed, NotFound
from core.identity import Identity
from live import rooms as module
from live.audience import Audience
from live.errors import NoOpenRoom, RoomEnded, TooManyRooms, WrongStreamKey
from live.nodes import Claim, Nodes
from live.ownership import Ownership
from live.rooms import TITLES, Rooms
from live.stream_keys import StreamKeys
from live.tables import rooms
from people.accounts import Accounts
from people.leaving.mentions import unnames


class House:
    """Rooms with a host, another person and a moderator."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self.database = database
        self.now = system_clock()
        self.accounts = Accounts(database, system_clock)
        self.audience = Audience(database, bus)
        self.keys = StreamKeys(database, system_clock)
        self.rooms = Rooms(database, bus, self.accounts, self.audience, self.keys, lambda: self.now)
        self.ownership = Ownership(database, self.rooms, Nodes(database, "here", ""), lambda: self.now)
        self.claims: dict[str, Claim] = {}
        self.host, self.other = self.person("host"), self.person("other")
        self.moderator = Identity(self.other.id, "mod", "Mod", "moderator", True)

    def person(self, handle: str) -> Identity:
        made = self.accounts.join(handle, "correct horse", date(1990, 1, 1))
        return Identity(made.id, made.handle, made.name, "member", True)

    async def go_live(self, room: str) -> None:
        """Pretend that a publisher's media arrives."""
        if room not in self.claims:
            self.claims[room] = await self.ownership.claim(room)
        await self.ownership.went_live(self.claims[room])

    async def go_idle(self, room: str) -> None:
        """Pretend that the publisher is gone."""
        if room in self.claims:
            await self.ownership.went_idle(self.claims.pop(room))

    def key(self, room: str) -> str:
        return self.keys.of(self.database.read(lambda c: self.rooms.row(c, room)).host)

    def state(self, room: str) -> str:
        return str(self.database.read(lambda c: self.rooms.row(c, room)).state)


@pytest.fixture
async def house(database: Database, bus: Bus) -> AsyncIterator[House]:
    made = House(database, bus)
    running = asyncio.create_task(made.audience.run())
    yield made
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def eventually(check: object) -> None:
    async with asyncio.timeout(30):
        while not check():  # type: ignore[operator]
            await asyncio.sleep(0.01)


async def test_a_room_goes_live_idle_live_and_ends_for_good(house: House) -> None:
    room = house.rooms.create(house.host, "  My\nroom ")
    recorded: list[tuple[str, str]] = []
    house.rooms.record(lambda _, room, state: lambda: recorded.append((room, state)))
    assert (await house.rooms.room(room)).title == "My room"  # type: ignore[union-attr]
    for state in ("live", "idle", "live"):
        move = house.go_live if state == "live" else house.go_idle
        await move(room)
        await move(room)
        assert house.state(room) == state
        assert (await house.rooms.room(room)).state == state  # type: ignore[union-attr]
    claim = house.claims[room]
    await house.rooms.end(room, house.host)
    await house.rooms.end(room, house.host)
    assert not await house.ownership.went_live(claim)
    assert house.state(room) == "ended"
    assert [state for _, state in recorded] == ["live", "idle", "live", "ended"], "each change once"
    with pytest.raises(RoomEnded):
        await house.rooms.check_stream_key(room, house.key(room))


async def test_a_state_change_and_its_recorder_share_one_transaction(house: House) -> None:
    room = house.rooms.create(house.host, "x")
    notified: list[str] = []

    def recorder(connection: Connection, room: str, state: str) -> Callable[[], None]:
        house.rooms.add_gifts(connection, {room: (1, 0)})
        if state == "idle":
            raise OSError("the disk is full")
        return lambda: notified.append(state)

    house.rooms.record(recorder)
    await house.go_live(room)
    await house.go_live(room)
    assert house.database.read(lambda c: house.rooms.coins(c, room)) == 1, "nothing changed the second time"
    with pytest.raises(OSError, match="full"):
        await house.go_idle(room)
    assert house.state(room) == "live"
    assert house.database.read(lambda c: house.rooms.coins(c, room)) == 1
    assert notified == ["live"]


async def test_lock_states_returns_existing_rooms_only(house: House) -> None:
    live, idle = house.rooms.create(house.host, "x"), house.rooms.create(house.host, "y")
    await house.go_live(live)
    states = house.database.write(lambda c: house.rooms.lock_states(c, [live, idle, "0" * 20]))
    assert states == {live: "live", idle: "idle"}


async def test_only_the_host_and_moderators_can_end_a_room(house: House) -> None:
    room = house.rooms.create(house.host, "x")
    with pytest.raises(NotAllowed):
        await house.rooms.end(room, house.other)
    with pytest.raises(NotAllowed):
        await house.rooms.retitle(room, house.moderator, "y")
    with pytest.raises(NotFound):
        await house.rooms.end("0" * 20, house.host)
    await house.rooms.end(room, house.moderator)
    assert house.state(room) == "ended"


async def test_a_stream_key_opens_its_owners_rooms_and_no_others(house: House) -> None:
    room, another = house.rooms.create(house.host, "x"), house.rooms.create(house.host, "y")
    others = house.rooms.create(house.other, "z")
    assert (await house.rooms.check_stream_key(room, house.key(room))).id == room
    assert (await house.rooms.check_stream_key(another, house.key(room))).id == another
    for key in ("", "x", house.key(others), house.key(room)[:-1], "\x00", "é", "x" * 10_000):
        with pytest.raises(WrongStreamKey):
            await house.rooms.check_stream_key(room, key)
    with pytest.raises(WrongStreamKey):
        await house.rooms.check_stream_key("0" * 20, house.key(room))


async def test_a_stream_key_survives_the_end_of_a_room_until_it_is_rotated(house: House) -> None:
    first = house.keys.of(house.host.id)
    room = house.rooms.create(house.host, "x")
    assert house.key(room) == first
    assert (await house.rooms.open_room(first)).id == room
    await house.rooms.end(room, house.host)
    with pytest.raises(NoOpenRoom):
        await house.rooms.open_room(first)
    following = house.rooms.create(house.host, "y")
    assert house.key(following) == first
    assert (await house.rooms.open_room(first)).id == following
    second = house.keys.rotate(house.host.id)
    assert second == house.key(following) != first
    with pytest.raises(WrongStreamKey):
        await house.rooms.open_room(first)
    with pytest.raises(WrongStreamKey):
        await house.rooms.check_stream_key(following, first)
    assert (await house.rooms.open_room(second)).id == following


async def test_a_key_leads_to_the_live_room_before_a_newer_one(house: House) -> None:
    """A program that reconnects returns to the room that it was in."""
    live, newer = house.rooms.create(house.host, "x"), house.rooms.create(house.host, "y")
    assert (await house.rooms.open_room(house.key(live))).id == newer
    await house.go_live(live)
    assert (await house.rooms.open_room(house.key(live))).id == live


async def test_only_time_on_air_counts_as_a_rooms_length(house: House) -> None:
    room = house.rooms.create(house.host, "x")

    def on_air() -> tuple[int, int | None]:
        row = house.database.read(lambda c: house.rooms.row(c, room))
        return row.on_air_ms, row.live_since

    start = house.now
    assert on_air() == (0, None)
    house.now += 60_000  # it waits for its publisher
    await house.go_live(room)
    assert on_air() == (0, start + 60_000)
    house.now += 10_000
    await house.go_idle(room)
    assert on_air() == (10_000, None)
    house.now += 60_000
    await house.go_live(room)
    house.now += 5_000
    await house.rooms.end(room, house.host)
    assert on_air() == (15_000, None)


async def test_an_erased_handle_leaves_a_title_also_while_that_is_hidden(house: House) -> None:
    ada = house.person("ada")
    room, other = house.rooms.create(house.host, "With @ada"), house.rooms.create(house.host, "With @adam")
    house.database.write(lambda c: house.rooms.hide_title(c, room))
    unnames(house.database, rooms, TITLES, house.rooms.unname)(ada.id)
    house.database.write(lambda c: house.rooms.restore_title(c, room))
    titles = house.database.read(lambda c: house.rooms.titles(c, [room, other]))
    assert titles == {room: "With @[deleted]", other: "With @adam"}


async def test_a_new_title_reaches_other_nodes(house: House, bus: Bus) -> None:
    there = Rooms(house.database, bus, house.accounts, house.audience, house.keys, system_clock)
    room = house.rooms.create(house.host, "x")
    assert (await there.room(room)).title == "x"  # type: ignore[union-attr]
    running = asyncio.create_task(bus.run())
    try:
        await house.rooms.retitle(room, house.host, "a better one")
        assert (await house.rooms.room(room)).title == "a better one"  # type: ignore[union-attr]
        async with asyncio.timeout(30):
            while (await there.room(room)).title != "a better one":  # type: ignore[union-attr]
                await asyncio.sleep(0.01)
    finally:
        running.cancel()


async def test_a_new_title_is_seen_even_when_its_news_is_lost(house: House) -> None:
    room = house.rooms.create(house.host, "x")
    await house.go_live(room)
    assert (await house.rooms.room(room)).title == "x"  # type: ignore[union-attr]
    house.database.write(lambda c: c.execute(update(rooms).values(title="renamed")))
    await house.ownership.reread()
    assert (await house.rooms.room(room)).title == "renamed"  # type: ignore[union-attr]


async def test_rooms_are_for_adults_and_have_limits(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    young = Identity(house.other.id, "other", "Other", "member", False)
    with pytest.raises(AdultsOnly):
        house.rooms.create(young, "x")
    for title in ("", " ", "\x07", "x" * 101):
        with pytest.raises(InvalidRequest):
            house.rooms.create(house.host, title)
    monkeypatch.setattr(module, "OPEN_ROOMS_PER_HOST_MAX", 1)
    room = house.rooms.create(house.host, "x")
    with pytest.raises(TooManyRooms):
        house.rooms.create(house.host, "y")
    await house.rooms.end(room, house.host)
    house.rooms.create(house.host, "y")


async def test_every_node_is_notified_of_a_change_and_drops_its_cached_row(house: House, bus: Bus) -> None:
    there = Rooms(house.database, bus, house.accounts, house.audience, house.keys, system_clock)
    room = house.rooms.create(house.host, "x")
    heard: list[tuple[str, str]] = []
    there.listen(lambda room, state: heard.append((room, state)))
    async with asyncio.timeout(30):
        while not heard:  # a subscription takes a moment to reach Redis
            await house.go_live(room)
            await there.room(room)
            await asyncio.sleep(0.05)
            await house.go_idle(room)
            await asyncio.sleep(0.05)
    heard.clear()
    await there.room(room)
    await house.rooms.end(room, house.host)
    await eventually(lambda: heard == [(room, "ended")])
    assert (await there.room(room)).state == "ended"  # type: ignore[union-attr]


async def test_likes_and_viewers_are_counted_and_flushed(house: House) -> None:
    room = house.rooms.create(house.host, "x")
    await house.go_live(room)
    house.audience.set_viewers(house.claims[room], 3)
    house.audience.add_likes(room, 10)
    house.audience.add_likes(room, 5)
    await house.audience.flush()
    house.audience.set_viewers(house.claims[room], 1)
    await house.audience.flush()
    row = house.database.read(lambda c: house.rooms.row(c, room))
    assert (row.likes, row.viewers, row.viewers_peak) == (15, 1, 3)
    assert house.audience.counts(room).likes == 15


async def test_counts_from_a_database_outage_are_written_afterwards(postgres: str, postgres_url: str) -> None:
    database, bus, name = Database(postgres_url), LocalBus(), postgres_url.rpartition("/")[2]
    house = House(database, bus)
    room = house.rooms.create(house.host, "x")
    running = asyncio.create_task(house.audience.run())
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
        admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        house.audience.add_likes(room, 7)
        with pytest.raises(OperationalError):
            await house.audience.flush()
        admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
    house.audience.add_likes(room, 1)
    await eventually(lambda: database.read(lambda c: house.rooms.row(c, room)).likes == 8)
    assert not running.done()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    database.close()


async def test_gifts_add_to_a_rooms_coins(house: House) -> None:
    room, another = house.rooms.create(house.host, "x"), house.rooms.create(house.host, "y")
    house.database.write(lambda c: house.rooms.add_gifts(c, {room: (30, 15), another: (1, 0)}))
    house.database.write(lambda c: house.rooms.add_gifts(c, {room: (12, 6)}))
    assert house.database.read(lambda c: house.rooms.coins(c, room)) == 42


async def test_the_list_is_paginated_with_live_rooms_first(house: House) -> None:
    made = [house.rooms.create(house.host, str(n)) for n in range(7)]
    for room, viewers in ((made[1], 5), (made[3], 9), (made[5], 5)):
        await house.go_live(room)
        house.audience.set_viewers(house.claims[room], viewers)
    await house.audience.flush()
    seen: list[str] = []
    cursor: str | None = ""

    def read_page(connection: Connection) -> tuple[list[str], str | None]:
        rows, following = house.rooms.list(connection, state="", host="", cursor=cursor or "", limit=2)
        return [row.id for row in rows], following

    while cursor is not None:
        page, cursor = house.database.read(read_page)
        seen += page
    assert seen == [made[3], made[5], made[1], made[6], made[4], made[2], made[0]]
    rows, _ = house.database.read(lambda c: house.rooms.list(c, state="live", host="host", cursor="", limit=10))
    assert {row.id for row in rows} == {made[1], made[3], made[5]}
    with pytest.raises(InvalidRequest):
        house.database.read(lambda c: house.rooms.list(c, state="", host="", cursor="x", limit=2))
