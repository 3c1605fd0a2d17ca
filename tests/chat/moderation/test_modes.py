"""Slow mode and followers only: for members, not for moderators; judged by the log, whatever the node."""

from __future__ import annotations

from typing import Any

import pytest

from chat.kinds.entry import Entry
from chat.kinds.say import Say
from core.bus import LocalBus
from core.database import Database
from core.identity import Identity
from tests.chat.client import Client
from tests.chat.moderation.conftest import http_of
from tests.chat.moderation.test_sanctions import Time
from tests.chat.node import Node

MINUTE_MS = 60_000


async def test_slow_mode_makes_members_wait_and_ends_by_the_clock(database: Database) -> None:
    time = Time()
    async with Node(database, LocalBus(), clock=time) as node:
        host, ann, bob = await node.join(), await node.join(), await node.join()
        room = await node.open_room(host)
        async with (
            Client(node.port, room, await node.token(host)) as owner,
            Client(node.port, room, await node.token(ann)) as member,
            Client(node.port, room, await node.token(bob)) as other,
        ):
            assert (await member.next("welcome"))["modes"] == {"slow_seconds": 0, "followers_minutes": None}
            assert (await member.ask("modes", slow_seconds=30, followers_minutes=None))["code"] == "not_allowed"
            ok = await owner.ask("modes", "m", slow_seconds=30, followers_minutes=None)
            assert await owner.ask("modes", "m", slow_seconds=30, followers_minutes=None) == ok
            told = await member.next("modes_set")
            assert told["modes"] == {"slow_seconds": 30, "followers_minutes": None}
            first = await member.ask("say", "one", text="one")
            assert first["type"] == "ok"
            assert (await other.ask("say", text="me, too"))["type"] == "ok"
            time.now += 10_000
            refused = await member.ask("say", text="two")
            assert (refused["code"], refused["wait_ms"]) == ("slow_mode", 20_000)
            assert await member.ask("say", "one", text="one") == first, "a retry is no second line"
            for n in range(2):
                assert (await owner.ask("say", text=f"host {n}"))["type"] == "ok"
            time.now += 20_000
            assert (await member.ask("say", text="two"))["type"] == "ok"
            assert (await owner.ask("modes", slow_seconds=0, followers_minutes=None))["type"] == "ok"
            assert (await member.ask("say", text="three"))["type"] == "ok"


async def test_only_those_who_have_followed_for_long_enough_may_write(database: Database) -> None:
    time = Time()
    async with Node(database, LocalBus(), clock=time) as node:
        host, ann, bob = await node.join(), await node.join(), await node.join()
        room, other = await node.open_room(host), await node.open_room(host)
        async with http_of(node, host) as http, http_of(node, ann) as mine:
            appointed = await http.put(f"/api/hosts/{host.id}/moderators/{bob.handle}", json={"permissions": ["modes"]})
            assert appointed.status_code == 200
            async with (
                Client(node.port, room, await node.token(bob)) as moderator,
                Client(node.port, room, await node.token(ann)) as member,
            ):
                assert (await moderator.ask("modes", slow_seconds=0, followers_minutes=0))["type"] == "ok"
                refused = await member.ask("say", text="x")
                assert refused["code"] == "followers_only"
                assert "wait_ms" not in refused
                await mine.put(f"/api/people/{host.handle}/follow")
                assert (await member.ask("say", text="x"))["type"] == "ok"
                assert (await moderator.ask("modes", slow_seconds=0, followers_minutes=10))["type"] == "ok"
                time.now += 9 * MINUTE_MS
                refused = await member.ask("say", text="y")
                assert (refused["code"], refused["wait_ms"]) == ("followers_only", MINUTE_MS)
                time.now += MINUTE_MS
                assert (await member.ask("say", text="y"))["type"] == "ok"
                assert (await moderator.ask("say", text="moderators need not follow"))["type"] == "ok"
            async with Client(node.port, room) as late:
                assert (await late.next("welcome"))["modes"] == {"slow_seconds": 0, "followers_minutes": 10}
            async with Client(node.port, other, await node.token(bob)) as elsewhere:
                assert (await elsewhere.next("welcome"))["modes"] == {"slow_seconds": 0, "followers_minutes": None}


async def test_two_lines_at_once_are_one_in_slow_mode_also_in_one_batch(node: Node) -> None:
    host, ann = await node.join(), await node.join()
    room = await node.open_room(host)
    async with Client(node.port, room, await node.token(host)) as owner:
        await owner.ask("modes", slow_seconds=3_600, followers_minutes=None)
    entries: list[Entry[Any]] = [Entry(room, Say(f"s{n}", str(n)), ann.brief, host.id) for n in range(3)]
    verdicts = await node.database.write_async(lambda c: node.chat.log._apply(c, entries))
    assert [getattr(verdict, "code", "") for verdict in verdicts] == ["", "slow_mode", "slow_mode"]
    (again,) = await node.database.write_async(
        lambda c: node.chat.log._apply(c, [Entry(room, Say("later", "x"), ann.brief, host.id)])
    )
    assert getattr(again, "code", "") == "slow_mode"


async def test_a_room_without_modes_costs_no_statement_more(node: Node) -> None:
    from sqlalchemy import event

    host, ann = await node.join(), await node.join()
    plain, slow = await node.open_room(host), await node.open_room(host)
    async with Client(node.port, slow, await node.token(host)) as owner:
        await owner.ask("modes", slow_seconds=1, followers_minutes=0)

    async def statements(room: str, who: Identity) -> list[str]:
        seen: list[str] = []

        def see(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        event.listen(node.database.engine, "before_cursor_execute", see)
        try:
            entry = Entry(room, Say(f"{room}-line", "x"), who.brief, host.id)
            await node.database.write_async(lambda c: node.chat.log._apply(c, [entry]))
        finally:
            event.remove(node.database.engine, "before_cursor_execute", see)
        return [one for one in seen if "room_paces" in one or "follows" in one]

    assert await statements(plain, ann) == []
    assert len(await statements(slow, ann)) == 2


@pytest.mark.parametrize(
    "fields",
    [
        {"slow_seconds": -1, "followers_minutes": None}, {"slow_seconds": 3_601, "followers_minutes": None},
        {"slow_seconds": 0, "followers_minutes": -1}, {"slow_seconds": 0, "followers_minutes": 129_601},
        {"slow_seconds": 0}, {"slow_seconds": "1", "followers_minutes": None},
    ],
)  # fmt: skip
async def test_modes_beyond_their_bounds_are_refused(node: Node, fields: dict[str, Any]) -> None:
    host = await node.join()
    room = await node.open_room(host)
    async with Client(node.port, room, await node.token(host)) as owner:
        assert (await owner.ask("modes", **fields))["code"] == "invalid_message"
