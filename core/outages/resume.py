"""Runs a long-running task again when an outage ended it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from core.outages.errors import is_outage
from core.outages.outage import PAUSE_S_MAX, Outage


async def run_through_outages(name: str, run: Callable[[], Awaitable[None]]) -> None:
    """Await `run()`, and again whenever it raises an outage. Other exceptions are raised."""
    outage = Outage(name)
    while True:
        steady = asyncio.get_running_loop().call_later(PAUSE_S_MAX, outage.over)
        try:
            await run()
            return
        except Exception as error:
            if not is_outage(error):
                raise
            pause_s = outage.failed(error)
        finally:
            steady.cancel()
        await asyncio.sleep(pause_s)
