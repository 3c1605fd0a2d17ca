"""Two servers with one database and one Redis serve the same room, and what the bus loses arrives anyway."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from chat.routes import SIGNED_OUT
from chat.session import BANNED, IDENTITY_S_MAX
from core.bus import RedisBus
from core.database import Database
from core.ids import new_id
from money.catalogue import GIFTS
from tests.chat.client import Client
from tests.chat.node import Node
from tests.services import redis_server

GIFT = next(iter(GIFTS.values()))


@contextlib.asynccontextmanager
async def opened(database_url: str, redis_url: str, prefix: str) -> AsyncIterator[Node]:
    database, bus = Database(database_url), RedisBus(redis_url, prefix)
    carrying = asyncio.create_task(bus.run())
    async with Node(database, bus) as node:
        yield node
    carrying.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await carrying
    database.close()


@pytest.fixture
async def nodes(postgres_url: str, redis_url: str) -> AsyncIterator[tuple[Node, Node]]:
    prefix = f"{new_id()}:"
    async with opened(postgres_url, redis_url, prefix) as one, opened(postgres_url, redis_url, prefix) as two:
        yield one, two


async def test_members_on_both_nodes_get_all_lines_in_one_order(nodes: tuple[Node, Node]) -> None:
    one, two = nodes
    ann, bob = await one.join(), await two.join()
    room = await one.open_room(ann)
    lines = 100
    last = 2 * lines + 1
    async with Client(one.port, room, await one.token(ann)) as a, Client(two.port, room, await two.token(bob)) as b:
        await a.next("welcome")
        await b.next("welcome")
        for n in range(lines):
            for client in (a, b):
                await client.send({"type": "say", "id": f"n{n}", "text": str(n)})
        for client in (a, b):
            while not client.seqs or client.seqs[-1] < last:
                await client.receive()
            await client.next("ok", id=f"n{lines - 1}")
            assert client.seqs == list(range(1, last + 1))
        assert a.durable == b.durable


async def test_the_same_gift_sent_to_both_nodes_is_paid_once_and_gets_the_same_answer(nodes: tuple[Node, Node]) -> None:
    one, two = nodes
    host, ann = await one.join(), await one.join()
    room, token = await one.open_room(host), await one.token(ann)
    await one.grant(ann, 1_000)
    async with Client(one.port, room, token) as a, Client(two.port, room, token) as b:
        for n in range(20):
            oks = await asyncio.gather(*(c.ask("gift", f"g{n}", gift=GIFT.gift, count=1) for c in (a, b)))
            assert oks[0] == oks[1]
            assert oks[0]["type"] == "ok"
        assert (await b.ask("say", "g0", text="x"))["code"] == "idempotency_key_reused"
    assert await one.coins(ann) == 1_000 - 20 * GIFT.coins
    assert await one.database.read_async(one.money.verify) == []


async def test_presence_state_and_likes_reach_the_other_node(nodes: tuple[Node, Node]) -> None:
    one, two = nodes
    host = await one.join()
    room = await one.open_room(host)
    async with Client(one.port, room) as a, Client(two.port, room) as b:
        await a.next("welcome", state="live")
        await b.next("welcome", state="live")
        one.chat.publisher_changed(room, False)
        await b.next("publisher", present=False)
        await a.send({"type": "like", "count": 9})
        await b.next("counts", likes=9)
        await one.rooms.end(room, host)
        await b.next("ended")
        assert (await b.ask("say", text="x"))["code"] in ("room_ended", "not_signed_in")
    async with Client(two.port, room) as late:
        await late.next("welcome", state="ended")


async def test_a_member_who_changes_nodes_gets_every_event_once(nodes: tuple[Node, Node]) -> None:
    one, two = nodes
    ann = await one.join()
    room = await one.open_room(ann)
    async with Client(one.port, room, await one.token(ann)) as speaker, Client(two.port, room) as other:
        await other.next("welcome")
        seen: list[int] = []
        for n in range(12):
            ok = await speaker.ask("say", text=str(n))
            node = (one, two)[n % 2]
            async with Client(node.port, room, after=seen[-1] if seen else 0) as mover:
                while not seen or seen[-1] < ok["seq"]:
                    seen += [event["seq"] for event in await mover.receive() if "at" in event]
        assert seen == list(range(1, 14))


async def test_events_arrive_also_while_the_bus_is_down(postgres_url: str, tmp_path: Path) -> None:
    with redis_server(tmp_path) as redis_url:
        stack = contextlib.AsyncExitStack()
        one = await stack.enter_async_context(opened(postgres_url, redis_url, "x:"))
        two = await stack.enter_async_context(opened(postgres_url, redis_url, "x:"))
        ann = await one.join()
        room = await one.open_room(ann)
        speaker = await stack.enter_async_context(Client(one.port, room, await one.token(ann)))
        watcher = await stack.enter_async_context(Client(two.port, room))
        await speaker.ask("say", text="with the bus")
        await watcher.next("said", text="with the bus")
    async with stack:  # Redis is gone
        assert (await speaker.ask("say", text="without it"))["type"] == "ok"
        await watcher.next("said", text="without it")
        for n in range(600):
            await speaker.send({"type": "say", "id": f"n{n}", "text": str(n)})
        await speaker.next("ok", id="n599")
        while not any(event.get("text") == "599" for event in watcher.seen) and not any(
            event["type"] == "gap" and event["seq"] == 603 for event in watcher.seen
        ):
            await watcher.receive()
        expected = 1
        for event in watcher.seen:
            if event["type"] == "gap":
                assert event["after"] == expected - 1
                expected = event["seq"] + 1
            elif "at" in event:
                assert event["seq"] == expected
                expected += 1
        assert expected == 604


async def test_signing_out_on_one_node_closes_the_sessions_sockets_on_both(nodes: tuple[Node, Node]) -> None:
    one, two = nodes
    ann = await one.join()
    room = await one.open_room(ann)
    token, other = await one.token(ann), await one.token(ann)
    async with (
        Client(one.port, room, token) as here, Client(two.port, room, token) as there,
        Client(one.port, room, other) as another, Client(two.port, room) as visitor,
    ):  # fmt: skip
        for client in (here, there, another, visitor):
            await client.next("welcome")
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{one.port}") as http:
            left = await http.delete("/api/sessions/current", headers={"Authorization": f"Bearer {token}"})
            assert left.status_code == 204
        for client in (here, there):
            async with asyncio.timeout(IDENTITY_S_MAX / 2):  # long before the session is looked up again
                await client.socket.wait_closed()
            assert client.socket.close_code == SIGNED_OUT
        assert (await another.ask("say", text="still here"))["type"] == "ok"
        await visitor.next("said")


async def test_moderators_timeouts_and_bans_take_effect_on_the_other_node_at_once(nodes: tuple[Node, Node]) -> None:
    one, two = nodes
    host, ann, bob = await one.join(), await one.join(), await one.join()
    room, token = await one.open_room(host), await one.token(host)
    async with (
        Client(one.port, room, token) as owner, Client(two.port, room, await two.token(ann)) as moderator,
        Client(two.port, room, await two.token(bob)) as member,
        httpx.AsyncClient(
            base_url=f"http://127.0.0.1:{one.port}", headers={"Authorization": f"Bearer {token}"}
        ) as http,
    ):  # fmt: skip
        for client in (owner, moderator, member):
            await client.next("welcome")
        at = f"/api/hosts/{host.id}/moderators/{ann.handle}"
        assert (await http.put(at, json={"permissions": ["timeout", "ban"]})).status_code == 200
        assert (await moderator.next("you"))["you"]["role"] == "moderator"
        assert (await http.delete(at)).status_code == 204
        assert (await moderator.ask("ban", person=bob.id, banned=True))["code"] == "not_allowed"
        assert (await moderator.next("you"))["you"] | {"can": []} == two.brief(ann) | {
            "role": "member", "can": [], "muted_until": 0,
        }  # fmt: skip
        assert (await owner.ask("mute", person=bob.id, seconds=60))["type"] == "ok"
        assert (await member.ask("say", text="x"))["code"] == "muted"
        assert (await owner.ask("ban", person=bob.id, banned=True))["type"] == "ok"
        async with asyncio.timeout(IDENTITY_S_MAX / 2):
            await member.socket.wait_closed()
        assert member.socket.close_code == BANNED
