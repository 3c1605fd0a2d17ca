"""What `/readyz` reports: whether this process can serve, and which of its parts do not work.

Without what is needed nothing works, and a load balancer should send people elsewhere. Without the rest less works, on
all processes alike, so that sending people elsewhere would not help.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping

import msgspec

CHECK_TIMEOUT_S = 3.0
FRESH_S = 1.0  # an answer younger than this is given again, however many ask

Check = Callable[[], Awaitable[None]]
"""Uses a part. Raises what keeps it from working."""


class Degraded(Exception):
    """A part works, but less well than it could. The text says how, for everybody to read."""


class Readiness(msgspec.Struct):
    """`parts`: `ok`, or in a word what is wrong. `degraded`: parts that are wrong but that we do without."""

    ready: bool
    parts: dict[str, str]
    degraded: list[str]


class Readings:
    """The state of all parts: each check runs at most once at a time and once in FRESH_S."""

    def __init__(self, needed: Mapping[str, Check], helpful: Mapping[str, Check]) -> None:
        self._needed = {name: _Reading(check) for name, check in needed.items()}
        self._helpful = {name: _Reading(check) for name, check in helpful.items()}

    async def report(self) -> Readiness:
        readings = {**self._needed, **self._helpful}
        states = dict(zip(readings, await asyncio.gather(*(r.state() for r in readings.values())), strict=True))
        return Readiness(
            ready=all(states[name] == "ok" for name in self._needed),
            parts=states,
            degraded=[name for name in self._helpful if states[name] != "ok"],
        )


class _Reading:
    def __init__(self, check: Check) -> None:
        self._check = check
        self._running: asyncio.Task[str] | None = None
        self._began_at = self._ended_at = 0.0

    async def state(self) -> str:
        now = time.monotonic()
        if self._running is None or (self._running.done() and now - self._ended_at > FRESH_S):
            self._running, self._began_at = asyncio.create_task(self._run()), now
        # It is not cancelled when it takes too long: the thread that it waits for would go on anyway.
        left = max(0.0, self._began_at + CHECK_TIMEOUT_S - now)
        await asyncio.wait([self._running], timeout=left)
        return self._running.result() if self._running.done() else "timeout"

    async def _run(self) -> str:
        try:
            await self._check()
        except Degraded as degraded:
            return str(degraded)
        except Exception as error:
            return type(error).__name__  # the text may name hosts and users
        finally:
            self._ended_at = time.monotonic()
        return "ok"
