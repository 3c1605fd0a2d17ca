"""After a kill in the middle of a gift storm, every acknowledged gift is there and the ledger verifies."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from websockets.exceptions import ConnectionClosed

from chat.log import RoomLog
from core.bus import LocalBus
from core.clock import system_clock
from core.database import Database
from money.catalogue import GIFTS
from tests.chat.client import Client
from tests.chat.node import Node
from tests.forks import Forked, Forks
from tests.services import free_port, wait_for_port

GIFT = min(GIFTS.values(), key=lambda gift: gift.coins)
GIVERS = 3
CRASHES = 3
OKS_PER_LIFE = 400
PIPELINE = 50


@contextlib.contextmanager
def server(forks: Forks, database_url: str, port: int, log: Path) -> Iterator[Forked]:
    arguments = (database_url, "-", str(port))
    with log.open("ab") as output:
        process = forks.start("tests.chat.node", *arguments, environment=os.environ, stdout=output, stderr=output)
    try:
        wait_for_port(port, process)
        yield process
    finally:
        process.kill()  # SIGKILL: nothing is cleaned up
        process.wait()


class Giver:
    def __init__(self, name: str, token: str) -> None:
        self.name = name
        self.token = token
        self.sent = 0
        self.oks: dict[str, int] = {}

    async def give(self, port: int, room: str) -> None:
        """Give until the server is gone, first what is still unanswered."""
        with contextlib.suppress(ConnectionClosed, OSError):
            async with Client(port, room, self.token, after=2**53) as client:
                for gift in [gift for gift in self.ids if gift not in self.oks]:
                    await self._send(client, gift)
                while True:
                    while self.sent - len(self.oks) < PIPELINE:
                        self.sent += 1
                        await self._send(client, self.ids[-1])
                    await self.receive(client)

    @property
    def ids(self) -> list[str]:
        return [f"{self.name}-{n}" for n in range(self.sent)]

    async def _send(self, client: Client, id: str) -> None:
        await client.send({"type": "gift", "id": id, "gift": GIFT.gift, "count": 1})

    async def receive(self, client: Client) -> None:
        for event in await client.receive():
            assert event["type"] != "refused", event
            if event["type"] == "ok":
                assert self.oks.setdefault(event["id"], event["seq"]) == event["seq"]

    async def give_again(self, port: int, room: str) -> None:
        """Ask again for all that was not answered, until it is."""
        async with Client(port, room, self.token, after=2**53) as client:
            for gift in self.ids:
                await self._send(client, gift)
            while len(self.oks) < self.sent:
                await self.receive(client)


async def test_acknowledged_gifts_survive_a_kill_and_nothing_is_paid_twice(
    forks: Forks, database: Database, tmp_path: Path
) -> None:
    node = Node(database, LocalBus())  # not serving: it sets up and looks
    port, log = free_port(), tmp_path / "server.log"
    host = await node.join()
    people = [await node.join() for _ in range(GIVERS)]
    for person in people:
        await node.grant(person, 1_000_000)
    room = await node.open_room(host)
    givers = [Giver(person.handle, await node.token(person)) for person in people]

    for life in range(1, CRASHES + 1):
        with server(forks, database.url, port, log):
            storm = asyncio.gather(*(giver.give(port, room) for giver in givers))
            async with asyncio.timeout(60):
                while sum(len(giver.oks) for giver in givers) < life * OKS_PER_LIFE:
                    assert not storm.done(), log.read_text()
                    await asyncio.sleep(0.01)
        await asyncio.wait_for(storm, 60)
    with server(forks, database.url, port, log):
        async with asyncio.timeout(60):
            await asyncio.gather(*(giver.give_again(port, room) for giver in givers))

    sent = sum(giver.sent for giver in givers)
    room_log = RoomLog(database, system_clock, node.rooms, node.money.gifts, node.accounts)
    events = await database.read_async(lambda c: room_log.read(c, room, 0, 10 * sent))
    assert [event.seq for event in events] == list(range(1, len(events) + 1))
    logged = {getattr(event, "id"): event.seq for event in events[1:]}  # noqa: B009
    assert logged == {gift: seq for giver in givers for gift, seq in giver.oks.items()}
    assert len(events) == sent + 1
    for person, giver in zip(people, givers, strict=True):
        assert await node.coins(person) == 1_000_000 - giver.sent * GIFT.coins
    assert await database.read_async(node.money.verify) == []
    node.close()
