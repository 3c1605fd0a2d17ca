"""The clock. Passed to whatever needs the time, so that a test can hold it still."""

from __future__ import annotations

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""Gives the time in Unix milliseconds."""


def system_clock() -> int:
    return time.time_ns() // 1_000_000
