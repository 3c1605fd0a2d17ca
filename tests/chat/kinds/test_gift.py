"""A gift's coins and its event are committed together, once, and only where gifts are allowed."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import func, select

from chat.errors import NoSuchLine
from chat.kinds.entry import Entry
from chat.kinds.gift import COMBO_GAP_MS_MAX, Gift
from chat.kinds.mute import Mute
from chat.kinds.remove import Remove
from chat.kinds.say import Say
from chat.log import RoomLog
from chat.tables import room_events, room_heads
from core.bus import LocalBus
from core.database import Database
from core.errors import IdempotencyKeyReused
from core.identity import Identity
from live.tables import rooms
from money.catalogue import GIFTS
from money.errors import InsufficientCoins
from money.tables import earnings
from people.inbox.reading import Subject
from tests.chat.client import Client
from tests.chat.node import Node

ROSE = next(gift for gift in GIFTS.values() if gift.coins == min(g.coins for g in GIFTS.values()))
LION = next(gift for gift in GIFTS.values() if gift.coins == max(g.coins for g in GIFTS.values()))


async def books(node: Node) -> None:
    assert await node.database.read_async(node.money.verify) == []


async def test_a_gift_is_paid_and_shown_and_its_giver_gets_their_balance(node: Node) -> None:
    host, ann = await node.join(), await node.join()
    room = await node.open_room(host)
    await node.grant(ann, 10_000)
    async with Client(node.port, room) as watcher, Client(node.port, room, await node.token(ann)) as giver:
        ok = await giver.ask("gift", "g", gift=ROSE.gift, count=3)
        gifted = await watcher.next("gifted")
        assert gifted["by"] == node.brief(ann)
        expected = {"id": "g", "gift": ROSE.gift, "count": 3, "coins": 3 * ROSE.coins, "combo": 3}
        assert {name: gifted[name] for name in expected} == expected
        assert ok == {"type": "ok", "id": "g", "seq": gifted["seq"], "coins": 10_000 - 3 * ROSE.coins}
        assert await node.coins(ann) == ok["coins"]
        await watcher.next("counts", coins=3 * ROSE.coins)
    async with Client(node.port, room) as late:
        assert (await late.next("welcome"))["coins"] == 3 * ROSE.coins
    total = select(rooms.c.coins, rooms.c.earned).where(rooms.c.id == room)
    share = select(func.sum(earnings.c.coins)).where(earnings.c.person == host.id)
    earned = await node.database.read_async(lambda c: c.execute(share).scalar_one())
    assert 0 < earned < 3 * ROSE.coins
    assert tuple(await node.database.read_async(lambda c: c.execute(total).one())) == (3 * ROSE.coins, earned)
    await books(node)


async def test_gifts_of_a_day_are_one_line_of_the_hosts_inbox(node: Node) -> None:
    host, ann = await node.join(), await node.join()
    room = await node.open_room(host)
    await node.grant(ann, 10_000)
    inboxes = node.people.inbox.inboxes
    inboxes.describe("room", lambda _, ids, __: {one: Subject("room", one, "") for one in ids})
    async with Client(node.port, room, await node.token(ann)) as giver:
        for name in ("g1", "g2", "g1"):
            await giver.ask("gift", name, gift=ROSE.gift, count=2)
    lines, _ = await node.database.read_async(lambda c: inboxes.page(c, host.id, "", "", 10))
    assert sum(line.amount for line in lines) == 4 * ROSE.coins
    assert {(line.kind, line.by[0].id, line.subject and line.subject.id) for line in lines} == {("gift", ann.id, room)}


async def test_a_retried_gift_is_paid_once_even_if_the_room_is_no_longer_live(node: Node) -> None:
    host, ann = await node.join(), await node.join()
    room = await node.open_room(host)
    await node.grant(ann, 1_000)
    async with Client(node.port, room, await node.token(ann)) as giver:
        ok = await giver.ask("gift", "g", gift=ROSE.gift, count=1)
        assert await giver.ask("gift", "g", gift=ROSE.gift, count=1) == ok
        assert (await giver.ask("gift", "g", gift=ROSE.gift, count=2))["code"] == "idempotency_key_reused"
        await node.go_idle(room)
        await giver.next("stopped")
        assert await giver.ask("gift", "g", gift=ROSE.gift, count=1) == ok
        assert (await giver.ask("gift", gift=ROSE.gift, count=1))["code"] == "room_not_live"
        await node.rooms.end(room, host)
        await giver.next("ended")
        assert (await giver.ask("gift", gift=ROSE.gift, count=1))["code"] == "room_ended"
    assert await node.coins(ann) == 1_000 - ROSE.coins
    await books(node)


async def test_a_refused_gift_leaves_no_trace(node: Node) -> None:
    host, ann, kid = await node.join(), await node.join(), await node.join(born=date(2011, 1, 1))
    room = await node.open_room(host)
    await node.grant(host, 10)
    async with Client(node.port, room, await node.token(ann)) as giver:
        assert (await giver.ask("gift", gift=ROSE.gift, count=1))["code"] == "insufficient_coins"
        assert (await giver.ask("gift", gift="no-such", count=1))["code"] == "unknown_gift"
    async with Client(node.port, room, await node.token(kid)) as giver:
        assert (await giver.ask("gift", gift=ROSE.gift, count=1))["code"] == "adults_only"
    async with Client(node.port, room, await node.token(host)) as giver:
        assert (await giver.ask("gift", gift=ROSE.gift, count=1))["code"] == "cannot_give_to_yourself"
    async with Client(node.port, room) as giver:
        assert (await giver.ask("gift", gift=ROSE.gift, count=1))["code"] == "not_signed_in"
        assert giver.seqs == [1]
    await books(node)


async def test_a_gift_may_name_the_host_as_its_recipient_and_nobody_else(node: Node) -> None:
    host, ann, bob = await node.join(), await node.join(), await node.join()
    room = await node.open_room(host)
    await node.grant(ann, 1_000)
    async with Client(node.port, room, await node.token(ann)) as giver:
        assert (await giver.ask("gift", gift=ROSE.gift, count=1, to=bob.id))["code"] == "no_such_recipient"
        assert (await giver.ask("gift", gift=ROSE.gift, count=1, to=ann.id))["code"] == "no_such_recipient"
        assert (await giver.ask("gift", gift=ROSE.gift, count=1, to="not\n a name"))["code"] == "invalid_message"
        ok = await giver.ask("gift", "g", gift=ROSE.gift, count=1, to=host.id)
        assert (await giver.next("gifted"))["seq"] == ok["seq"]
        assert await giver.ask("gift", "g", gift=ROSE.gift, count=1, to=host.id) == ok
        assert (await giver.ask("gift", "g", gift=ROSE.gift, count=1, to=bob.id))["code"] == "idempotency_key_reused"
        assert (await giver.ask("gift", gift=ROSE.gift, count=1, to=None))["type"] == "ok"
    assert await node.coins(ann) == 1_000 - 2 * ROSE.coins
    async with Client(node.port, room, await node.token(host)) as giver:
        code = (await giver.ask("gift", gift=ROSE.gift, count=1, to=host.id))["code"]
        assert code == "cannot_give_to_yourself"
    await books(node)


class Time:
    now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


def log_of(node: Node, time: Time) -> RoomLog:
    """Another log over the same tables, as after a restart or on another node."""
    return RoomLog(node.database, time, node.rooms, node.money.gifts, node.accounts)


def gift(room: str, host: Identity, giver: Identity, id: str, kind: str = ROSE.gift, count: int = 1) -> Entry[Gift]:
    return Entry(room, Gift(id, kind, count), giver.brief, host.id, adult=giver.adult)


async def test_a_combo_lasts_for_five_seconds_also_across_a_restart(database: Database, time: Time) -> None:
    async with Node(database, LocalBus(), clock=time) as node:
        host, ann, bob = await node.join(), await node.join(), await node.join()
        room = await node.open_room(host)
        for person in (ann, bob):
            await node.grant(person, 1_000_000)

        async def combo(log: RoomLog, id: str, giver: Identity = ann, kind: str = ROSE.gift, count: int = 1) -> int:
            seq = (await log.post(gift(room, host, giver, id, kind, count))).seq
            (event,) = await database.read_async(lambda c: log.read(c, room, seq - 1, 1))
            return int(getattr(event, "combo"))  # noqa: B009

        log = log_of(node, time)
        assert await combo(log, "1") == 1
        time.now += COMBO_GAP_MS_MAX
        assert await combo(log, "2", count=4) == 5
        assert await combo(log, "b1", bob) == 1
        restarted = log_of(node, time)
        assert await combo(restarted, "3") == 6
        assert await combo(restarted, "4", kind=LION.gift) == 1
        assert await combo(restarted, "5") == 1, "another gift breaks the row"
        time.now += COMBO_GAP_MS_MAX + 1
        assert await combo(restarted, "6") == 1
        batch = [restarted.post(gift(room, host, ann, f"batch{n}")) for n in range(50)]
        assert len({(await future).seq for future in batch}) == 50
        assert await combo(restarted, "7") == 52


async def test_the_number_of_statements_does_not_depend_on_the_size_of_the_batch(node: Node) -> None:
    from sqlalchemy import event

    host, ann = await node.join(), await node.join()
    room, *others = [await node.open_room(host) for _ in range(3)]
    await node.grant(ann, 1_000_000)
    log = log_of(node, Time())

    def requests(room: str, id: str) -> list[Entry[Any]]:
        return [
            gift(room, host, ann, f"{id}-gift"),
            Entry(room, Say(f"{id}-say", "hello"), host.brief, host.id, moderates=True),
            Entry(room, Mute(f"{id}-mute", ann.id, 60), host.brief, host.id, moderates=True),
            Entry(room, Remove(f"{id}-remove", 2), host.brief, host.id, moderates=True),
        ]

    async def statements(rooms: list[str], count: int, name: str) -> int:
        seen: list[str] = []

        def see(_connection: object, _cursor: object, statement: str, *_: object) -> None:
            seen.append(statement)

        event.listen(node.database.engine, "before_cursor_execute", see)
        try:
            entries = [entry for room in rooms for n in range(count) for entry in requests(room, f"{name}-{room}-{n}")]
            verdicts = await node.database.write_async(lambda c: log._apply(c, entries))
        finally:
            event.remove(node.database.engine, "before_cursor_execute", see)
        assert not [verdict for verdict in verdicts if isinstance(verdict, Exception)]
        return len(seen)

    lines = [Entry(place, Say(f"line-{place}", "x"), host.brief, host.id) for place in (room, *others)]
    assert [(await log.post(line)).seq for line in lines] == [2, 2, 2]
    await statements([room], 1, "first")
    # Odd numbers of gifts, so that each batch changes what is carried over of half coins.
    assert await statements([room], 1, "one") == await statements([room, *others], 75, "many")


async def test_refusals_in_a_batch_do_not_affect_other_entries(node: Node) -> None:
    host, ann = await node.join(), await node.join()
    room = await node.open_room(host)
    await node.grant(ann, 3 * ROSE.coins)
    log = log_of(node, Time())
    before = await node.database.read_async(
        lambda c: c.execute(select(room_heads.c.seq).where(room_heads.c.room == room)).scalar() or 0
    )
    entries: list[Entry[Any]] = [
        gift(room, host, ann, "a"),
        gift(room, host, ann, "a"),  # the same once more
        gift(room, host, ann, "a", count=2),
        gift(room, host, ann, "b", LION.gift),
        Entry(room, Remove("r", 999), host.brief, host.id, moderates=True),
        gift(room, host, ann, "c", count=2),
        gift(room, host, ann, "d"),
    ]
    verdicts = await node.database.write_async(lambda c: log._apply(c, entries))
    a, again, other, lion, remove, c, d = verdicts
    assert [getattr(verdict, "seq", None) for verdict in (a, again, c)] == [before + 1, before + 1, before + 2]
    assert [type(verdict) for verdict in (other, lion, remove, d)] == [
        IdempotencyKeyReused, InsufficientCoins, NoSuchLine, InsufficientCoins,
    ]  # fmt: skip
    rows = (
        select(func.count()).select_from(room_events).where(room_events.c.room == room, room_events.c.type == "gifted")
    )
    assert await node.database.read_async(lambda c: c.execute(rows).scalar()) == 2
    assert await node.coins(ann) == 0
    await books(node)


async def test_an_event_that_cannot_be_written_moves_no_coins(node: Node) -> None:
    host, ann = await node.join(), await node.join()
    await node.grant(ann, 1_000)
    log = log_of(node, Time())
    with pytest.raises(Exception, match=r"(?i)foreign key"):
        await log.post(gift("no such room", host, ann, "a"))
    assert await node.coins(ann) == 1_000
    await books(node)
