"""The rounds of cleaning up after uploads, files and the feed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import structlog

PERIOD_S = 10.0
SELDOM_PERIODS = 360

log = structlog.get_logger("vod")

Round = Callable[[], None]
"""One round of cleaning up; blocks."""


class Upkeep:
    """Runs `often` every PERIOD_S and `seldom` once an hour. A round that fails is logged and runs again next time."""

    def __init__(self, often: list[Round], seldom: list[Round]) -> None:
        self._often = often
        self._seldom = seldom

    async def run(self) -> None:
        number = 0
        while True:
            rounds = self._often + (self._seldom if number % SELDOM_PERIODS == 0 else [])
            for clean_up in rounds:
                try:
                    await asyncio.to_thread(clean_up)
                except Exception:  # the database or the storage is down: the next round finds the same work
                    log.exception("upkeep failed")
            number += 1
            await asyncio.sleep(PERIOD_S)
