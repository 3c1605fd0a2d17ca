"""Hosts appoint moderators for their rooms, with permissions; whoever is dismissed moderates nothing any more."""

from __future__ import annotations

from chat.moderation.routes import MODERATORS_MAX
from chat.moderation.standing import set_moderators
from core.database import Database
from tests.chat.client import Client
from tests.chat.moderation.conftest import DeafBus, http_of
from tests.chat.node import Node


async def test_a_moderator_may_do_what_the_host_permits_and_nothing_else(node: Node) -> None:
    host, ann, bob = await node.join(), await node.join(), await node.join()
    room, other = await node.open_room(host), await node.open_room(await node.join())
    async with (
        http_of(node, host) as http,
        Client(node.port, room, await node.token(ann)) as moderator,
        Client(node.port, room, await node.token(bob)) as member,
    ):
        assert (await moderator.next("welcome"))["you"]["role"] == "member"
        line = (await member.ask("say", text="something bad"))["seq"]
        assert (await moderator.ask("remove", target=line))["code"] == "not_allowed"
        appointed = await http.put(
            f"/api/hosts/{host.id}/moderators/{ann.handle}", json={"permissions": ["timeout", "remove", "remove"]}
        )
        assert appointed.json()["permissions"] == ["remove", "timeout"]
        told = (await moderator.next("you"))["you"]
        assert (told["role"], told["can"]) == ("moderator", ["remove", "timeout"])
        assert (await moderator.ask("remove", target=line))["type"] == "ok"
        assert (await moderator.ask("mute", person=bob.id, seconds=60))["type"] == "ok"
        assert (await moderator.ask("ban", person=bob.id, banned=True))["code"] == "not_allowed"
        assert (await moderator.ask("mute", person=host.id, seconds=60))["code"] == "not_allowed"
        assert (await moderator.ask("effect", effect=None))["code"] == "not_allowed"
        assert (await moderator.ask("goal", goal=None))["code"] == "not_allowed"
        for n in range(8):  # more than a member may in five seconds, which is a limit of its own
            assert (await moderator.ask("say", text=f"line {n}"))["type"] == "ok"
        assert (await member.next("said", text="line 0"))["moderator"] is True
        async with Client(node.port, other, await node.token(ann)) as elsewhere:
            assert (await elsewhere.next("welcome"))["you"]["role"] == "member"
            assert (await elsewhere.ask("mute", person=bob.id, seconds=60))["code"] == "not_allowed"
            await elsewhere.ask("say", text="just me")
            assert "moderator" not in await elsewhere.next("said", text="just me")


async def test_whoever_is_dismissed_moderates_nothing_even_before_they_hear_of_it(database: Database) -> None:
    """The bus loses everything, and the request comes at once."""
    async with Node(database, DeafBus()) as node:  # type: ignore[arg-type]
        host, ann, bob = await node.join(), await node.join(), await node.join()
        room = await node.open_room(host)
        async with http_of(node, host) as http:
            at = f"/api/hosts/{host.id}/moderators/{ann.handle}"
            await http.put(at, json={"permissions": ["remove", "timeout", "ban"]})
            async with Client(node.port, room, await node.token(ann)) as moderator:
                assert (await moderator.next("welcome"))["you"]["role"] == "moderator"
                assert (await moderator.ask("say", text="as one"))["type"] == "ok"
                assert (await moderator.next("said"))["moderator"] is True
                await node.database.write_async(
                    lambda c: set_moderators(
                        c, [{"host": host.id, "person": ann.id, "permissions": "", "appointed_at": 0, "changed_at": 1}]
                    )
                )
                for request in (("ban", {"banned": True}), ("mute", {"seconds": 60})):
                    assert (await moderator.ask(request[0], person=bob.id, **request[1]))["code"] == "not_allowed"
                assert (await moderator.ask("say", text="as nobody"))["type"] == "ok"
                assert "moderator" not in await moderator.next("said", text="as nobody")


async def test_moderators_have_no_say_over_each_other(node: Node) -> None:
    host, ann, bob = await node.join(), await node.join(), await node.join()
    room = await node.open_room(host)
    async with http_of(node, host) as http:
        for who in (ann, bob):
            await http.put(f"/api/hosts/{host.id}/moderators/{who.handle}", json={"permissions": ["timeout", "ban"]})
    async with (
        Client(node.port, room, await node.token(ann)) as moderator,
        Client(node.port, room, await node.token(host)) as owner,
        Client(node.port, room, await node.token(bob)) as other,
    ):
        assert (await moderator.ask("mute", person=bob.id, seconds=60))["code"] == "not_allowed"
        assert (await moderator.ask("ban", person=bob.id, banned=True))["code"] == "not_allowed"
        assert (await moderator.ask("ban", person=bob.id, banned=False))["code"] == "not_allowed"
        assert (await owner.ask("ban", person=bob.id, banned=False))["type"] == "ok"
        assert (await other.ask("mute", person=ann.id, seconds=60))["code"] == "not_allowed"
        assert (await owner.ask("ban", person=bob.id, banned=True))["type"] == "ok"
    async with http_of(node, host) as http:
        (left,) = (await http.get(f"/api/hosts/{host.id}/moderators")).json()["items"]
        assert left["person"]["id"] == ann.id, "whoever is banned moderates nothing"
        again = await http.put(f"/api/hosts/{host.id}/moderators/{bob.handle}", json={"permissions": ["ban"]})
        assert (again.status_code, again.json()["code"]) == (409, "banned_here")


async def test_only_the_host_appoints_and_only_moderators_see_whom(node: Node) -> None:
    host, ann, bob, staff = await node.join(), await node.join(), await node.join(), await node.join(role="moderator")
    here = f"/api/hosts/{host.id}/moderators"
    async with (
        http_of(node, host) as owner, http_of(node, ann) as moderator, http_of(node, bob) as member,
        http_of(node, staff) as moderation,
    ):  # fmt: skip
        assert (await owner.put(f"{here}/{ann.handle}", json={"permissions": ["remove"]})).status_code == 200
        for http in (moderator, member, moderation):
            for call in (
                http.put(f"{here}/{bob.handle}", json={"permissions": ["ban"]}), http.delete(f"{here}/{ann.handle}"),
            ):  # fmt: skip
                answer = await call
                assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
        for http, status in ((owner, 200), (moderator, 200), (moderation, 200), (member, 403)):
            assert (await http.get(here)).status_code == status
            assert (await http.get(f"/api/hosts/{host.id}/standings/{bob.handle}")).status_code == status
        assert (await member.get("/api/hosts/nobody/moderators")).status_code == 404
        assert (await owner.put(f"{here}/{bob.handle}", json={})).json()["code"] == "invalid_request"
        for wrong in ([], ["reign"], "ban", [1], None):
            refused = await owner.put(f"{here}/{bob.handle}", json={"permissions": wrong})
            assert refused.json()["code"] == "invalid_request"
        assert (await owner.put(f"{here}/{host.handle}", json={"permissions": ["ban"]})).status_code == 400
        assert (await owner.put(f"{here}/nobody_here", json={"permissions": ["ban"]})).status_code == 404
        (only,) = (await owner.get(here)).json()["items"]
        assert (only["person"]["id"], only["permissions"]) == (ann.id, ["remove"])
        assert (await owner.delete(f"{here}/{bob.handle}")).status_code == 204, "who is none stays none"
        assert (await owner.delete(f"{here}/{ann.handle}")).status_code == 204
        assert (await owner.get(here)).json()["items"] == []
        assert (await moderator.get(here)).status_code == 403


async def test_a_host_has_a_bounded_number_of_moderators(node: Node) -> None:
    host, ann = await node.join(), await node.join()
    rows = [
        {"host": host.id, "person": f"p{n}", "permissions": "remove", "appointed_at": 1, "changed_at": 1}
        for n in range(MODERATORS_MAX)
    ]
    await node.database.write_async(lambda c: set_moderators(c, rows))
    async with http_of(node, host) as http:
        answer = await http.put(f"/api/hosts/{host.id}/moderators/{ann.handle}", json={"permissions": ["remove"]})
        assert (answer.status_code, answer.json()["code"]) == (409, "too_many_moderators")
