"""What becomes of a job that runs longer than its process waits for it."""

from __future__ import annotations

import asyncio
import threading

import pytest

from core.jobs import Job
from core.jobs.jobs import _start

WAIT_S = 45.0


def test_a_handler_that_outlasts_the_event_loop_ends_quietly(monkeypatch: pytest.MonkeyPatch) -> None:
    faults, stopped = list[object](), threading.Event()
    monkeypatch.setattr(threading, "excepthook", faults.append)

    def sleep(_: Job) -> None:
        stopped.wait(WAIT_S)

    async def start() -> threading.Thread:
        _start(sleep, Job("1", "sleep", "bed", {}, 1))
        return next(thread for thread in threading.enumerate() if thread.name == "job-sleep")

    thread = asyncio.run(start())
    stopped.set()
    thread.join(WAIT_S)
    assert not thread.is_alive()
    assert faults == []
