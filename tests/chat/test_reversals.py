"""Gifts that are taken back, or given again: their room's totals and top givers follow at once, on every node."""

from __future__ import annotations

import asyncio

from sqlalchemy import Connection, select, text

from chat.kinds.gift_proofs import PROOFS
from chat.tables import room_events, room_givers, room_heads
from core.database import Database
from core.database.proofs import Finding, findings
from core.identity import Identity
from core.ids import new_id
from live.tables import rooms
from money.providers import Purchase
from money.providers.provider import Dispute, DisputeState, Payment
from money.purchases.take_back import ReversedGift
from tests.chat.client import Client
from tests.chat.node import Node
from tests.chat.test_nodes import nodes

__all__ = ["nodes"]
BOUQUET = 99


async def bought(node: Node, who: Identity) -> Purchase:
    """350 coins, paid in the sandbox."""
    return await node.money.purchases.buy(who.id, "coins-350", new_id())


async def disputed(node: Node, purchase: Purchase, state: DisputeState = "open") -> None:
    dispute = Dispute(f"dp_{purchase.id}", state, purchase.price_minor, purchase.currency)
    paid = Payment(
        purchase.id, purchase.provider_ref or "", "paid", purchase.price_minor, purchase.currency, disputes=[dispute]
    )  # fmt: skip
    await node.database.write_async(lambda c: node.money.purchases.record_payment(c, paid))


def proved(connection: Connection) -> list[Finding]:
    return list(findings(connection, PROOFS))


def totals(database: Database, room: str) -> tuple[int, int, int, dict[str, int]]:
    """In the log, in the room, of these the host's share, and by giver."""

    def read(c: Connection) -> tuple[int, int, int, dict[str, int]]:
        head = c.execute(select(room_heads.c.coins).where(room_heads.c.room == room)).scalar_one()
        coins, earned = c.execute(select(rooms.c.coins, rooms.c.earned).where(rooms.c.id == room)).one()
        given = c.execute(select(room_givers.c.person, room_givers.c.coins).where(room_givers.c.room == room)).all()
        return head, coins, earned, {row.person: row.coins for row in given}

    return database.read(read)


async def deadlocks(node: Node) -> int:
    """Since the database was created: tests before this one have used it too."""
    count = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")
    return await node.database.read_async(lambda c: int(c.execute(count).scalar_one()))


async def test_totals_and_top_givers_are_less_by_what_was_taken_and_as_before_when_it_is_restored(node: Node) -> None:
    host, ann, bob = await node.join(), await node.join(), await node.join()
    room, other = await node.open_room(host), await node.open_room(host)
    for who in (ann, bob):
        await node.grant(who, 1_000)
        for where in (room, other):
            async with Client(node.port, where, await node.token(who)) as giver:
                await giver.ask("gift", gift="bouquet", count=1)
    before = totals(node.database, room)
    assert before[:2] == (2 * BOUQUET, 2 * BOUQUET)
    taken = [ReversedGift(room, ann.id, host.id, "2026-01-01", 40, 20), ReversedGift(room, bob.id, host.id, "x", 9, 5)]
    taken.append(ReversedGift(other, ann.id, host.id, "2026-01-01", BOUQUET, 50))

    async def follow(gifts: list[ReversedGift]) -> None:
        await node.database.write_async(lambda c: node.rooms.reverse_gifts(c, gifts))
        await node.database.write_async(lambda c: node.chat.log.reverse(c, gifts))

    await follow(taken)
    after = (before[0] - 49, before[1] - 49, before[2] - 25, {ann.id: BOUQUET - 40, bob.id: BOUQUET - 9})
    assert totals(node.database, room) == after
    givers = await node.database.read_async(lambda c: node.chat.log.givers(c, room, 9))
    assert [(person.id, coins) for person, coins in givers] == [(bob.id, BOUQUET - 9), (ann.id, BOUQUET - 40)]
    givers = await node.database.read_async(lambda c: node.chat.log.givers(c, other, 9))
    assert [person.id for person, _ in givers] == [bob.id], "who gave nothing in the end is no top giver"
    await follow([ReversedGift(g.room, g.giver, g.creator, g.day, -g.coins, -g.creator_coins) for g in taken])
    assert totals(node.database, room) == before


async def test_an_open_room_shows_a_reversal_to_its_members_and_to_newcomers(node: Node) -> None:
    host, ann = await node.join(), await node.join()
    room = await node.open_room(host)
    purchase = await bought(node, ann)
    async with Client(node.port, room, await node.token(ann)) as member:
        await member.ask("gift", gift="bouquet", count=1)
        await member.ask("gift", gift="bouquet", count=1)
        await member.next("counts", coins=2 * BOUQUET)
        await disputed(node, purchase)
        await member.next("counts", coins=0)
        async with Client(node.port, room) as newcomer:
            await newcomer.next("welcome", coins=0)
            assert len([event for event in newcomer.seen if event["type"] == "gifted"]) == 2, "the log stays as it is"
        await node.grant(ann, 100)
        await member.ask("gift", gift="coffee", count=1)
        await member.next("counts", coins=10)
        await disputed(node, purchase, "won")
        await member.next("counts", coins=10 + 2 * BOUQUET)
    assert await node.database.read_async(proved) == []


async def test_members_on_every_node_see_a_reversal(nodes: tuple[Node, Node]) -> None:
    one, two = nodes
    host, ann = await one.join(), await two.join()
    room = await one.open_room(host)
    purchase = await bought(two, ann)
    async with Client(one.port, room) as here, Client(two.port, room, await two.token(ann)) as there:
        await there.ask("gift", gift="bouquet", count=1)
        for client in (here, there):
            await client.next("counts", coins=BOUQUET)
        await disputed(one, purchase)
        for client in (here, there):
            await client.next("counts", coins=0)
    assert await one.database.read_async(proved) == []


async def test_reversals_in_a_busy_room_wait_for_nobody_who_waits_for_them(nodes: tuple[Node, Node]) -> None:
    """Gifts lock their room and then the ledger. Whoever takes them back has to do the same."""
    one, two = nodes
    before = await deadlocks(one)
    host, ann, bob = await one.join(), await one.join(), await one.join()
    room = await one.open_room(host)
    await one.grant(bob, 100_000)
    done = asyncio.Event()

    async def give() -> None:
        async with Client(one.port, room, await one.token(bob)) as client:
            while not done.is_set():
                await client.ask("gift", gift="rose", count=1)

    givers = asyncio.gather(*(give() for _ in range(4)))
    async with Client(two.port, room, await two.token(ann)) as client:
        for _ in range(5):
            purchase = await bought(two, ann)
            assert (await client.ask("gift", gift="bouquet", count=1))["type"] == "ok"
            await disputed(two, purchase)
    done.set()
    await givers
    assert await one.database.read_async(proved) == []
    given = select(room_events.c.seq).where(room_events.c.room == room, room_events.c.person == bob.id)
    roses = len(await one.database.read_async(lambda c: c.execute(given).all()))
    assert totals(one.database, room)[3] == {bob.id: roses, ann.id: 0}
    assert await deadlocks(one) == before
