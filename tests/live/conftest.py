"""Shared fixtures: a socket, a stage, a company, a browser."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.live.browser import open_browser
from tests.live.media.relay.company import Company, open_company
from tests.live.media.relay.stage import Stage, open_stage


@pytest.fixture
def sock() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        opened.bind(("127.0.0.1", 0))
        yield opened


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
async def company(stage: Stage) -> AsyncIterator[Company]:
    """Opens a room with a publishing host and watching guests."""
    async with open_company(stage) as make:
        yield make


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as opened:
        yield opened
