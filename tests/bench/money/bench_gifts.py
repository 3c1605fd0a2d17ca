"""Measure gifts through the chat's socket: the server's CPU time per gift, and how long each waits for its `ok`:
`python -m tests.bench gifts [--seconds S] [--postgres URL]`.

The server runs with SQLite on disk, every commit synchronous. A few givers in one room keep as many gifts under way as
the ledger's bench has senders; they are in a process of their own and connect over loopback. The CPU time is that of
the server's process (user and system, all threads): parsing, judging, the room's log, the ledger, and telling all
givers of every gift.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import os
import random
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import cast

import msgspec
import uvloop

from cadeau.migrations import migrate
from core.bus import LocalBus
from core.database import Database, normalized
from core.garbage import freeze_gc
from tests.bench.machine import machine
from tests.chat.client import PROTOCOL
from tests.chat.node import Node

GIVERS = 8
UNDER_WAY = 32  # of each giver: 256 altogether
WARM_UP_S = 1.0
COINS_EACH = 50_000  # of roses, so that no limit is reached
OK = b"\xa2ok"  # as msgpack writes it; ids are hexadecimal and cannot contain it


class Giver(asyncio.Protocol):
    """Sends the next gift as soon as one is acknowledged, as cheaply as possible: it shares the machine."""

    def __init__(self, room: str, token: str) -> None:
        self._room, self._token = room, token
        self._sent: deque[float] = deque()  # oks come in the order of the gifts
        self._end = b""
        self._transport: asyncio.WriteTransport
        self.giving = False
        self.entered = asyncio.get_running_loop().create_future()
        self.times: list[float] = []

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.WriteTransport, transport)
        key = base64.b64encode(os.urandom(16)).decode()
        self._transport.write(
            f"GET /chat/{self._room} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Authorization: Bearer {self._token}\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: {PROTOCOL}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        if not self.entered.done():
            if b"welcome" in data:
                self.entered.set_result(None)
            return
        assert b"refused" not in data, "a gift was refused"
        acknowledged = (self._end + data).count(OK)
        self._end = data[-len(OK) + 1 :]
        now = time.perf_counter()
        for _ in range(acknowledged):
            self.times.append(now - self._sent.popleft())
        if self.giving:
            self.give(acknowledged)

    def give(self, gifts: int) -> None:
        frames = []
        for _ in range(gifts):
            message = {"type": "gift", "id": f"{random.getrandbits(128):032x}", "gift": "rose", "count": 1}
            body = msgspec.msgpack.encode(message)
            frames.append(bytes((0x82, 0x80 | len(body), 0, 0, 0, 0)) + body)  # a mask of zeros
        self._sent.extend([time.perf_counter()] * gifts)
        self._transport.write(b"".join(frames))

    @property
    def waiting(self) -> int:
        return len(self._sent)


async def crowd(port: int, room: str, tokens: list[str], seconds: float) -> None:
    """The child process: `warm`, then the acknowledged gifts and their times in milliseconds, on stdout."""
    loop = asyncio.get_running_loop()
    givers = [
        (await loop.create_connection(lambda t=token: Giver(room, t), "127.0.0.1", port))[1]  # type: ignore[misc]
        for token in tokens
    ]
    await asyncio.gather(*(giver.entered for giver in givers))
    for giver in givers:
        giver.giving = True
        giver.give(UNDER_WAY)
    await asyncio.sleep(WARM_UP_S)
    before = [len(giver.times) for giver in givers]
    print("warm", flush=True)
    await asyncio.sleep(seconds)
    times = sorted(took for giver, start in zip(givers, before, strict=True) for took in giver.times[start:])
    p50, p99 = (times[len(times) * percent // 100] * 1e3 for percent in (50, 99))
    print(f"{len(times)} {p50} {p99}", flush=True)
    for giver in givers:
        giver.giving = False
    while any(giver.waiting for giver in givers):
        await asyncio.sleep(0.01)


async def measure(database: Database, seconds: float) -> None:
    async with Node(database, LocalBus(), options={"ws_ping_interval": None}) as node:
        room = await node.open_room(await node.join("marguerite"))
        people = [await node.join() for _ in range(GIVERS)]
        for who in people:
            await node.grant(who, COINS_EACH)
        tokens = [await node.token(who) for who in people]
        freeze_gc()
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.money.bench_gifts", "crowd", str(node.port), room, str(seconds), *tokens,
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert child.stdout is not None
        assert await child.stdout.readline() == b"warm\n", "the givers could not enter"
        before = time.process_time()
        gifts, p50, p99 = (await child.stdout.readline()).split()
        cost = (time.process_time() - before) / int(gifts) * 1e6
        await child.wait()
    print(
        f"{GIVERS} sockets, {GIVERS * UNDER_WAY} gifts under way: {int(gifts) / seconds:.0f} gifts/s  "
        f"p50 {float(p50):.1f} ms  p99 {float(p99):.1f} ms  CPU of the server {cost:.1f} us/gift"
    )


def main(arguments: list[str]) -> None:
    if arguments[:1] == ["crowd"]:
        _, port, room, seconds, *tokens = arguments
        uvloop.run(crowd(int(port), room, tokens, float(seconds)))
        return
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--postgres", default="", help="URL of an empty database")
    given = options.parse_args(arguments)
    print(machine())
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        database = Database(normalized(given.postgres) if given.postgres else f"sqlite:///{folder}/cadeau.db")
        migrate(database)
        uvloop.run(measure(database, given.seconds))
        database.close()


if __name__ == "__main__":
    main(sys.argv[1:])
