"""What floods cost everybody else: `python -m tests.bench floods [NAME]`.

A host sends 30 frames a second to a viewer, and somebody asks for a small page all the time. Meanwhile another process
floods the server from another address over four connections, and connects again whenever it is disconnected. Printed
are the page's 99th percentile, the viewer's longest gap, and how much the server's memory grew, and for the last flood
also what of it remains.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path

from tests.bench.figure import figure, line
from tests.bench.machine import machine
from tests.deploy.flood import FLOODS, Watch, resident_mb
from tests.live.media.relay.company import Guest, Host
from tests.served import Served

FLOOD_S = 3.0
SETTLE_S = 1.0
CONNECTIONS = 4
FRAME_S = 1 / 30
CHECK_FRAMES = 60
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


@contextlib.asynccontextmanager
async def live(server: Served) -> AsyncIterator[tuple[str, Viewer]]:
    """A room with a host, who sends until the end, and a viewer."""
    room = await asyncio.to_thread(lambda: server.join().open_room())
    host = Host(f"{server.url}/live/{room['id']}/whip", room["stream_key"])
    await host.join()

    async def play() -> None:
        for n in itertools.count():
            if n % CHECK_FRAMES == 0:
                host.check()  # consent (RFC 7675)
                viewer.check()
            keyframe = bool(host.keyframe_requests)
            host.keyframe_requests.clear()
            host.frame(keyframe=keyframe)
            await asyncio.sleep(FRAME_S)

    viewer = Viewer(f"{server.url}/live/{room['id']}/whep")
    await host.play(3)
    while (answer := await viewer.agree()).status_code != 201:
        assert answer.status_code in (404, 409), answer.text
        await host.play(3)
    await viewer.connect()
    playing = asyncio.create_task(play())
    while not viewer.last:
        await asyncio.sleep(0.01)
    yield room["id"], viewer
    playing.cancel()
    await viewer.close()
    await host.close()


async def measured(server: Served, viewer: Viewer, room: str = "", flood: str = "") -> Watch:
    """What others meet for a few seconds, with or without a flood."""
    assert server.process is not None
    watch = Watch(server.port, server.process.pid)
    attackers = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.deploy.flood", str(server.port), room, flood, str(CONNECTIONS),
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert attackers.stdin is not None
    assert attackers.stdout is not None
    await attackers.stdout.readline()  # it is ready
    await asyncio.sleep(SETTLE_S)
    viewer.longest = 0.0
    with watch.watching():
        attackers.stdin.write(f"{FLOOD_S if flood else 0.0}\n".encode())
        await asyncio.sleep(FLOOD_S)
    viewer.longest = max(viewer.longest, time.monotonic() - viewer.last)
    assert await attackers.wait() == 0
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
            watch = await measured(server, viewer, room, name)
            print(f"{name}: the viewer's longest gap {viewer.longest * 1000:.0f} ms")
            figure("  others' p99", watch.p99 * 1000, "ms", round(p99_ms_max, 1))
            figure("  memory", watch.growth, "MB", GROWTH_MB_MAX)
            met = met and watch.growth <= GROWTH_MB_MAX and watch.p99 * 1000 <= p99_ms_max
        line("in the end", f"{resident_mb(server.process.pid) - before:.1f} MB more than before")
    return met


def main(arguments: list[str]) -> int:
    names = [" ".join(arguments)] if arguments else list(FLOODS)
    print(f"machine      {machine()}")
    environment = {"CADEAU_RATE_LIMITS": "1"}
    with tempfile.TemporaryDirectory() as folder, Served(Path(folder), environment) as server:
        return 0 if asyncio.run(measure(server, names)) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
