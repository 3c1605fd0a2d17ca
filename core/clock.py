"""The clock, passed to whatever needs the time so that tests can control it."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Returns the time in Unix milliseconds."""


def system_clock() -> int:
    return time.time_ns() // 1_000_000
