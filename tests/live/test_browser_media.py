"""Chromium publishes and Chromium watches."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.live.browser import frames_decoded, open_browser, open_page, stats
from tests.live.stage import Stage, open_stage, until

PUBLISH = "([url, key, codec]) => window.publish(url, key, codec, 640, 480)"
WATCH = "([url, kinds]) => window.watch(url, kinds)"


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as opened:
        yield opened


@pytest.mark.parametrize("codec", ["VP8", "H264", "VP9", "AV1"])
async def test_chromium_shows_what_chromium_sends(stage: Stage, browser: Browser, codec: str) -> None:
    room, key = await stage.open_room()
    publisher = await open_page(browser, stage.url)
    assert await publisher.evaluate(PUBLISH, [stage.whip(room), key, codec]) == ""
    await until(lambda: (room, "live") in stage.states)
    viewer = await open_page(browser, stage.url)
    assert await viewer.evaluate(WATCH, [stage.whep(room), ["audio", "video"]]) == ""
    deadline = time.monotonic() + 20
    while await frames_decoded(viewer) < 40:
        assert time.monotonic() < deadline, await stats(viewer)
        await asyncio.sleep(0.1)
    seen = await stats(viewer)
    assert seen["width"] == 640
    assert seen["audio"]["packetsReceived"] > 20
    assert seen["video"]["packetsLost"] <= 0
    assert seen["transport"]["srtpCipher"] == "SRTP_AEAD_AES_128_GCM"
