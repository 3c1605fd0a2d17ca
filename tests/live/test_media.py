"""Media flows from a publisher through the relay to viewers, with third-party clients over real sockets."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from core.settings import Settings
from live.node import MediaNode
from tests.live.clients import Publishing, Watching
from tests.live.media.relay.stage import Stage, open_stage, until
from tests.services import free_port


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(sqlite_url, tmp_path) as opened:
        yield opened


async def test_a_viewer_decodes_what_a_publisher_sends(stage: Stage) -> None:
    room, key = await stage.open_room()
    publisher = Publishing(stage.whip(room), key)
    viewer = Watching(stage.whep(room))
    try:
        assert (await publisher.agree()).status_code == 201
        await until(lambda: (room, "live") in stage.states)
        answer = await viewer.agree()
        assert answer.status_code == 201, answer.text
        await until(lambda: viewer.frames["video"] > 20 and viewer.frames["audio"] > 20)
        assert stage.audience.viewers(room) == 1
    finally:
        await viewer.close()
        await publisher.close()
    await until(lambda: stage.audience.viewers(room) == 0)


async def test_what_is_begun_while_media_stops_is_left_undone(tmp_path: Path) -> None:
    port = free_port()
    node = MediaNode(Settings(data_dir=tmp_path, media_port=port, media_host="127.0.0.1", media_tcp=False))
    done: list[str] = []

    async def work(name: str) -> None:
        done.append(name)

    async def session() -> None:
        try:
            await asyncio.sleep(60)
        finally:
            node.spawn(work("while it stops"))  # as a session that closes its peer
            done.append("ended")

    running = asyncio.create_task(node.run())
    async with asyncio.timeout(10):
        while node._tasks is None:
            await asyncio.sleep(0.01)
    node.spawn(work("before"))
    node.spawn(session())
    await until(lambda: done == ["before"])
    running.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await running
    node.spawn(work("after"))
    assert done == ["before", "ended"]
