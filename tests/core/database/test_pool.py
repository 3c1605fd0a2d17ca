"""Slow queries of requests leave connections for heartbeats, writers and jobs."""

from __future__ import annotations

import asyncio
import time

from sqlalchemy import text

from core.database import Database
from core.executors import SQL_THREADS
from live.nodes import DEAD_MS, Nodes


async def test_a_heartbeat_does_not_wait_for_slow_queries(postgres_url: str) -> None:
    database = Database(postgres_url)
    nodes = Nodes(database, "a", "")
    await asyncio.to_thread(nodes.register)
    slow = [
        asyncio.ensure_future(database.read_async(lambda c: c.execute(text("SELECT pg_sleep(6)")).all()))
        for _ in range(SQL_THREADS)
    ]
    await asyncio.sleep(1.0)
    began = time.monotonic()
    await nodes.run_beat()
    assert time.monotonic() - began < DEAD_MS / 2000
    await asyncio.gather(*slow)
    database.close()
