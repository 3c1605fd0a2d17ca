"""The stage of ads."""

from __future__ import annotations

import pytest

from core.database import Database
from tests.vod.ads.stage import Stage


@pytest.fixture
def stage(database: Database) -> Stage:
    return Stage(database)
