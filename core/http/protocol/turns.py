"""Shares the event loop, which media also uses, among everybody who sends bytes.

What a connection received is worked off in small steps. In one turn of the loop only so much time goes into them;
whatever remains waits in a queue, one step for each connection in rotation.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable

TURN_S_MAX = 0.004  # for received bytes, in one turn of the loop
REQUEST_S = 0.0005  # what a request counts for besides parsing it: its handler runs in the same turn

Step = Callable[[], bool]
"""Works off a little of what a connection received, and returns whether there is more."""


class Turns:
    def __init__(self) -> None:
        self._waiting: deque[Step] = deque()
        self._spent_s = 0.0
        self._due = False

    def take(self, step: Step) -> bool:
        """Run `step` while it has work and this turn has time. Returns False if it goes on in a later turn by itself.

        It must not be passed again before it has returned False.
        """
        while not self._waiting and self._spent_s < TURN_S_MAX:
            if not self._run(step):
                return True
        self._waiting.append(step)
        return False

    def charge(self, seconds: float) -> None:
        """Count work that the current step caused to happen elsewhere in this turn."""
        self._spent_s += seconds

    def _run(self, step: Step) -> bool:
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._next)
        began = time.perf_counter()
        try:
            return step()
        finally:
            self._spent_s += time.perf_counter() - began

    def _next(self) -> None:
        """A new turn."""
        self._spent_s = 0.0
        self._due = False
        waiting = self._waiting
        try:
            while waiting and self._spent_s < TURN_S_MAX:
                step = waiting.popleft()
                if self._run(step):
                    waiting.append(step)
        finally:
            if waiting and not self._due:
                self._due = True
                asyncio.get_running_loop().call_soon(self._next)
