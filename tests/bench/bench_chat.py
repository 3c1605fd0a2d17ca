"""Measure the server's CPU time per delivered chat message, and its memory per connection:
`python -m tests.bench chat [SOCKETS [BURST]]`.

The server runs with SQLite on disk; the sockets are in a process of their own and connect over loopback. Lines are sent
five at a time, so that they share a write to each socket. With BURST 1 they are spread evenly and each has its own
commit. The figure is the CPU time of the server's process (user and system, all threads) divided by the messages that
arrived. It is printed with the lines that shared a write, and with what bare `os.write` calls of the same bytes cost.
"""

from __future__ import annotations

import asyncio
import base64
import os
import resource
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import uvloop

from cadeau.migrations import migrate
from core.bus import LocalBus
from core.database import Database
from tests.bench.figure import figure
from tests.bench.machine import machine
from tests.chat.client import PROTOCOL, Client
from tests.chat.node import Node

SOCKETS = 2_000
LINES_PER_S = 80
BURST = 5
WARM_UP_LINES = 80
LINES = 800
TARGETS_US = {5: 1.4, 20: 0.4}  # by burst
MEMORY_KB_MAX = 12.0
CONNECTING_AT_ONCE = 50
FLOOR_ROUNDS = 50
FILES_BESIDE_SOCKETS = 200
WAIT_S_MAX = 120.0


class Reader(asyncio.Protocol):
    """Counts messages as cheaply as possible, because it shares the machine with the server."""

    def __init__(self, room: str) -> None:
        self._room = room
        self.entered = asyncio.get_running_loop().create_future()
        self.size = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        key = base64.b64encode(os.urandom(16)).decode()
        cast(asyncio.WriteTransport, transport).write(
            f"GET /chat/{self._room} HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
            f"Sec-WebSocket-Protocol: {PROTOCOL}\r\n\r\n".encode()
        )

    def data_received(self, data: bytes) -> None:
        self.size += len(data)
        if not self.entered.done() and b"welcome" in data:
            self.entered.set_result(None)


async def crowd(port: int, room: str, token: str, sockets: int, burst: int) -> None:
    """The child process: fill the room, send lines, and report progress and deliveries on stdout."""
    readers: list[Reader] = []
    async with Client(port, room) as watcher, Client(port, room, token) as speaker:
        for client in (watcher, speaker):
            await client.next("welcome")
        while len(readers) < sockets - 2:
            readers += await enter(port, room, min(CONNECTING_AT_ONCE, sockets - 2 - len(readers)))
        tell("in")
        await talk(speaker, 0, WARM_UP_LINES, burst)
        await watcher.next("said", text=f"line {WARM_UP_LINES - 1}")
        for reader in readers:
            reader.size = 0
        tell("warm")
        messages = 0
        talking = asyncio.create_task(talk(speaker, WARM_UP_LINES, LINES, burst))
        while watcher.seqs[-1] < WARM_UP_LINES + LINES + 1:
            messages += any("at" in event for event in await watcher.receive())
        await talking
        assert watcher.seqs == list(range(1, WARM_UP_LINES + LINES + 2)), "the watcher missed a line"
        deadline = time.monotonic() + WAIT_S_MAX
        while len({reader.size for reader in readers}) > 1 and time.monotonic() < deadline:
            await asyncio.sleep(0.05)
        tell(f"{messages} {min(r.size for r in readers)} {max(r.size for r in readers)}")
        await asyncio.to_thread(sys.stdin.readline)  # stay connected until the parent has finished


async def enter(port: int, room: str, count: int) -> Sequence[Reader]:
    loop = asyncio.get_running_loop()
    made = await asyncio.gather(
        *(loop.create_connection(lambda: Reader(room), "127.0.0.1", port) for _ in range(count))
    )
    readers = [reader for _, reader in made]
    await asyncio.gather(*(reader.entered for reader in readers))
    return readers


async def talk(speaker: Client, start: int, lines: int, burst: int) -> None:
    """Send lines in bursts at an even pace, until the last one is acknowledged."""
    begun = time.monotonic()
    for n in range(start, start + lines):
        await speaker.send({"type": "say", "id": f"n{n}", "text": f"line {n}"})
        if (n + 1 - start) % burst == 0:
            await asyncio.sleep(max(0.0, begun + (n + 1 - start) / LINES_PER_S - time.monotonic()))
    await speaker.next("ok", id=f"n{start + lines - 1}")


def tell(word: str) -> None:
    print(word, flush=True)


async def measure(folder: Path, sockets: int, burst: int) -> float:
    """Print the figures. Returns the CPU µs per delivered message."""
    database = Database(f"sqlite:///{folder / 'cadeau.db'}")
    migrate(database)
    async with Node(database, LocalBus(), sockets_max=sockets, options={"ws_ping_interval": None}) as node:
        host = await node.join("marguerite")
        room = await node.open_room(host)
        memory = resident_kb()
        child = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.bench.bench_chat", "crowd", str(node.port), room, await node.token(host),
            str(sockets), str(burst), stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert child.stdout is not None
        assert child.stdin is not None
        assert await child.stdout.readline() == b"in\n", "the crowd could not enter"
        figure("a connection", (resident_kb() - memory) / sockets, "KB of memory", MEMORY_KB_MAX)
        assert await child.stdout.readline() == b"warm\n"
        before = time.process_time()
        ticks, least, most = map(int, (await asyncio.wait_for(child.stdout.readline(), WAIT_S_MAX)).split())
        cost = (time.process_time() - before) * 1e6 / (LINES * sockets)
        assert least == most, f"some got {least} bytes, others {most}"
        floor = floor_us(node, least // ticks)
        child.stdin.write(b"\n")
        await child.wait()
    database.close()
    print(
        f"{sockets} sockets, {LINES} lines, {burst} at a moment, "
        f"{LINES / ticks:.1f} of them in a tick of {least // ticks} bytes"
    )
    print(f"{cost:.2f} µs of server CPU per delivered message; os.write alone: {floor * ticks / LINES:.2f} µs")
    return cost


def floor_us(node: Node, size: int) -> float:
    """CPU µs of one bare write of that many bytes to each connection."""
    files = [
        connection.transport.get_extra_info("socket").fileno() for connection in node.server.server_state.connections
    ]
    frames = b"\x82\x7e" + (size - 4).to_bytes(2) + b"\xc0" * (size - 4)
    before = time.process_time()
    for _ in range(FLOOR_ROUNDS):
        for file in files:
            os.write(file, frames)
        time.sleep(0.05)
    return (time.process_time() - before) * 1e6 / (FLOOR_ROUNDS * len(files))


def resident_kb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1024


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["crowd"]:
        _, port, room, token, sockets, burst = arguments
        uvloop.run(crowd(int(port), room, token, int(sockets), int(burst)))
        return 0
    count, together = [*map(int, arguments), *(SOCKETS, BURST)[len(arguments) :]]
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, count + FILES_BESIDE_SOCKETS), hard))
    print(machine())
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        cost = uvloop.run(measure(Path(folder), count, together))
    target = TARGETS_US.get(together)
    if target is not None:
        figure("a message", cost, "µs of CPU", target)
    return 0 if target is None or cost <= target else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
