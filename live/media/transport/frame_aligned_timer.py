"""The timer for periodic media work, ten times a second.

Waking an idle CPU costs more than most of that work. So while frames come, which wake it anyway, the timer fires right
after one; without frames it fires by itself.
"""

from __future__ import annotations

import asyncio
import time

INTERVAL_S = 0.1
FRAME_WAIT_S_MAX = 0.05  # how long to wait for a frame


class FrameAlignedTimer:
    def __init__(self) -> None:
        self._due_at = 0.0
        self._waiting: asyncio.Future[None] | None = None

    async def next(self) -> float:
        """Wait until it fires; returns the monotonic time. Delays do not accumulate: it fires ten times a second."""
        loop, now = asyncio.get_running_loop(), time.monotonic()
        self._due_at = max(self._due_at + INTERVAL_S, now)
        self._waiting = loop.create_future()
        alone = loop.call_later(self._due_at - now + FRAME_WAIT_S_MAX, self._fire)
        try:
            await self._waiting
        finally:
            alone.cancel()
            self._waiting = None
        return time.monotonic()

    def fire_if_due(self, now: float) -> None:
        """Called while the CPU is awake."""
        if now >= self._due_at:
            self._fire()

    def _fire(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
