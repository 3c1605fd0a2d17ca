"""The log of a room and its top givers, over HTTP."""

from __future__ import annotations

import httpx

from core.ids import new_id
from money.catalogue import GIFTS
from tests.chat.client import Client
from tests.chat.node import Node

GIFT = next(iter(GIFTS.values()))


async def test_the_pages_of_the_log_hold_what_the_socket_sent(node: Node) -> None:
    host, ann = await node.join(), await node.join()
    room = await node.open_room(host)
    await node.grant(ann, 1_000)
    async with (
        Client(node.port, room, await node.token(ann)) as client,
        Client(node.port, room, await node.token(host)) as moderator,
    ):
        for n in range(7):
            await client.ask("say", text=f"line {n}")
        await client.ask("gift", gift=GIFT.gift, count=2)
        await moderator.ask("mute", person=ann.id, seconds=60)
        await client.next("muted")
        told = client.durable
        assert len(told) == 10
        await moderator.ask("remove", target=3)
        told[2].update(text="", removed=True)
        told.append(await client.next("removed"))
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{node.port}") as http:
        read: list[object] = []
        after: str | None = "0"
        while after is not None:
            page = (await http.get(f"/api/rooms/{room}/events", params={"after": after, "limit": 4})).json()
            assert len(page["items"]) <= 4
            read += page["items"]
            after = page["next"]
        assert read == told
        assert (await http.get(f"/api/rooms/{room}/events", params={"after": 11})).json() == {"items": [], "next": None}
        assert (await http.get(f"/api/rooms/{new_id()}/events")).json()["code"] == "not_found"
        for query in ("after=-1", "after=x", "limit=0", "limit=101", "unknown=1", f"after={2**70}"):
            answer = await http.get(f"/api/rooms/{room}/events?{query}")
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


async def test_the_top_givers_are_listed_by_what_they_gave(node: Node) -> None:
    host, ann, bob = await node.join(), await node.join(), await node.join()
    room = await node.open_room(host)
    for giver, counts in ((ann, (1, 1)), (bob, (5,))):
        await node.grant(giver, 1_000_000)
        async with Client(node.port, room, await node.token(giver)) as client:
            for count in counts:
                assert (await client.ask("gift", gift=GIFT.gift, count=count))["type"] == "ok"
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{node.port}") as http:
        expected = [{"by": node.brief(bob), "coins": 5 * GIFT.coins}, {"by": node.brief(ann), "coins": 2 * GIFT.coins}]
        assert (await http.get(f"/api/rooms/{room}/givers")).json() == {"items": expected, "next": None}
        assert (await http.get(f"/api/rooms/{room}/givers?limit=1")).json()["items"] == expected[:1]
        assert (await http.get(f"/api/rooms/{new_id()}/givers")).status_code == 404
