"""A room shows a sponsored goal to everybody in it, and gifts reach it once."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection

import pytest
from sqlalchemy import Connection

from core.bus import LocalBus
from core.database import Database
from core.errors import NotFound, Refusal
from money.ads.credit import GoalCredit
from tests.chat.client import Client
from tests.chat.node import Node

TARGET = 10
FAR_MS = 2**52


class Bakery:
    """Sponsors one goal, and remembers what the chat told it."""

    def __init__(self) -> None:
        self.told: list[tuple[str, int | bool]] = []
        self.runs = True

    def lock(self, _: Connection, goals: Collection[str]) -> None:
        assert set(goals) <= {"bread", "none"}

    def start(self, _: Connection, goal: str, host: str, room: str, at: int) -> GoalCredit | Refusal:
        if goal != "bread":
            return NotFound()
        return GoalCredit("bread", "Corner Bakery", "Mill & Co", "Bread for all", 100_000_000, TARGET, 0, FAR_MS)

    def reach(self, _: Connection, goal: str, coins: int, at: int) -> bool:
        self.told.append(("reached", coins))
        return self.runs

    def stop(self, _: Connection, goal: str, *, by_host: bool) -> None:
        self.told.append(("stopped", by_host))


@pytest.fixture
def bakery() -> Bakery:
    return Bakery()


@pytest.fixture
async def node(database: Database, bakery: Bakery) -> AsyncIterator[Node]:
    async with Node(database, LocalBus(), goals=bakery) as opened:
        yield opened


async def test_everybody_sees_the_sponsor_and_bought_coins_reach_the_goal_once(
    node: Node, database: Database, bakery: Bakery
) -> None:
    host, giver = await node.join(), await node.join()
    await node.grant(giver, 100)
    room = await node.open_room(host)
    async with Client(node.port, room, await node.token(host)) as studio, Client(node.port, room) as early:
        assert (await early.next("welcome"))["goal"] is None
        assert (await studio.ask("goal", goal="none"))["type"] == "refused"
        assert (await studio.ask("goal", goal="bread"))["type"] == "ok"
        shown = (await early.next("goal_set"))["goal"]
        assert (shown["sponsor"], shown["paid_by"], shown["target"], shown["coins"]) == (
            "Corner Bakery", "Mill & Co", TARGET, 0
        )  # fmt: skip
        assert (await studio.ask("goal", goal="bread"))["code"] == "goal_runs"
        async with Client(node.port, room, await node.token(giver)) as fan:
            assert (await fan.ask("gift", gift="rose", count=TARGET - 1))["type"] == "ok"
            async with Node(database, LocalBus(), goals=bakery) as other, Client(other.port, room) as late:
                assert (await late.next("welcome"))["goal"]["coins"] == TARGET - 1
            async with Client(node.port, room) as late:
                assert (await late.next("welcome"))["goal"]["coins"] == TARGET - 1
            assert bakery.told == []
            await fan.ask("gift", gift="rose", count=2)
            over = await early.next("goal_over")
            assert (over["goal"], over["reached"], over["coins"]) == ("bread", True, TARGET + 1)
            await fan.ask("gift", gift="rose", count=5)
        assert bakery.told == [("reached", TARGET + 1)]
        async with Client(node.port, room) as later:
            assert (await later.next("welcome"))["goal"] is None


async def test_a_goal_ends_with_its_room_or_when_the_host_stops_it(node: Node, bakery: Bakery) -> None:
    host, stranger = await node.join(), await node.join()
    room = await node.open_room(host)
    async with Client(node.port, room, await node.token(stranger)) as other:
        assert (await other.ask("goal", goal="bread"))["type"] == "refused"
    async with Client(node.port, room, await node.token(host)) as studio:
        await studio.ask("goal", goal="bread")
        await studio.ask("goal", goal=None)
        assert bakery.told == [("stopped", True)]
        await studio.ask("goal", goal="bread")
        await node.rooms.end(room, host)
        assert (await studio.next("goal_over"))["reached"] is False
    assert bakery.told == [("stopped", True), ("stopped", False)]
