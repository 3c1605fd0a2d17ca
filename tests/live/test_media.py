"""Media flows from a publisher through the relay to viewers, with third-party clients over real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.live.clients import Publishing, Watching
from tests.live.media.relay.stage import Stage, open_stage, until


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
