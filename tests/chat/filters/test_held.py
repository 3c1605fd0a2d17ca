"""Held lines reach nobody but their writers and moderators, until one lets them through: once."""

from __future__ import annotations

import asyncio
import time as real_time
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from chat.filters.held import HELD_MINUTES_MAX, HELD_PER_PERSON_MAX
from chat.filters.lists import WORDS_MAX
from core.bus import LocalBus
from core.database import Database
from core.identity import Identity
from tests.chat.client import Client
from tests.chat.moderation.conftest import DeafBus, http_of
from tests.chat.node import Node
from tests.chat.test_nodes import nodes  # noqa: F401  a fixture


class Time:
    """A clock that stands still until the test moves it."""

    def __init__(self) -> None:
        self.now = 1_900_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
async def node(database: Database, time: Time) -> AsyncIterator[Node]:
    async with Node(database, LocalBus(), clock=time) as opened:
        yield opened


async def eventually(check: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(10):
        while not await check():
            await asyncio.sleep(0.05)


async def hold(http: httpx.AsyncClient, host: Identity, words: str, action: str = "hold") -> None:
    answer = await http.post(f"/api/hosts/{host.id}/filters/words", json={"words": words, "action": action})
    assert answer.status_code == 201, answer.text


async def held(http: httpx.AsyncClient, room: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await http.get(f"/api/rooms/{room}/held")).json()["items"]
    return items


async def test_only_writer_and_moderators_see_a_held_line_until_it_is_let_through_once(node: Node) -> None:
    host, ann, bob, eve = [await node.join() for _ in range(4)]
    room = await node.open_room(host)
    async with http_of(node, host) as owner, http_of(node, ann) as writer, http_of(node, eve) as viewer:
        await owner.put(f"/api/hosts/{host.id}/moderators/{bob.handle}", json={"permissions": ["remove"]})
        await hold(owner, host, "secret")
        async with (
            Client(node.port, room, await node.token(ann)) as speaker, Client(node.port, room) as watching,
            Client(node.port, room, await node.token(eve)) as member,
            Client(node.port, room, await node.token(bob)) as moderator, http_of(node, bob) as moderation,
        ):  # fmt: skip
            for client in (watching, member, moderator):
                await client.next("welcome")
            for _ in range(2):
                assert (await speaker.ask("say", "line", text="my SECRET"))["code"] == "held"
            assert (await speaker.ask("say", "line", text="other secret"))["code"] == "idempotency_key_reused"
            assert (await speaker.ask("say", text="hello"))["type"] == "ok"
            await moderator.next("held")
            await watching.next("said", text="hello")
            assert await held(viewer, room) == []
            (own,), (one,) = await held(writer, room), await held(moderation, room)
            assert own == one
            assert (one["text"], one["by"]["id"], one["client_id"], one["cause"]) == (
                "my SECRET", ann.id, "line", "word"
            )  # fmt: skip
            here = f"/api/rooms/{room}/held/{one['id']}"
            for other in (viewer, writer):
                assert (await other.post(f"{here}/release")).status_code == 403
                assert (await other.post(f"{here}/refuse")).status_code == 403
            history = (await viewer.get(f"/api/rooms/{room}/events")).text
            async with Client(node.port, room, after=0) as late:
                await late.next("said", text="hello")
                everything = f"{history}{watching.seen}{member.seen}{late.seen}"
            assert "SECRET" not in everything
            assert not [event for event in member.seen + watching.seen if event["type"] == "held"]

            answers = await asyncio.gather(*(http.post(f"{here}/release") for http in (moderation, owner)))
            assert [answer.status_code for answer in answers] == [200, 200]
            assert answers[0].json() == answers[1].json()
            said = await watching.next("said", text="my SECRET")
            assert (said["by"]["id"], said["seq"], said["id"]) == (ann.id, answers[0].json()["seq"], "line")
            assert (await moderation.post(f"{here}/release")).json() == answers[0].json()
            assert (await moderation.post(f"{here}/refuse")).json()["code"] == "held_decided"
            assert (await speaker.ask("say", "line", text="my SECRET"))["seq"] == said["seq"]
            assert (await speaker.ask("say", text="after"))["type"] == "ok"
            await watching.next("said", text="after")
            assert sum(event.get("text") == "my SECRET" for event in watching.seen) == 1
            assert await held(moderation, room) == []


async def test_a_refused_line_is_never_said_and_its_writer_is_told(node: Node, time: Time) -> None:
    host, ann = await node.join(), await node.join()
    room = await node.open_room(host)
    async with http_of(node, host) as owner:
        await hold(owner, host, "secret")
        await hold(owner, host, "vile", "refuse")
        async with (
            Client(node.port, room, await node.token(ann)) as speaker,
            Client(node.port, room, await node.token(host)) as own,
        ):
            assert (await own.ask("say", text="the host says vile secrets: secret"))["type"] == "ok"
            assert (await speaker.ask("say", text="v i l e"))["code"] == "filtered"
            assert (await speaker.ask("say", "a", text="a secret"))["code"] == "held"
            (one,) = await held(owner, room)
            here = f"/api/rooms/{room}/held/{one['id']}"
            for _ in range(2):
                assert (await owner.post(f"{here}/refuse")).status_code == 204
            assert (await speaker.next("held_refused"))["id"] == "a"
            assert (await owner.post(f"{here}/release")).json()["code"] == "held_decided"
            assert (await speaker.ask("say", "a", text="a secret"))["code"] == "filtered"

            for number in range(HELD_PER_PERSON_MAX):
                assert (await speaker.ask("say", text=f"secret {number}"))["code"] == "held"
            assert (await speaker.ask("say", text="secret again"))["code"] == "too_many_held"
            (old, *_) = await held(owner, room)
            time.now += HELD_MINUTES_MAX * 60_000
            assert await held(owner, room) == []
            assert (await owner.post(f"/api/rooms/{room}/held/{old['id']}/release")).json()["code"] == "no_such_line"
            assert (await speaker.ask("say", text="secret again"))["code"] == "held"


async def test_a_changed_list_is_obeyed_on_every_node_within_a_second(nodes: tuple[Node, Node]) -> None:  # noqa: F811
    one, two = nodes
    host, ann = await one.join(), await two.join()
    room = await one.open_room(host)
    async with http_of(one, host) as owner, Client(two.port, room, await two.token(ann)) as speaker:
        assert (await speaker.ask("say", text="secret"))["type"] == "ok"
        await hold(owner, host, "secret", "refuse")
        changed = real_time.monotonic()
        while (await speaker.ask("say", text="secret"))["type"] == "ok":
            assert real_time.monotonic() - changed < 1
            await asyncio.sleep(0.05)
        await owner.put(f"/api/hosts/{host.id}/filters/links", json={"links": "listed", "domains": ["www.Good.org"]})
        await eventually(lambda: _refused(speaker, "see evil.com"))
        assert (await speaker.ask("say", text="see a.good.org"))["type"] == "ok"
        assert (await owner.delete(f"/api/hosts/{host.id}/filters/words/secret")).status_code == 204
        await eventually(lambda: _said(speaker, "secret"))


async def test_a_line_held_on_one_node_reaches_moderators_but_no_viewer_on_the_other(nodes: tuple[Node, Node]) -> None:  # noqa: F811
    one, two = nodes
    host, ann = await one.join(), await two.join()
    room = await one.open_room(host)
    async with http_of(one, host) as owner:
        await hold(owner, host, "secret")
    async with (
        http_of(one, host) as owner, Client(one.port, room, await one.token(host)) as own,
        Client(one.port, room) as viewer, Client(two.port, room) as far,
        Client(two.port, room, await two.token(ann)) as speaker,
    ):  # fmt: skip
        for client in (own, viewer, far):
            await client.next("welcome")
        assert (await speaker.ask("say", text="SECRET"))["code"] == "held"
        await own.next("held")
        assert (await speaker.ask("say", text="hello"))["type"] == "ok"
        for client in (viewer, far):
            await client.next("said", text="hello")
            assert "SECRET" not in str(client.seen)
        (line, *_) = await held(owner, room)
        answers = await asyncio.gather(
            *(owner.post(f"/api/rooms/{room}/held/{line['id']}/release") for _ in range(3))
        )  # fmt: skip
        assert len({answer.json()["seq"] for answer in answers}) == 1
        for client in (viewer, far):
            assert (await client.next("said", id=line["client_id"]))["seq"] == answers[0].json()["seq"]


async def test_the_servers_list_holds_in_every_room_and_a_lost_message_is_made_good(database: Database) -> None:
    async with Node(database, DeafBus()) as here, Node(database, DeafBus()) as there:  # type: ignore[arg-type]
        admin, staff, ann = await here.join(role="admin"), await here.join(role="moderator"), await here.join()
        room = await here.open_room(await here.join())
        async with (
            http_of(here, admin) as admins, http_of(here, staff) as moderators, http_of(here, ann) as members,
            Client(there.port, room, await there.token(ann)) as speaker,
        ):  # fmt: skip
            every = "/api/moderation/filters"
            new = {"words": "Sécret", "action": "hold"}
            assert (await members.get(every)).status_code == 403
            assert (await moderators.post(f"{every}/words", json=new)).status_code == 403
            assert (await speaker.ask("say", text="secret"))["type"] == "ok"
            assert (await admins.post(f"{every}/words", json=new)).json() == {"words": "secret", "action": "hold"}
            await eventually(lambda: _refused(speaker, "secret"))
            assert (await moderators.get(every)).json() == {
                "words": [{"words": "secret", "action": "hold"}], "links": "allow", "domains": []
            }  # fmt: skip
            (one, *_) = await held(moderators, room)
            assert (await moderators.post(f"/api/rooms/{room}/held/{one['id']}/release")).status_code == 200


async def test_lists_have_limits_and_belong_to_their_host(node: Node) -> None:
    host, ann = await node.join(), await node.join()
    here = f"/api/hosts/{host.id}/filters"
    async with http_of(node, host) as owner, http_of(node, ann) as other:
        new = {"words": "secret", "action": "hold"}
        assert (await other.get(here)).status_code == 403
        assert (await other.post(f"{here}/words", json=new)).status_code == 403
        for bad in ("!!!", "one two three four five six", "x" * 61):
            answer = await owner.post(f"{here}/words", json={**new, "words": bad})
            assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request"), bad
        links = await owner.put(f"{here}/links", json={"links": "listed", "domains": ["no domain"]})
        assert links.json()["code"] == "invalid_request"
        words = [{"words": f"word {number}", "action": "hold"} for number in range(WORDS_MAX)]
        await node.database.write_async(lambda c: _fill(c, host.id, words))
        assert (await owner.post(f"{here}/words", json=new)).json()["code"] == "filter_full"
        changed = await owner.post(f"{here}/words", json={"words": "WORD 7", "action": "refuse"})
        assert changed.json() == {"words": "word 7", "action": "refuse"}
        assert len((await owner.get(here)).json()["words"]) == WORDS_MAX


def _fill(connection: Any, host: str, words: list[dict[str, str]]) -> None:
    from chat.filters.tables import chat_filters

    row = {"owner": host, "words": words, "links": "allow", "domains": [], "changed_at": 1}
    connection.execute(chat_filters.insert().values(row))


async def _refused(speaker: Client, text: str) -> bool:
    return bool((await speaker.ask("say", text=text))["type"] == "refused")


async def _said(speaker: Client, text: str) -> bool:
    return bool((await speaker.ask("say", text=text))["type"] == "ok")
