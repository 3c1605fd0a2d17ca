"""The media's pulse, ten times a second, for whatever is not done packet by packet.

To wake an idle CPU costs more than most ticks. So while frames come, which wake it anyway, ticks go along with them.
"""

from __future__ import annotations

import asyncio
import time

TICK_S = 0.1
WAIT_S_MAX = 0.05  # for a frame to go along with


class FrameAlignedTimer:
    def __init__(self) -> None:
        self._due = 0.0
        self._waiting: asyncio.Future[None] | None = None

    async def next(self) -> float:
        """Wait for the next tick; gives its moment, in monotonic seconds. Ten in a second, however late each may be."""
        loop, now = asyncio.get_running_loop(), time.monotonic()
        self._due = max(self._due + TICK_S, now)
        self._waiting = loop.create_future()
        alone = loop.call_later(self._due - now + WAIT_S_MAX, self._wake)
        try:
            await self._waiting
        finally:
            alone.cancel()
            self._waiting = None
        return time.monotonic()

    def awake(self, now: float) -> None:
        """The CPU is awake: a tick that is due may take place."""
        if now >= self._due:
            self._wake()

    def _wake(self) -> None:
        if self._waiting is not None and not self._waiting.done():
            self._waiting.set_result(None)
