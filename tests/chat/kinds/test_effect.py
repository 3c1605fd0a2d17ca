"""A room names the sponsor of the host's effect to everybody in it, for as long as it is used."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence

import pytest
from sqlalchemy import Connection

from core.bus import LocalBus
from core.database import Database
from money.ads.credit import EffectCredit
from tests.chat.client import Client
from tests.chat.node import Node

BREAD = EffectCredit("bread", "Fresh bread", "Corner Bakery", "Mill & Co")
SHOWN = {"id": "bread", "name": "Fresh bread", "sponsor": "Corner Bakery", "paid_by": "Mill & Co"}


class Bakery:
    """Sponsors one effect, and remembers who used it."""

    def __init__(self) -> None:
        self.used: list[tuple[str, str]] = []

    def credits(self, _: Connection, effects: Collection[str]) -> Mapping[str, EffectCredit]:
        return {"bread": BREAD} if "bread" in effects else {}

    def note(self, _: Connection, uses: Sequence[tuple[str, str]]) -> None:
        self.used += uses


@pytest.fixture
def bakery() -> Bakery:
    return Bakery()


@pytest.fixture
async def node(database: Database, bakery: Bakery) -> AsyncIterator[Node]:
    async with Node(database, LocalBus(), effects=bakery) as opened:
        yield opened


async def test_members_and_those_who_come_late_are_told_the_sponsor_until_the_host_stops(
    node: Node, bakery: Bakery
) -> None:
    host = await node.join()
    room = await node.open_room(host)
    async with Client(node.port, room, await node.token(host)) as studio, Client(node.port, room) as early:
        assert (await early.next("welcome"))["effect"] is None
        assert (await studio.ask("effect", effect="bread"))["type"] == "ok"
        assert (await early.next("effect_set"))["effect"] == SHOWN
        assert bakery.used == [("bread", host.id)]
        async with Client(node.port, room) as late:
            assert (await late.next("welcome"))["effect"] == SHOWN
        await studio.ask("effect", effect=None)
        assert (await early.next("effect_set"))["effect"] is None
        async with Client(node.port, room) as later:
            assert (await later.next("welcome"))["effect"] is None
    assert bakery.used == [("bread", host.id)]


async def test_it_survives_the_node_and_ends_with_the_time_on_air(
    node: Node, database: Database, bakery: Bakery
) -> None:
    host = await node.join()
    room = await node.open_room(host)
    async with Client(node.port, room, await node.token(host)) as studio:
        await studio.ask("effect", effect="bread")
    async with Node(database, LocalBus(), effects=bakery) as other, Client(other.port, room) as viewer:
        assert (await viewer.next("welcome"))["effect"] == SHOWN
    await node.go_idle(room)
    async with Client(node.port, room) as viewer:
        assert (await viewer.next("welcome"))["effect"] is None


async def test_only_the_host_sets_it_and_only_to_one_that_is_offered(node: Node, bakery: Bakery) -> None:
    host, stranger, moderator = await node.join(), await node.join(), await node.join(role="moderator")
    room = await node.open_room(host)
    for who in (stranger, moderator):
        async with Client(node.port, room, await node.token(who)) as client:
            assert (await client.ask("effect", effect="bread"))["code"] == "not_allowed"
    async with Client(node.port, room) as client:
        assert (await client.ask("effect", effect="bread"))["code"] == "not_signed_in"
    async with Client(node.port, room, await node.token(host)) as studio:
        assert (await studio.ask("effect", effect="cake"))["code"] == "no_such_effect"
        assert (await studio.ask("effect", effect="<b>"))["code"] == "invalid_message"
        assert (await studio.ask("effect"))["code"] == "invalid_message"
    assert bakery.used == []
