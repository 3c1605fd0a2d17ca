"""The host and moderators, and nobody else, can remove lines and mute people."""

from __future__ import annotations

from datetime import date

from core.identity import PersonRole
from money.catalogue import GIFTS
from tests.chat.client import Client
from tests.chat.node import Node


async def test_a_removed_line_is_hidden_from_everybody(node: Node) -> None:
    host, ann = await node.join(), await node.join()
    room = await node.open_room(host)
    async with (
        Client(node.port, room, await node.token(ann)) as speaker,
        Client(node.port, room, await node.token(host)) as moderator,
    ):
        line = (await speaker.ask("say", text="something bad"))["seq"]
        ok = await moderator.ask("remove", "r", target=line)
        removed = await speaker.next("removed", target=line)
        assert (removed["seq"], removed["by"]) == (ok["seq"], node.brief(host))
        assert await moderator.ask("remove", "r", target=line) == ok
        assert (await moderator.ask("remove", target=removed["seq"]))["code"] == "no_such_line"
        assert (await moderator.ask("remove", target=99))["code"] == "no_such_line"
        async with Client(node.port, room) as newcomer:  # from this node's memory
            said = await newcomer.next("said")
    async with Client(node.port, room) as later:  # from SQL
        assert await later.next("said") == said
    assert {**said, "at": 0, "id": ""} == {
        "type": "said", "seq": line, "at": 0, "by": node.brief(ann), "id": "", "text": "", "removed": True
    }  # fmt: skip


async def test_a_muted_person_cannot_write_until_unmuted_but_can_give(node: Node) -> None:
    host, ann = await node.join(), await node.join()
    room, other = await node.open_room(host), await node.open_room(await node.join())
    next_room = await node.open_room(host)
    await node.grant(ann, 1_000)
    async with (
        Client(node.port, room, await node.token(ann)) as speaker,
        Client(node.port, room, await node.token(host)) as moderator,
    ):
        earlier = await speaker.ask("say", "before", text="one")
        assert (await moderator.ask("mute", person=ann.id, seconds=600))["type"] == "ok"
        muted = await speaker.next("muted")
        assert muted["person"] == node.brief(ann)
        assert muted["until"] == muted["at"] + 600_000
        assert (await speaker.ask("say", text="two"))["code"] == "muted"
        assert await speaker.ask("say", "before", text="one") == earlier
        assert (await speaker.ask("gift", gift=next(iter(GIFTS)), count=1))["type"] == "ok"
        async with Client(node.port, other, await node.token(ann)) as elsewhere:
            assert (await elsewhere.ask("say", text="here I may"))["type"] == "ok"
        async with Client(node.port, next_room, await node.token(ann)) as later:
            assert (await later.next("welcome"))["you"]["muted_until"] == muted["until"]
            assert (await later.ask("say", text="here neither"))["code"] == "muted"
        assert (await moderator.ask("mute", person=ann.id, seconds=0))["type"] == "ok"
        await speaker.next("muted", until=0)
        assert (await speaker.ask("say", text="three"))["type"] == "ok"


async def test_only_the_host_and_moderators_moderate(node: Node) -> None:
    host, ann, bob = await node.join(), await node.join(), await node.join()
    room = await node.open_room(host)
    async with Client(node.port, room, await node.token(ann)) as speaker:
        line = (await speaker.ask("say", text="hello"))["seq"]
        for who, code in ((await node.token(bob), "not_allowed"), ("", "not_signed_in"), ("nonsense", "not_signed_in")):
            async with Client(node.port, room, who) as client:
                assert (await client.ask("remove", target=line))["code"] == code
                assert (await client.ask("mute", person=ann.id, seconds=60))["code"] == code
                assert (await client.ask("ban", person=ann.id, banned=True))["code"] == code
        role: PersonRole
        for role in ("moderator", "admin"):
            async with Client(node.port, room, await node.token(await node.join(role=role))) as client:
                assert (await client.next("welcome"))["you"]["role"] == "moderator"
                assert (await client.ask("mute", person=host.id, seconds=60))["code"] == "not_allowed"
                assert (await client.ask("mute", person="nobody", seconds=60))["code"] == "no_such_person"
                assert (await client.ask("mute", person=ann.id, seconds=59))["code"] == "invalid_message"
                assert (await client.ask("mute", person=ann.id, seconds=7 * 86_400 + 1))["code"] == "invalid_message"
                assert (await client.ask("ban", person=host.id, banned=True))["code"] == "not_allowed"
                assert (await client.ask("ban", person="nobody", banned=True))["code"] == "no_such_person"
                assert (await client.ask("mute", person=ann.id, seconds=0))["type"] == "ok"
        assert (await speaker.ask("say", text="still here"))["type"] == "ok"


async def test_a_minor_may_talk(node: Node) -> None:
    room = await node.open_room(await node.join())
    async with Client(node.port, room, await node.token(await node.join(born=date(2012, 1, 1)))) as client:
        assert (await client.ask("say", text="hello"))["type"] == "ok"
