"""No line or gift comes after a room has ended, even if they race."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any

import pytest
from sqlalchemy import Connection

from chat.batch import Appended
from chat.kinds.entry import Entry
from chat.kinds.gift import Gift
from chat.kinds.say import Say
from chat.log import RoomLog
from core.bus import LocalBus
from core.clock import system_clock
from core.database import Database
from core.identity import Identity
from live.errors import RoomEnded, RoomNotLive
from money.catalogue import GIFTS
from tests.chat.client import Client
from tests.chat.node import Node

ROSE = GIFTS["rose"]
COINS = 1_000_000
ROUNDS = 12


def other_log(node: Node) -> RoomLog:
    """The room log of another node, which has a writer of its own."""
    return RoomLog(node.database, system_clock, node.rooms, node.money.gifts, node.accounts)


def gift(room: str, host: Identity, giver: Identity, id: str) -> Entry[Gift]:
    return Entry(room, Gift(id, ROSE.gift, 1), giver.brief, host.id, adult=True)


async def types(node: Node, room: str) -> list[str]:
    log = other_log(node)
    events = await node.database.read_async(lambda c: log.read(c, room, 0, 10_000))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    return [str(event.__struct_config__.tag) for event in events]


@pytest.mark.parametrize("change", ["ended", "stopped"])
async def test_gifts_that_race_with_a_rooms_end_come_before_it_or_are_refused(node: Node, change: str) -> None:
    host, ann = await node.join(), await node.join()
    await node.grant(ann, COINS)
    logs = [other_log(node), other_log(node)]
    given = 0
    for turn in range(ROUNDS):
        room = await node.open_room(host)
        answers: list[asyncio.Future[Appended]] = []

        async def storm(room: str, turn: int, answers: list[asyncio.Future[Appended]]) -> None:
            for n in range(40):
                entries: list[Entry[Any]] = [
                    gift(room, host, ann, f"g{turn}-{n}"),
                    Entry(room, Say(f"s{turn}-{n}", "hello"), ann.brief, host.id),
                ]
                answers += [log.post(entry) for log, entry in zip(logs, entries, strict=True)]
                await asyncio.sleep(0.0005)

        storming = asyncio.create_task(storm(room, turn, answers))
        await asyncio.sleep(0.002 * turn)
        await (node.rooms.end(room, host) if change == "ended" else node.rooms.went_idle(room))
        await storming
        results = await asyncio.gather(*answers, return_exceptions=True)
        refusals = Counter(type(result) for result in results if isinstance(result, Exception))
        assert set(refusals) <= ({RoomEnded} if change == "ended" else {RoomNotLive})
        logged = await types(node, room)
        after = logged[logged.index(change) + 1 :]
        assert set(after) <= (set() if change == "ended" else {"said"})
        given += logged.count("gifted")
        assert logged.count("gifted") + logged.count("said") + sum(refusals.values()) == len(results)
    assert await node.coins(ann) == COINS - given * ROSE.coins
    assert await node.database.read_async(node.money.verify) == []


async def test_a_room_ends_after_a_gift_that_is_being_written(postgres_url: str) -> None:
    database = Database(postgres_url)
    async with Node(database, LocalBus()) as node:
        host, ann = await node.join(), await node.join()
        await node.grant(ann, COINS)
        room = await node.open_room(host)
        log = other_log(node)
        with database.engine.begin() as connection:
            (appended,) = log._apply(connection, [gift(room, host, ann, "g")])
            ending = asyncio.create_task(node.rooms.end(room, host))
            await asyncio.sleep(0.2)
            assert not ending.done()
        await ending
        assert isinstance(appended, Appended)
        assert await types(node, room) == ["started", "gifted", "ended"]
    database.close()


async def test_the_end_and_its_event_are_one_transaction(node: Node) -> None:
    host = await node.join()
    room = await node.open_room(host)

    def crash(_connection: Connection, _room: str, _state: str) -> None:
        raise OSError("the power went out")

    node.rooms.record(crash)  # type: ignore[arg-type]
    with pytest.raises(OSError, match="power"):
        await node.rooms.end(room, host)
    assert await types(node, room) == ["started"]
    async with Client(node.port, room, await node.token(host)) as client:
        assert (await client.next("welcome"))["state"] == "live"
        assert (await client.ask("say", text="still on"))["type"] == "ok"


async def test_ending_an_ended_room_is_not_logged_twice(node: Node) -> None:
    host = await node.join()
    room = await node.open_room(host)
    await asyncio.gather(*(node.rooms.end(room, host) for _ in range(5)))
    await node.rooms.went_idle(room)
    assert await types(node, room) == ["started", "ended"]
