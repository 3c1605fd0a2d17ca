"""Two servers with one PostgreSQL and one Redis: ownership of rooms through pauses, kills and races."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
import redis

from tests.chat.client import Client
from tests.live.lean import LeanClient
from tests.live.media.relay.company import Guest, Host
from tests.live.media.relay.stage import until
from tests.served import Person, Served
from tests.services import redis_server

ROUNDS = 24
PAUSE_S = 15.0
DEAD_S = 5.0
STOPS_S_MAX = 4.0  # from a room's end to the end of its media, without Redis
FRAME_S = 0.05
CHECK_S = 1.0
WATCH_S_MAX = 20.0

Row = tuple[Any, ...]


class Cluster:
    """Two nodes, and SQL queries about their rooms."""

    def __init__(self, one: Served, two: Served, database_url: str, redis_pid: int) -> None:
        self.one, self.two = one, two
        self._database_url = database_url.replace("+psycopg", "")
        self._redis_pid = redis_pid
        self._playing: list[asyncio.Task[None]] = []
        self._clients: list[Host | Guest] = []
        self._playing.append(asyncio.create_task(self.keep_alive()))
        self.host: Person = one.join()

    # -- media -----------------------------------------------------------------------------------

    def publisher(self, node: Served, room: dict[str, Any]) -> Host:
        made = Host(f"{node.url}/live/{room['id']}/whip", room["stream_key"])
        self._clients.append(made)
        return made

    async def publish(self, node: Served, room: dict[str, Any]) -> Host:
        """Start a publisher that sends until its session is closed."""
        host = self.publisher(node, room)
        await host.join()
        self.play(host)
        return host

    def play(self, host: Host) -> None:
        self._playing.append(asyncio.create_task(self._play(host)))

    async def keep_alive(self) -> None:
        """Send connectivity checks as ICE clients do, so that the servers keep the sessions."""
        while True:
            await asyncio.sleep(CHECK_S)
            for client in self._clients:
                if client.dtls is not None and not client.dtls.closed:
                    client.check()

    async def _play(self, host: Host) -> None:
        while not closed(host):
            host.frame(keyframe=True)
            await asyncio.sleep(FRAME_S)

    async def watch(self, node: Served, room: dict[str, Any]) -> Guest:
        """Start a viewer, retrying until the node has the room's media."""
        async with asyncio.timeout(WATCH_S_MAX):
            while True:
                guest = Guest(f"{node.url}/live/{room['id']}/whep")
                self._clients.append(guest)
                answer = await guest.agree()
                if answer.status_code == 201:
                    break
                assert answer.json()["code"] == "room_not_live"
                guest.vanish()
                await asyncio.sleep(0.1)
        await guest.connect()
        await until(lambda: guest.video)
        return guest

    async def publish_again(self, node: Served, room: dict[str, Any]) -> tuple[Host, list[int]]:
        """Retry like WHIP clients until the room is free. Returns the refusals too."""
        refusals: list[int] = []
        while True:
            host = self.publisher(node, room)
            answer = await host.agree()
            if answer.status_code == 201:
                await host.connect()
                self.play(host)
                return host, refusals
            assert answer.json()["code"] == "already_publishing"
            refusals.append(answer.status_code)
            host.vanish()
            assert len(refusals) < 60, "the room is never free"
            await asyncio.sleep(0.5)

    async def close(self) -> None:
        for task in self._playing:
            task.cancel()
        await asyncio.gather(*self._playing, return_exceptions=True)
        for client in self._clients:
            client.vanish()

    # -- SQL -------------------------------------------------------------------------------------

    def sql(self, query: str, *values: str) -> list[Row]:
        with psycopg.connect(self._database_url) as connection:
            return connection.execute(query.encode(), values).fetchall()

    def row(self, room: dict[str, Any]) -> Row:
        return self.sql(
            "SELECT state, live, node, epoch, publishing, viewers, viewers_peak, likes, started_at, ended_at "
            "FROM rooms WHERE id = %s", room["id"],
        )[0]  # fmt: skip

    def events(self, room: dict[str, Any]) -> list[str]:
        return [row[0] for row in self.sql("SELECT type FROM room_events WHERE room = %s ORDER BY seq", room["id"])]

    def boot(self, node: Served) -> str:
        return str(self.sql("SELECT boot FROM nodes WHERE address LIKE %s", f"%:{node.port}")[0][0])

    def heartbeat(self, node: Served) -> int:
        return int(self.sql("SELECT heard_at FROM nodes WHERE address LIKE %s", f"%:{node.port}")[0][0])

    async def is_live(self, room: dict[str, Any], node: Served) -> None:
        boot = self.boot(node)
        await until(lambda: self.row(room)[:3] == ("live", 1, boot))

    def kill_redis(self) -> None:
        os.kill(self._redis_pid, signal.SIGKILL)


def closed(client: LeanClient) -> bool:
    return client.dtls is not None and client.dtls.closed


@pytest.fixture
async def cluster(postgres_url: str, tmp_path: Path) -> AsyncIterator[Cluster]:
    with redis_server(tmp_path) as redis_url:
        with redis.Redis.from_url(redis_url) as connection:
            redis_pid = int(connection.info("server")["process_id"])
        environment = {"CADEAU_DATABASE_URL": postgres_url, "CADEAU_REDIS_URL": redis_url}
        with Served(tmp_path / "one", environment) as one, Served(tmp_path / "two", environment) as two:
            made = Cluster(one, two, postgres_url, redis_pid)
            try:
                yield made
            finally:
                await made.close()


async def end(node: Served, who: Person, room: dict[str, Any]) -> None:
    async with httpx.AsyncClient(base_url=node.url, headers={"Authorization": f"Bearer {who.token}"}) as http:
        assert (await http.delete(f"/api/rooms/{room['id']}", timeout=30)).status_code == 200


async def test_media_stops_when_a_room_ends_even_without_redis(cluster: Cluster) -> None:
    one, two = cluster.one, cluster.two
    rooms = [cluster.host.open_room() for _ in range(4)]
    owners = [one, one, two, two]
    hosts = [await cluster.publish(node, room) for node, room in zip(owners, rooms, strict=True)]
    guests = [await cluster.watch(node, room) for node, room in zip(owners, rooms, strict=True)]
    cluster.kill_redis()
    before = time.monotonic()
    for node, room in zip([one, two, one, two], rooms, strict=True):  # half of them by the other node
        await end(node, cluster.host, room)
    await until(lambda: all(map(closed, [*hosts, *guests])), STOPS_S_MAX)
    for room in rooms:
        assert cluster.row(room)[:3] == ("ended", 0, "")
        assert cluster.events(room) == ["started", "ended"]
    assert time.monotonic() - before < STOPS_S_MAX + 1


async def test_a_resumed_node_writes_nothing_to_rooms_it_lost(cluster: Cluster) -> None:
    one, two = cluster.one, cluster.two
    room, lonely = cluster.host.open_room(), cluster.host.open_room()
    first, _ = await cluster.publish(one, room), await cluster.publish(one, lonely)
    guests = [await cluster.watch(one, room) for _ in range(2)]
    await cluster.is_live(room, one)
    await cluster.is_live(lonely, one)
    await until(lambda: cluster.row(room)[5] == 2)
    old = cluster.boot(one)
    async with Client(two.port, room["id"]) as chat:
        await chat.next("welcome", state="live")
        reading = asyncio.create_task(read(chat))
        assert one.process is not None
        one.process.send_signal(signal.SIGSTOP)
        paused = time.monotonic()
        try:
            _, refusals = await cluster.publish_again(two, room)
            assert refusals, "the other node was not dead yet"
            await cluster.is_live(room, two)
            await cluster.watch(two, room)
            await until(lambda: cluster.row(room)[5] == 1 and cluster.row(lonely)[0] == "idle")
            before = [(cluster.row(r), cluster.events(r)) for r in (room, lonely)]
            await asyncio.sleep(max(0.0, paused + PAUSE_S - time.monotonic()))
        finally:
            one.process.send_signal(signal.SIGCONT)
        woke, seen = cluster.heartbeat(one), len(chat.seen)
        await until(lambda: closed(first) and all(map(closed, guests)))
        await until(lambda: cluster.heartbeat(one) > woke + 2500)  # it has run again and reread its rooms
        assert [(cluster.row(r), cluster.events(r)) for r in (room, lonely)] == before
        assert old not in (cluster.row(room)[2], cluster.row(lonely)[2])
        events = cluster.events(room)
        assert events in (["started", "stopped", "started"], ["started"])
        assert cluster.events(lonely) == ["started", "stopped"]
        assert not [event for event in chat.seen[seen:] if event["type"] in ("publisher", "stopped", "ended")]
        reading.cancel()
    await cluster.publish_again(one, lonely)  # it can claim this one again
    await cluster.is_live(lonely, one)


async def test_a_killed_nodes_room_continues_on_another_node(cluster: Cluster) -> None:
    one, two = cluster.one, cluster.two
    room = cluster.host.open_room()
    await cluster.publish(one, room)
    await cluster.is_live(room, one)
    started_at = cluster.row(room)[8]
    async with Client(two.port, room["id"], cluster.host.token) as chat:
        await chat.next("welcome", state="live")
        assert (await chat.ask("say", text="before"))["type"] == "ok"
        one.kill()
        killed = time.monotonic()
        _, refusals = await cluster.publish_again(two, room)
        took = time.monotonic() - killed
        assert refusals, "the room was given away before its node counted as dead"
        assert DEAD_S - 1.5 < took < DEAD_S + 6
        await cluster.is_live(room, two)
        guest = await cluster.watch(two, room)
        assert (await chat.ask("say", text="after"))["type"] == "ok"
        await chat.next("said", text="after")
        assert chat_types(chat) in (
            ["started", "said", "stopped", "started", "said"],
            ["started", "said", "said"],  # claimed before a node made it idle
        )
        assert cluster.events(room) == chat_types(chat)
        await asyncio.to_thread(one.start)
        row, received = cluster.row(room), len(guest.video)
        assert row[8] == started_at
        await until(lambda: len(guest.video) > received + 30)
        assert cluster.row(room)[:5] == row[:5] == ("live", 1, cluster.boot(two), row[3], 1)
        assert cluster.events(room) == chat_types(chat)


async def read(chat: Client) -> None:
    """Receive messages, so that `seen` is up to date."""
    while True:
        await chat.receive()


def chat_types(chat: Client) -> list[str]:
    """The types of the room's events that a member received, checked for gaps."""
    events = [event for event in chat.seen if "at" in event]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    return [event["type"] for event in events]


async def test_exactly_one_of_two_concurrent_publishers_wins(cluster: Cluster) -> None:
    nodes = (cluster.one, cluster.two)
    wins = [0, 0]
    for turn in range(ROUNDS):
        room = cluster.host.open_room()
        tries = [cluster.publisher(node, room) for node in nodes]
        order: list[Callable[[], Any]] = [made.agree for made in (tries if turn % 2 else reversed(tries))]
        answers = await asyncio.gather(*(agree() for agree in order))
        if turn % 2 == 0:
            answers.reverse()
        assert sorted(answer.status_code for answer in answers) == [201, 409]
        winner = next(i for i, answer in enumerate(answers) if answer.status_code == 201)
        assert answers[1 - winner].json()["code"] == "already_publishing"
        assert cluster.row(room)[2] == cluster.boot(nodes[winner])
        wins[winner] += 1
        if turn < 4:
            await tries[winner].connect()
            cluster.play(tries[winner])
            await cluster.is_live(room, nodes[winner])
        await end(nodes[turn % 2], cluster.host, room)
        assert cluster.row(room)[:3] == ("ended", 0, "")
        assert cluster.events(room) == (["started", "ended"] if turn < 4 else ["ended"])
    assert sum(wins) == ROUNDS
