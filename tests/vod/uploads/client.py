"""Helpers to upload by hand and to wait for the result."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

TUS = {"Tus-Resumable": "1.0.0"}
PATCH = {**TUS, "Content-Type": "application/offset+octet-stream"}
WAIT_S = 45.0


def until(true: Callable[[], Any]) -> Any:
    deadline = time.monotonic() + WAIT_S
    while not (result := true()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)
    return result
