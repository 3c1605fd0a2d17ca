"""Delivery on another processor: what loopback has the sender do for the receivers, their own machines do in truth.

Linux can be told to have whatever arrives at an interface worked off by a certain processor (receive packet steering).
With the server on one and deliveries on the other, its process is charged with sending alone, as behind a network card.
It takes root and two processors, and while the bench runs it changes the setting for the whole machine.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

STEERING = Path("/sys/class/net/lo/queues/rx-0/rps_cpus")


class CannotSteerError(Exception):
    """The text says why."""


@contextlib.contextmanager
def delivered_elsewhere() -> Iterator[int]:
    """Gives the processor to send from. Raises CannotSteerError."""
    sending, *others = sorted(os.sched_getaffinity(0))
    if not others:
        raise CannotSteerError("there is only one processor")
    try:
        before = STEERING.read_text()
        STEERING.write_text(f"{1 << others[0]:x}")
    except OSError as error:
        raise CannotSteerError(f"{STEERING}: {error.strerror}") from None
    try:
        yield sending
    finally:
        STEERING.write_text(before)


@contextlib.contextmanager
def pinned(pid: int, processor: int) -> Iterator[None]:
    """Every thread a process has now, on one processor."""
    threads = [int(name) for name in os.listdir(f"/proc/{pid}/task")]
    before = {thread: os.sched_getaffinity(thread) for thread in threads}
    for thread in threads:
        os.sched_setaffinity(thread, {processor})
    try:
        yield
    finally:
        for thread, processors in before.items():
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(thread, processors)
