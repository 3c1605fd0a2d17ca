"""A kind of room event is one file: a new one works from the socket to the replay. The old ones keep their bytes."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from chat.events import encode
from chat.kinds.entry import Entry
from chat.kinds.gift import Gift, Gifted
from chat.kinds.kind import Event, Request
from chat.kinds.mute import Mute, Muted
from chat.kinds.remove import Remove, Removed
from chat.kinds.say import Said, Say
from chat.kinds.state import Ended, Started, Stopped
from core.bus import LocalBus
from core.database import Database
from core.identity import Person
from money.catalogue import GIFTS
from tests.chat.client import Client
from tests.chat.node import Node
from tests.services import free_port, wait_for_port

ANN = Person("ann", "ann", "Ann")


@pytest.mark.parametrize(
    ("request_", "digest"),
    [
        (Say("i1", "héllo"), "8df50f0813290cd38786ef1986acb3e4"),
        (Gift("i2", "rose", 3), "1163913df3728dfd58b0cf5cd8c02bff"),
        (Remove("i3", 7), "dea3630ca006bc860da61e090948f425"),
        (Mute("i4", "bob", 60), "2e9ab1271b2da16ad32bb70391d375f3"),
    ],
)
def test_digests_are_those_in_existing_databases(request_: Request, digest: str) -> None:
    assert Entry("room", request_, ANN).digest.hex() == digest


BY = "a2627983a26964a3616e6ea668616e646c65a3616e6ea46e616d65a3416e6e"


@pytest.mark.parametrize(
    ("event", "encoded"),
    [
        (Said(1, 2, ANN, "i", "t"), f"86a474797065a473616964a373657101a2617402{BY}a26964a169a474657874a174"),
        (
            Said(1, 2, ANN, "i", "", True),
            f"87a474797065a473616964a373657101a2617402{BY}a26964a169a474657874a0a772656d6f766564c3",
        ),
        (
            Gifted(1, 2, ANN, "i", "rose", 3, 30, 4),
            f"89a474797065a6676966746564a373657101a2617402{BY}"
            "a26964a169a467696674a4726f7365a5636f756e7403a5636f696e731ea5636f6d626f04",
        ),
        (Started(1, 2, None), "84a474797065a773746172746564a373657101a2617402a26279c0"),
        (Stopped(1, 2, None), "84a474797065a773746f70706564a373657101a2617402a26279c0"),
        (Ended(1, 2, None), "84a474797065a5656e646564a373657101a2617402a26279c0"),
        (Removed(1, 2, ANN, 7), f"85a474797065a772656d6f766564a373657101a2617402{BY}a674617267657407"),
        (
            Muted(1, 2, ANN, ANN, 9),
            f"86a474797065a56d75746564a373657101a2617402{BY}"
            "a6706572736f6e83a26964a3616e6ea668616e646c65a3616e6ea46e616d65a3416e6ea5756e74696c09",
        ),
    ],
)
def test_events_keep_their_bytes(event: Event, encoded: str) -> None:
    assert encode(event).hex() == encoded


@contextlib.contextmanager
def server(database_url: str, port: int, log: Path) -> Iterator[None]:
    """A server whose only difference is one more entry in KINDS."""
    command = [sys.executable, "-m", "tests.chat.kinds.toy", database_url, str(port)]
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL)
    try:
        wait_for_port(port, process)
        yield
    finally:
        process.kill()
        process.wait()


async def test_a_new_kind_works_from_the_socket_to_the_replay(database: Database, tmp_path: Path) -> None:
    node = Node(database, LocalBus())  # not serving: it sets up and looks
    host, ann = await node.join(), await node.join()
    room = await node.open_room(host)
    await node.grant(ann, 1_000)
    token, port = await node.token(ann), free_port()
    with server(database.url, port, tmp_path / "server.log"):
        async with Client(port, room, token) as client, Client(port, room) as watcher:
            ok = await client.ask("ring", "r1", times=2)
            assert ok == {"type": "ok", "id": "r1", "seq": 2}
            rung = await watcher.next("rung")
            assert {**rung, "at": 0} == {
                "type": "rung", "seq": 2, "at": 0, "by": node.brief(ann), "times": 2, "total": 2
            }  # fmt: skip
            assert await client.ask("ring", "r1", times=2) == ok
            assert (await client.ask("ring", "r1", times=3))["code"] == "idempotency_key_reused"
            assert (await client.ask("ring", times=0))["code"] == "invalid_message"
            assert (await client.ask("ring", times=9))["code"] == "too_loud"
            assert (await watcher.ask("ring", times=1))["code"] == "not_signed_in"
            assert (await client.ask("ring", times=3))["seq"] == 3
            await watcher.next("rung", total=5)
            gift = await client.ask("gift", gift=next(iter(GIFTS)), count=1)
            assert (await watcher.next("gifted"))["seq"] == gift["seq"] == 4
            await watcher.next("rung", seq=5, by=None, times=1, total=6)
            told = watcher.durable
        async with Client(port, room, after=0) as late:  # from memory
            assert (await late.receive())[1:] == told
        async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as http:
            assert (await http.get(f"/api/rooms/{room}/events")).json()["items"] == told
    with server(database.url, port, tmp_path / "server.log"):
        async with Client(port, room, token, after=0) as late:  # from SQL
            assert (await late.receive())[1:] == told
            assert await late.ask("ring", "r1", times=2) == ok
            await late.ask("ring", times=1)
            await late.next("rung", total=7)
    node.close()
