"""What floods cost everybody else: `python -m tests.bench floods [NAME]`.

A host sends 30 frames a second to a viewer, and somebody asks for a small page all the time. Meanwhile another process
floods the server from another address over four connections, and connects again whenever it is disconnected. Printed
are the page's 99th percentile, the viewer's longest gap, and how much the server's memory grew, and for the last flood
also what of it remains.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
import tempfile
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path

from tests.bench.figure import figure, line
from tests.bench.machine import machine
from tests.deploy.flood import FLOODS, Attacker, Watch, resident_mb
from tests.live.media.relay.company import Guest, Host
from tests.served import Served

FLOOD_S = 3.0
SETTLE_S = 1.0
CONNECTIONS = 4
FRAME_S = 1 / 30
GROWTH_MB_MAX = 20.0
P99_MS_MAX = 50.0
P99_TIMES_QUIET = 2.0


class Viewer(Guest):
    """Keeps the longest time between two packets."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.last = 0.0
        self.longest = 0.0
        self.on_rtp = self._measure

    def _measure(self, _: bytes) -> None:
        now = time.monotonic()
        self.longest = max(self.longest, now - (self.last or now))
        self.last = now


def attack(port: int, room: str, name: str, until: float) -> None:
    """Over one connection after the other."""
    while (left := until - time.monotonic()) > 0:
        with contextlib.suppress(OSError):
            Attacker(port, room).run(FLOODS[name], left, linger_s=0)


def attack_together(port: int, room: str, name: str) -> None:
    until = time.monotonic() + FLOOD_S
    threads = [threading.Thread(target=attack, args=(port, room, name, until)) for _ in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@contextlib.asynccontextmanager
async def live(server: Served) -> AsyncIterator[tuple[str, Viewer]]:
    """A room with a host, who sends until the end, and a viewer."""
    room = await asyncio.to_thread(lambda: server.join().open_room())
    host = Host(f"{server.url}/live/{room['id']}/whip", room["stream_key"])
    await host.join()

    async def play() -> None:
        while True:
            keyframe = bool(host.keyframe_requests)
            host.keyframe_requests.clear()
            host.frame(keyframe=keyframe)
            await asyncio.sleep(FRAME_S)

    playing = asyncio.create_task(play())
    viewer = Viewer(f"{server.url}/live/{room['id']}/whep")
    while (answer := await viewer.agree()).status_code != 201:
        assert answer.status_code in (404, 409), answer.text
        await asyncio.sleep(0.1)
    await viewer.connect()
    while not viewer.last:
        await asyncio.sleep(0.01)
    yield room["id"], viewer
    playing.cancel()
    await viewer.close()
    await host.close()


async def measured(server: Served, viewer: Viewer, *command: str) -> Watch:
    """What others meet for a few seconds, or while a command runs."""
    assert server.process is not None
    watch = Watch(server.port, server.process.pid)
    viewer.longest = 0.0
    with watch.watching():
        if command:
            process = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.bench.bench_floods", *command)
            assert await process.wait() == 0
        else:
            await asyncio.sleep(FLOOD_S)
    await asyncio.sleep(SETTLE_S)
    return watch


async def measure(server: Served, names: list[str]) -> bool:
    assert server.process is not None
    met = True
    async with live(server) as (room, viewer):
        quiet = await measured(server, viewer)
        line("quiet", f"p99 {quiet.p99 * 1000:.1f} ms, the viewer's longest gap {viewer.longest * 1000:.0f} ms")
        p99_ms_max = min(P99_MS_MAX, P99_TIMES_QUIET * quiet.p99 * 1000)
        before = resident_mb(server.process.pid)
        for name in names:
            watch = await measured(server, viewer, "attack", str(server.port), room, name)
            print(f"{name}: the viewer's longest gap {viewer.longest * 1000:.0f} ms")
            figure("  others' p99", watch.p99 * 1000, "ms", round(p99_ms_max, 1))
            figure("  memory", watch.growth, "MB", GROWTH_MB_MAX)
            met = met and watch.growth <= GROWTH_MB_MAX and watch.p99 * 1000 <= p99_ms_max
        line("in the end", f"{resident_mb(server.process.pid) - before:.1f} MB more than before")
    return met


def main(arguments: list[str]) -> int:
    if arguments[:1] == ["attack"]:
        attack_together(int(arguments[1]), arguments[2], arguments[3])
        return 0
    names = [" ".join(arguments)] if arguments else list(FLOODS)
    print(f"machine      {machine()}")
    environment = {"CADEAU_RATE_LIMITS": "1"}
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder), environment) as server:
        return 0 if asyncio.run(measure(server, names)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
