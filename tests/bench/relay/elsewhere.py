"""Move delivery to another processor: on loopback the sender does what otherwise the receivers' machines do.

Linux can let a chosen processor handle the packets that arrive at an interface (receive packet steering). With the
server on one processor and deliveries on another, the server's process pays for sending only, as with a network card.
This needs root and two processors, and changes the setting for the whole machine while the bench runs.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

STEERING = Path("/sys/class/net/lo/queues/rx-0/rps_cpus")


class CannotSteerError(Exception):
    """Steering is not possible here. The text says why."""


@contextlib.contextmanager
def delivered_elsewhere() -> Iterator[int]:
    """Yields the processor to send from. Raises CannotSteerError."""
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
    """Pin every current thread of a process to one processor."""
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
