"""Lines of chat are committed and reach everybody in order, and a retry is harmless."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import time
from collections.abc import AsyncIterator

import pytest

from chat.kinds.like import LIKE_COUNT_MAX, LIKE_RATE
from core.bus import Bus, LocalBus
from core.database import Database
from tests.chat.client import Client
from tests.chat.node import Node


@pytest.fixture
async def node(database: Database, bus: Bus) -> AsyncIterator[Node]:
    async with Node(database, bus) as opened:
        yield opened


async def test_a_line_reaches_everybody_and_its_author_gets_ok(node: Node) -> None:
    host, ann = await node.join(), await node.join("ann")
    room = await node.open_room(host)
    async with Client(node.port, room) as watcher, Client(node.port, room, await node.token(ann)) as speaker:
        assert (await watcher.next("welcome"))["you"] is None
        assert (await speaker.next("welcome"))["you"] == {
            **node.brief(ann), "role": "member", "can": [], "muted_until": 0,
        }  # fmt: skip
        ok = await speaker.ask("say", "id-1", text="  hello  ")
        said = await watcher.next("said")
        assert ok == {"type": "ok", "id": "id-1", "seq": said["seq"]}
        assert {**said, "at": 0} == {
            "type": "said", "seq": said["seq"], "at": 0, "by": node.brief(ann), "id": "id-1", "text": "hello"
        }  # fmt: skip
        assert speaker.seen.index(await speaker.next("said")) < speaker.seen.index(ok)


async def test_members_are_told_when_a_room_goes_live_stops_and_ends(node: Node) -> None:
    host = await node.join()
    room = await node.open_room(host, live=False)
    async with Client(node.port, room) as watcher:
        assert (await watcher.next("welcome"))["state"] == "idle"
        await node.go_live(room)
        await watcher.next("started", by=None)
        await node.go_idle(room)
        await watcher.next("stopped", by=None)
        await node.rooms.end(room, host)
        await watcher.next("ended", by=None)
        assert watcher.seqs == [1, 2, 3]
    async with Client(node.port, room, await node.token(host)) as late:
        welcome = await late.next("welcome")
        assert (welcome["state"], welcome["seq"]) == ("ended", 3)
        assert (await late.ask("say", text="anybody?"))["code"] == "room_ended"


async def test_a_retry_gets_the_same_ok_and_is_said_once(node: Node) -> None:
    ann = await node.join()
    room = await node.open_room(ann)
    async with Client(node.port, room, await node.token(ann)) as first:
        ok = await first.ask("say", "one", text="once")
        assert await first.ask("say", "one", text="once") == ok
        assert (await first.ask("say", "one", text="twice"))["code"] == "idempotency_key_reused"
    async with Client(node.port, room, await node.token(ann)) as again:
        assert await again.ask("say", "one", text="once") == ok
        assert [event["text"] for event in again.durable if event["type"] == "said"] == ["once"]


async def test_a_line_that_could_not_be_written_is_refused_and_can_be_retried(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.database.engines.BUSY_TIMEOUT_MS", 300)
    database = Database(sqlite_url)
    async with Node(database, LocalBus()) as node:
        ann = await node.join()
        room = await node.open_room(ann)
        async with Client(node.port, room, await node.token(ann)) as client:
            with contextlib.closing(sqlite3.connect(sqlite_url.removeprefix("sqlite:///"))) as other:
                other.execute("BEGIN IMMEDIATE")  # for longer than our writer waits
                assert (await client.ask("say", "one", text="hello"))["code"] == "unavailable"
            ok = await client.ask("say", "one", text="hello")
            assert (ok["type"], ok["seq"]) == ("ok", 2)
            assert client.seqs == [1, 2]
    database.close()


async def test_a_newcomer_gets_the_last_fifty_and_a_returning_member_what_they_missed(node: Node) -> None:
    ann = await node.join()
    room = await node.open_room(ann)
    async with Client(node.port, room, await node.token(ann)) as speaker:
        for n in range(60):
            await speaker.send({"type": "say", "id": f"n{n}", "text": str(n)})
        await speaker.next("ok", id="n59")
    async with Client(node.port, room) as newcomer:
        events = await newcomer.receive()
        assert events[0]["seq"] == 61  # the room went live first
        assert [event["seq"] for event in events[1:]] == list(range(12, 62))
    async with Client(node.port, room, after=5) as back:
        events = await back.receive()
        assert [event["seq"] for event in events[1:]] == list(range(6, 62))
    async with Client(node.port, room, after=61) as current:
        assert len(await current.receive()) == 1


async def test_a_member_who_was_away_for_too_long_gets_a_gap(node: Node) -> None:
    ann = await node.join()
    room = await node.open_room(ann)
    async with Client(node.port, room, await node.token(ann)) as speaker:
        for n in range(560):
            await speaker.send({"type": "say", "id": f"n{n}", "text": str(n)})
        await speaker.next("ok", id="n559")
    async with Client(node.port, room, after=3) as back:
        events = await back.receive()
        assert events[1] == {"type": "gap", "after": 3, "seq": 511}
        assert [event["seq"] for event in events[2:]] == list(range(512, 562))


async def test_members_who_come_and_go_while_many_talk_get_every_event_in_order(node: Node) -> None:
    people = [await node.join() for _ in range(4)]
    tokens = [await node.token(person) for person in people]
    room = await node.open_room(people[0])
    lines = 100
    last = lines * len(people) + 1

    async def talk(token: str) -> None:
        async with Client(node.port, room, token) as speaker:
            for n in range(lines):
                await speaker.send({"type": "say", "id": f"n{n}", "text": str(n)})
                if n % 10 == 9:
                    await speaker.next("ok", id=f"n{n}")

    async def watch(stay: int) -> list[int]:
        seen: list[int] = []
        while not seen or seen[-1] < last:
            async with Client(node.port, room, after=seen[-1] if seen else 0) as watcher:
                while not seen or seen[-1] < last:
                    seen += [event["seq"] for event in await watcher.receive() if "at" in event]
                    if len(watcher.seqs) > stay:
                        break
        return seen

    async with asyncio.timeout(60):
        *_, one, two, three = await asyncio.gather(*map(talk, tokens), watch(1), watch(30), watch(10_000))
    assert one == two == three == list(range(1, last + 1))


async def test_likes_are_counted_but_not_logged(node: Node) -> None:
    host = await node.join()
    room = await node.open_room(host)
    async with Client(node.port, room) as watcher, Client(node.port, room) as fan:
        await watcher.next("welcome")
        await fan.next("welcome")
        await fan.send({"type": "like", "count": 7})
        await fan.send({"type": "like", "count": 3})
        await watcher.next("counts", likes=10)
        node.audience.set_viewers(node.claims[room], 12)
        await watcher.next("counts", likes=10, viewers=12, coins=0)
        assert watcher.seqs == [1]


async def test_many_strangers_at_one_address_add_no_more_likes_than_one(database: Database) -> None:
    async with Node(database, LocalBus(), rate_limits=True) as node:
        room = await node.open_room(await node.join())
        token = await node.token(await node.join())
        async with contextlib.AsyncExitStack() as stack:
            began = time.monotonic()
            crowd = [await stack.enter_async_context(Client(node.port, room)) for _ in range(20)]
            for _ in range(8):
                for stranger in crowd:
                    await stranger.send({"type": "like", "count": LIKE_COUNT_MAX})
            for stranger in crowd:  # its answer shows that all before it has been processed
                await stranger.send({"type": "say", "id": "last", "text": "x"})
                await stranger.next("refused", code="not_signed_in")
            allowed = LIKE_RATE.count + LIKE_RATE.per_second * (time.monotonic() - began)
            assert LIKE_RATE.count <= node.audience.counts(room).likes <= allowed
            fan = await stack.enter_async_context(Client(node.port, room, token))
            before = node.audience.counts(room).likes
            await fan.send({"type": "like", "count": 9})
            async with asyncio.timeout(30):
                while node.audience.counts(room).likes < before + 9:
                    await asyncio.sleep(0.01)


async def test_members_are_told_when_the_picture_stops_and_comes_back(node: Node) -> None:
    room = await node.open_room(await node.join())
    async with Client(node.port, room) as watcher:
        await watcher.next("welcome")
        node.chat.publisher_changed(room, False)
        await watcher.next("publisher", present=False)
        node.chat.publisher_changed(room, True)
        await watcher.next("publisher", present=True)
