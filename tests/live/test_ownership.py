"""Ownership: one node at a time has a room's media, whatever other nodes do."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from datetime import date

import pytest
from sqlalchemy import Connection, update

from core.bus import LocalBus
from core.clock import system_clock
from core.database import Database
from core.identity import Identity
from live.audience import Audience
from live.errors import AlreadyPublishing, RoomEnded
from live.nodes import DEAD_MS, Claim, NodeReplacedError, Nodes, database_now
from live.ownership import Ownership
from live.presence import Presence
from live.rooms import Rooms
from live.stream_keys import StreamKeys
from live.tables import nodes
from people.accounts import Accounts

ROUNDS = 20


class Node:
    """One process's view of rooms. Each node has its own bus, so that nodes do not notify each other."""

    def __init__(self, database: Database, id: str) -> None:
        self.database = database
        self.id = id
        bus = LocalBus()
        self.audience = Audience(database, bus)
        self.accounts = Accounts(database, system_clock)
        self.rooms = Rooms(
            database, bus, self.accounts, self.audience, StreamKeys(database, system_clock), system_clock
        )
        self.nodes = Nodes(database, id, f"http://{id}")
        self.ownership = Ownership(database, self.rooms, self.nodes, system_clock)
        self.lost: list[str] = []
        self.recorded: list[tuple[str, str]] = []
        self.ownership.on_loss(self.lost.append)
        self.rooms.record(lambda _, room, state: lambda: self.recorded.append((room, state)))

    def run_for_long(self) -> None:
        """Pretend that it has seen heartbeats long enough to declare nodes dead."""
        self.nodes._regular_since -= DEAD_MS / 1000

    def fall_silent(self) -> None:
        """Pretend that it has written no heartbeat for so long that it counts as dead."""
        silent = update(nodes).where(nodes.c.id == self.id).values(heard_at=database_now() - DEAD_MS - 1000)
        self.database.write(lambda c: c.execute(silent))

    async def go_live(self, room: str) -> Claim:
        claim = await self.ownership.claim(room)
        assert await self.ownership.went_live(claim)
        return claim

    def row(self, room: str) -> tuple[str, str, int, int]:
        row = self.database.read(lambda c: self.rooms.row(c, room))
        return row.state, row.node, row.epoch, row.viewers


class Pair:
    def __init__(self, database: Database) -> None:
        self.one, self.two = Node(database, "one"), Node(database, "two")
        made = self.one.accounts.join("host", "correct horse", date(1990, 1, 1))
        self.host = Identity(made.id, made.handle, made.name, "member", True)
        for node in (self.one, self.two):
            node.nodes.register()
            node.run_for_long()

    def open_room(self) -> str:
        return self.one.rooms.create(self.host, "x")


@pytest.fixture
def pair(database: Database) -> Pair:
    return Pair(database)


async def test_a_room_that_another_node_publishes_is_refused(pair: Pair) -> None:
    room = pair.open_room()
    claim = await pair.one.ownership.claim(room)
    with pytest.raises(AlreadyPublishing):  # not live yet, but its publisher is connecting
        await pair.two.ownership.claim(room)
    assert await pair.one.ownership.went_live(claim)
    with pytest.raises(AlreadyPublishing):
        await pair.two.ownership.claim(room)
    assert await pair.one.ownership.claim(room) == claim, "its own node decides who publishes"
    assert await pair.one.ownership.went_idle(claim)
    assert (await pair.two.ownership.claim(room)).epoch > claim.epoch


async def test_exactly_one_of_two_concurrent_claims_wins(pair: Pair) -> None:
    for _ in range(ROUNDS):
        room = pair.open_room()
        answers = await asyncio.gather(
            pair.one.ownership.claim(room), pair.two.ownership.claim(room), return_exceptions=True
        )
        winners = [answer for answer in answers if isinstance(answer, Claim)]
        assert [type(answer) for answer in answers if answer not in winners] == [AlreadyPublishing]
        assert pair.one.row(room)[1:3] == (winners[0].node, winners[0].epoch)
        await pair.one.rooms.end(room, pair.host)


async def test_an_ended_room_cannot_be_claimed(pair: Pair) -> None:
    room = pair.open_room()
    await pair.one.rooms.end(room, pair.host)
    for missing in (room, "0" * 20):
        with pytest.raises(RoomEnded):
            await pair.two.ownership.claim(missing)


async def test_a_room_moves_to_another_node_and_its_old_node_cannot_change_it(pair: Pair) -> None:
    room = pair.open_room()
    old = await pair.one.go_live(room)
    pair.one.audience.set_viewers(old, 5)
    assert await pair.one.ownership.set_publishing(old, False)
    new = await pair.two.go_live(room)
    pair.two.audience.set_viewers(new, 2)
    await pair.two.audience.flush()
    before = pair.two.row(room)
    assert before == ("live", new.node, new.epoch, 2)
    await pair.one.audience.flush()
    assert not await pair.one.ownership.set_publishing(old, True)
    assert not await pair.one.ownership.went_live(old)
    assert not await pair.one.ownership.went_idle(old)
    assert pair.two.row(room) == before
    assert pair.one.recorded + pair.two.recorded == [(room, "live")], "it never stopped"


async def test_a_node_detects_changes_of_its_rooms_without_the_bus(pair: Pair) -> None:
    ended, taken, kept = pair.open_room(), pair.open_room(), pair.open_room()
    heard: list[tuple[str, str]] = []
    pair.one.rooms.listen(lambda room, state: heard.append((room, state)))
    claims = {room: await pair.one.go_live(room) for room in (ended, taken, kept)}
    await pair.two.rooms.room(kept)
    await pair.two.rooms.end(ended, pair.host)
    await pair.one.ownership.set_publishing(claims[taken], False)
    await pair.two.go_live(taken)
    heard.clear()
    await pair.one.ownership.reread()
    assert heard == [(ended, "ended")]
    assert pair.one.lost == [taken]
    assert await pair.one.ownership.went_idle(claims[kept])
    assert (await pair.two.rooms.room(kept)).state == "live"  # type: ignore[union-attr]
    await pair.two.ownership.reread()
    assert (await pair.two.rooms.room(kept)).state == "idle"  # type: ignore[union-attr]


async def test_a_dead_nodes_rooms_become_idle_once_and_can_be_claimed(pair: Pair) -> None:
    room, third = pair.open_room(), Node(pair.one.database, "three")
    old = await pair.one.go_live(room)
    third.nodes.register()
    third.run_for_long()
    await pair.two.ownership.idle_rooms_of_the_dead()
    assert pair.two.row(room)[0] == "live", "its node lives"
    pair.one.fall_silent()
    await asyncio.gather(*(node.ownership.idle_rooms_of_the_dead() for node in (pair.two, third)))
    assert pair.two.row(room)[0] == "idle"
    assert pair.two.recorded + third.recorded == [(room, "idle")]
    new = await pair.two.go_live(room)
    before = pair.two.row(room)
    await pair.one.nodes.run_beat()  # it was only paused
    assert not await pair.one.ownership.went_idle(old)
    assert pair.two.row(room) == before
    assert new.epoch > old.epoch


async def test_a_dead_nodes_room_can_be_claimed_before_it_is_idle(pair: Pair) -> None:
    room = pair.open_room()
    await pair.one.go_live(room)
    pair.one.fall_silent()
    await pair.two.go_live(room)
    assert pair.two.row(room)[0] == "live"
    assert pair.two.recorded == [], "the room's log goes on without a stop"
    await pair.two.ownership.idle_rooms_of_the_dead()
    assert pair.two.row(room)[0] == "live"


async def test_a_node_that_was_paused_declares_no_node_dead(pair: Pair) -> None:
    room = pair.open_room()
    await pair.one.go_live(room)
    pair.one.fall_silent()  # as every node is after a database outage
    pair.two.nodes._beat_at -= 60
    for _ in range(2):
        await pair.two.ownership.idle_rooms_of_the_dead()
        assert pair.two.row(room)[0] == "live"
        with pytest.raises(AlreadyPublishing):
            await pair.two.ownership.claim(room)
        await pair.two.nodes.run_beat()


async def test_a_restarted_nodes_rooms_become_idle(pair: Pair) -> None:
    room, elsewhere = pair.open_room(), pair.open_room()
    old = await pair.one.go_live(room)
    await pair.two.go_live(elsewhere)
    again = Node(pair.one.database, "one")
    await again.ownership.register()
    assert (again.row(room)[0], again.row(elsewhere)[0]) == ("idle", "live")
    assert again.recorded == [(room, "idle")]
    claim = await again.ownership.claim(room)
    assert claim.node != old.node, "a restarted process is not the one before it"
    assert not await pair.one.ownership.went_live(old)
    with pytest.raises(NodeReplacedError, match="CADEAU_MEDIA_PORT"):
        await pair.one.nodes.run_beat()


async def test_a_stopped_nodes_rooms_can_be_claimed_at_once(pair: Pair) -> None:
    room = pair.open_room()
    await pair.one.go_live(room)
    running = asyncio.create_task(pair.one.ownership.run())
    await asyncio.sleep(0)
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    await pair.one.nodes.sign_off()
    await pair.two.ownership.claim(room)


async def test_a_claim_holds_even_if_its_nodes_row_was_deleted(pair: Pair) -> None:
    room = pair.open_room()
    pair.one.database.write(lambda c: c.execute(nodes.delete()))
    await pair.one.ownership.claim(room)
    with pytest.raises(AlreadyPublishing):
        await pair.two.ownership.claim(room)


class Announced:
    """The running presence of one node, with its announcements."""

    def __init__(self, node: Node) -> None:
        self.presence = Presence(node.ownership)
        self.heard: list[tuple[str, bool]] = []
        self.presence.listen(lambda room, sending: self.heard.append((room, sending)))
        node.ownership.on_loss(self.presence.drop)
        self._running = asyncio.create_task(self.presence.run())

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(20):
            while not condition():
                await asyncio.sleep(0.01)

    async def stop(self) -> None:
        self._running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._running


async def test_a_node_that_lost_a_room_does_not_announce_a_stopped_publisher(pair: Pair) -> None:
    room, announced = pair.open_room(), Announced(pair.one)
    claim = await pair.one.ownership.claim(room)
    announced.presence.open(claim)
    announced.presence.update(room, sending=True, taken=True)
    await announced.until(lambda: announced.heard == [(room, True)])
    assert announced.presence.is_live(room)
    pair.one.fall_silent()
    new = await pair.two.go_live(room)
    announced.presence.update(room, sending=False, taken=False)
    await announced.until(lambda: pair.one.lost == [room])
    assert announced.heard == [(room, True)]
    assert not announced.presence.is_live(room)
    assert pair.two.row(room)[:3] == ("live", new.node, new.epoch)
    await announced.stop()


async def test_a_publisher_that_returns_before_the_room_is_idle_keeps_it_live(
    pair: Pair, monkeypatch: pytest.MonkeyPatch
) -> None:
    room, announced = pair.open_room(), Announced(pair.one)
    announced.presence.open(await pair.one.ownership.claim(room))
    announced.presence.update(room, sending=True, taken=True)
    await announced.until(lambda: announced.heard == [(room, True)])
    announced.presence.close(room)
    announced.presence.open(await pair.one.ownership.claim(room))
    announced.presence.update(room, sending=True, taken=True)
    await announced.until(lambda: not announced.presence._due)
    assert pair.one.row(room)[0] == "live"
    announced.presence.close(room)
    await announced.until(lambda: pair.one.row(room)[0] == "idle")
    await announced.until(lambda: [state for _, state in pair.one.recorded] == ["live", "idle"])
    await announced.stop()


async def test_presence_retries_failed_writes(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("live.presence.RETRY_S", 0.01)
    room, announced = pair.open_room(), Announced(pair.one)
    refusals = iter([True, True, False])

    def recorder(_connection: Connection, _room: str, _state: str) -> Callable[[], None]:
        if next(refusals, False):
            raise OSError("the disk is full")
        return lambda: None

    pair.one.rooms.record(recorder)
    announced.presence.open(await pair.one.ownership.claim(room))
    announced.presence.update(room, sending=True, taken=True)
    await announced.until(lambda: announced.heard == [(room, True)])
    assert pair.one.row(room)[0] == "live"
    await announced.stop()
