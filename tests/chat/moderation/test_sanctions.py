"""Timeouts end by the clock, bans hold until they are lifted; both in all rooms of a host, and at once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import Connection, select

from chat.session import BANNED
from core.bus import LocalBus
from core.database import Database
from core.identity import Identity
from money.catalogue import GIFTS
from people.standing.restrictions import FOR_GOOD, restrict
from people.tables import notifications
from tests.chat.client import Client
from tests.chat.moderation.conftest import DeafBus, http_of
from tests.chat.node import Node

GIFT = next(iter(GIFTS))
DAY_MS = 86_400_000


class Time:
    """A clock that stands still until the test moves it."""

    def __init__(self) -> None:
        self.now = 1_900_000_000_000

    def __call__(self) -> int:
        return self.now


async def test_a_timeout_ends_by_the_clock(database: Database) -> None:
    time = Time()
    async with Node(database, LocalBus(), clock=time) as node:
        host, ann = await node.join(), await node.join()
        room = await node.open_room(host)
        async with (
            Client(node.port, room, await node.token(ann)) as speaker,
            Client(node.port, room, await node.token(host)) as owner,
        ):
            await owner.ask("mute", person=ann.id, seconds=7 * 86_400)
            assert (await speaker.next("you"))["you"]["muted_until"] == time.now + 7 * DAY_MS
            time.now += 7 * DAY_MS - 1
            assert (await speaker.ask("say", text="still not"))["code"] == "muted"
            async with http_of(node, host) as http:
                (one,) = (await http.get(f"/api/hosts/{host.id}/sanctions")).json()["items"]
                assert (one["person"]["id"], one["banned_at"], one["by"]["id"]) == (ann.id, 0, host.id)
                time.now += 1
                assert (await http.get(f"/api/hosts/{host.id}/sanctions")).json()["items"] == []
            assert (await speaker.ask("say", text="now"))["type"] == "ok"


async def test_a_ban_closes_the_room_and_later_ones_until_it_is_lifted(node: Node) -> None:
    host, ann = await node.join(), await node.join()
    room, other = await node.open_room(host), await node.open_room(await node.join())
    await node.grant(ann, 1_000)
    token = await node.token(ann)
    async with (
        Client(node.port, room, token) as banned, Client(node.port, room) as visitor,
        Client(node.port, room, await node.token(host)) as owner, Client(node.port, other, token) as elsewhere,
    ):  # fmt: skip
        assert (await banned.ask("gift", gift=GIFT, count=1))["type"] == "ok"
        coins = await node.coins(ann)
        ok = await owner.ask("ban", "b", person=ann.id, banned=True)
        assert await owner.ask("ban", "b", person=ann.id, banned=True) == ok
        told = await visitor.next("banned")
        assert (told["person"], told["banned"], told["seq"]) == (node.brief(ann), True, ok["seq"])
        async with asyncio.timeout(5):
            assert await banned.closed() == BANNED
        later = await node.open_room(host)
        for closed in (room, later):
            async with Client(node.port, closed, token) as again:
                assert await again.closed() == BANNED
                assert again.seen == []
        assert (await elsewhere.ask("say", text="here I may"))["type"] == "ok"
        assert await node.coins(ann) == coins
        async with http_of(node, host) as http, http_of(node, ann) as mine:
            here = f"/api/hosts/{host.id}/sanctions"
            assert (await mine.get(here)).status_code == 403
            assert (await mine.delete(f"{here}/{ann.handle}")).status_code == 403
            (one,) = (await http.get(here)).json()["items"]
            assert (one["person"]["id"], one["muted_until"], one["by"]["id"]) == (ann.id, 0, host.id)
            assert one["banned_at"] > 0
            assert (await http.delete(f"{here}/{ann.handle}")).status_code == 204
            assert (await http.delete(f"{here}/{ann.handle}")).status_code == 204
            assert (await http.get(here)).json()["items"] == []
        async with Client(node.port, later, token) as back:
            await back.next("welcome")
            assert (await back.ask("say", text="hello again"))["type"] == "ok"


async def test_what_is_sent_between_the_ban_and_the_end_of_the_socket_is_refused(node: Node) -> None:
    """Also in the same batch, and whatever the socket's node knows."""
    from chat.errors import Banned
    from chat.kinds.ban import Ban
    from chat.kinds.entry import Entry
    from chat.kinds.gift import Gift
    from chat.kinds.say import Say

    host, ann = await node.join(), await node.join()
    room = await node.open_room(host)
    await node.grant(ann, 1_000)
    log = node.chat.log

    def sent(id: str) -> list[Entry[Any]]:
        return [
            Entry(room, Say(f"say-{id}", "x"), ann.brief, host.id, adult=True),
            Entry(room, Gift(f"gift-{id}", GIFT, 1), ann.brief, host.id, adult=True),
        ]

    ban = Entry(room, Ban("ban", ann.id, True), host.brief, host.id, moderates=True, adult=True)
    verdicts = await node.database.write_async(lambda c: log._apply(c, [*sent("before"), ban, *sent("after")]))
    assert [isinstance(verdict, Banned) for verdict in verdicts] == [False, False, False, True, True]
    coins = await node.coins(ann)
    for entry in sent("later"):
        with pytest.raises(Banned):
            await log.post(entry)
    assert await node.coins(ann) == coins


async def test_moderators_lift_what_they_may_impose(node: Node) -> None:
    host, ann, bob = await node.join(), await node.join(), await node.join()
    staff = await node.join(role="moderator")
    room = await node.open_room(host)
    here = f"/api/hosts/{host.id}"
    async with http_of(node, host) as owner, http_of(node, ann) as http, http_of(node, staff) as moderation:
        await owner.put(f"{here}/moderators/{ann.handle}", json={"permissions": ["timeout"]})
        async with Client(node.port, room, await node.token(staff)) as client:
            await client.ask("ban", person=bob.id, banned=True)
            await client.ask("mute", person=bob.id, seconds=600)
        (seen,) = (await http.get(f"{here}/sanctions")).json()["items"]
        assert seen["by"] is None, "the handles of staff are shown to nobody"
        assert (await http.delete(f"{here}/sanctions/{bob.handle}")).status_code == 403, "it is a ban, too"
        assert (await http.get(f"{here}/standings/{bob.handle}")).json()["banned"] is True
        assert (await moderation.delete(f"{here}/sanctions/{bob.handle}")).status_code == 204
        async with Client(node.port, room, await node.token(ann)) as client:
            assert (await client.ask("mute", person=bob.id, seconds=60))["type"] == "ok"
        assert (await http.get(f"{here}/standings/{bob.handle}")).json()["muted_until"] > 0
        assert (await http.delete(f"{here}/sanctions/{bob.handle}")).status_code == 204
        assert (await http.get(f"{here}/standings/{bob.handle}")).json() == {
            "permissions": [], "muted_until": 0, "banned": False
        }  # fmt: skip


async def test_a_moderator_who_is_suspended_lifts_nothing(node: Node) -> None:
    host, ann, bob = await node.join(), await node.join(), await node.join()
    room, here = await node.open_room(host), f"/api/hosts/{host.id}"
    async with http_of(node, host) as owner, http_of(node, ann) as http:
        await owner.put(f"{here}/moderators/{ann.handle}", json={"permissions": ["timeout"]})
        async with Client(node.port, room, await node.token(host)) as client:
            await client.ask("mute", person=bob.id, seconds=600)
        await node.database.write_async(lambda c: restrict(c, ann.id, {"account": FOR_GOOD}))
        refused = await http.delete(f"{here}/sanctions/{bob.handle}")
        assert (refused.status_code, refused.json()["code"]) == (403, "suspended")
        assert (await owner.get(f"{here}/standings/{bob.handle}")).json()["muted_until"] > 0


async def test_whoever_is_sanctioned_is_told_once_in_the_hosts_name_why_and_until_when(node: Node) -> None:
    host, ann, bob = await node.join(), await node.join(), await node.join()
    room = await node.open_room(host)
    async with http_of(node, host) as owner:
        await owner.put(f"/api/hosts/{host.id}/moderators/{bob.handle}", json={"permissions": ["timeout", "ban"]})
    async with Client(node.port, room, await node.token(bob)) as moderator:
        for _ in range(2):
            await moderator.ask("mute", "m", person=ann.id, seconds=600, reason="spam")
        until = (await moderator.next("muted"))["until"]
        await moderator.ask("mute", person=ann.id, seconds=0)
        await moderator.ask("ban", person=ann.id, banned=True)
        await moderator.ask("ban", person=ann.id, banned=False)
        assert (await moderator.ask("mute", person=ann.id, seconds=60, reason="none"))["code"] == "invalid_message"

    def told(connection: Connection) -> list[tuple[str, str]]:
        rows = select(notifications.c.by, notifications.c.text).where(notifications.c.person == ann.id)
        return [(row.by, row.text) for row in connection.execute(rows.order_by(notifications.c.id))]

    assert await node.database.read_async(told) == [(host.id, f"mute {until} spam"), (host.id, "ban 0 rules")]
    async with http_of(node, ann) as mine:
        lines = (await mine.get("/api/notifications")).json()["items"]
    assert [(line["kind"], line["by"][0]["id"]) for line in lines] == [("sanction", host.id)] * 2


async def test_the_list_of_sanctions_has_pages(node: Node) -> None:
    host = await node.join()
    room = await node.open_room(host)
    people: list[Identity] = [await node.join() for _ in range(3)]
    async with Client(node.port, room, await node.token(host)) as owner:
        for person in people:
            await owner.ask("ban", person=person.id, banned=True)
    async with http_of(node, host) as http:
        found: list[str] = []
        cursor: str | None = ""
        while cursor is not None:
            page = (await http.get(f"/api/hosts/{host.id}/sanctions", params={"limit": "2", "cursor": cursor})).json()
            found += [one["person"]["id"] for one in page["items"]]
            cursor = page["next"]
    assert found == sorted(person.id for person in people)


async def test_the_staff_cannot_be_banned_and_a_ban_without_the_bus_takes_effect_too(database: Database) -> None:
    async with Node(database, DeafBus()) as here, Node(database, DeafBus()) as there:  # type: ignore[arg-type]
        host, ann, staff = await here.join(), await here.join(), await here.join(role="moderator")
        room = await here.open_room(host)
        async with (
            Client(here.port, room, await here.token(host)) as owner,
            Client(there.port, room, await there.token(ann)) as banned,
            Client(there.port, room, await there.token(staff)) as moderation,
        ):
            for client in (banned, moderation):
                await client.next("welcome")
            for person in (staff, ann):
                assert (await owner.ask("ban", person=person.id, banned=True))["type"] == "ok"
            async with asyncio.timeout(5):
                assert await banned.closed() == BANNED
            assert (await moderation.ask("say", text="still here"))["type"] == "ok"
            async with Client(there.port, room, await there.token(staff)) as again:
                assert (await again.next("welcome"))["you"]["role"] == "moderator"
