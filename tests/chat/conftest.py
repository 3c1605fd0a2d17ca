"""Fixtures of the chat's tests."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from core.bus import LocalBus
from core.database import Database
from tests.chat.node import Node


@pytest.fixture
async def node(database: Database) -> AsyncIterator[Node]:
    """A server over SQLite, and one over PostgreSQL, each with a bus of its own."""
    async with Node(database, LocalBus()) as opened:
        yield opened
