"""Properties are promises, not races: hypothesis has no deadline. And what many need: a stage, a company, a browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from hypothesis import settings
from playwright.async_api import Browser

from tests.live.browser import open_browser
from tests.live.company import Company, open_company
from tests.live.stage import Stage, open_stage

settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture
async def stage(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Stage]:
    async with open_stage(sqlite_url, tmp_path) as opened:
        yield opened


@pytest.fixture
async def company(stage: Stage) -> AsyncIterator[Company]:
    """Makes a room with a host that publishes and guests that watch."""
    async with open_company(stage) as make:
        yield make


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as opened:
        yield opened
