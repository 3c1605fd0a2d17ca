"""The server's side of a child process that looks at untrusted things: starts, asks, and ends it when it hangs.

One thread at a time uses it. A fault of the child costs what it was asked about, nothing else.
"""

from __future__ import annotations

import os
import select
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec
import structlog

from core.sandbox import INTERPRETER, isolated_python, separate_user
from trust.machine.frames import ANSWER_BYTES_MAX, LENGTH

RESTART_S = 5.0  # at least between two starts, so that a child that dies at once costs little
ROOT = Path(__file__).resolve().parents[2]
_ALONE = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}

T = TypeVar("T")

log = structlog.get_logger("moderation")


def boot_of(module: str) -> str:
    return f"import sys; sys.path.insert(0, sys.argv.pop(1)); from {module} import main; main()"


class Child:
    def __init__(self, what: str, boot: str, answer_s: float, start_s: float) -> None:
        """`what` it does, for the log. `start_s`: for the first answer, as until then it loads what it needs."""
        self._what, self._boot = what, boot
        self._answer_s, self._start_s = answer_s, start_s
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()
        self._answered = False
        self._may_start_at = 0.0
        self._used_at = time.monotonic()
        self.faults = 0  # children that died or did not answer

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child is not None else None

    @property
    def ready(self) -> bool:
        """Whether it is there, or may be started."""
        lives = self._child is not None and self._child.poll() is None
        return lives or time.monotonic() >= self._may_start_at

    def ask(self, body: bytes, read: Callable[[bytes], T]) -> T | None:
        """`read` raises ValueError for an answer that makes no sense. None: there is no answer. Blocks for at most as
        long as `__init__` said."""
        with self._lock:
            self._used_at = time.monotonic()
            child = self._started()
            if child is None:
                return None
            deadline = time.monotonic() + (self._answer_s if self._answered else self._start_s)
            try:
                _write(child, LENGTH.pack(len(body)) + body, deadline)
                (size,) = LENGTH.unpack(_read(child, LENGTH.size, deadline))
                if size > ANSWER_BYTES_MAX:
                    raise ValueError("the child answered too much")
                answer = read(_read(child, size, deadline))
            except (OSError, EOFError, ValueError, msgspec.DecodeError) as fault:
                log.warning(f"the child that {self._what} failed", fault=str(fault))
                self.faults += 1
                self._end()
                return None
            self._answered = True
            return answer

    def _started(self) -> subprocess.Popen[bytes] | None:
        if self._child is not None and self._child.poll() is None:
            return self._child
        if self._child is not None:
            self.faults += 1
            self._end()
        if time.monotonic() < self._may_start_at:
            return None
        self._may_start_at = time.monotonic() + RESTART_S
        uid = separate_user(INTERPRETER)
        command = isolated_python(self._boot, str(ROOT), *([str(uid)] if uid is not None else []))
        child = subprocess.Popen(
            command, env=_ALONE, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            start_new_session=True, bufsize=0,
        )  # fmt: skip
        for pipe in (child.stdin, child.stdout):
            assert pipe is not None
            os.set_blocking(pipe.fileno(), False)
        self._child, self._answered = child, False
        return child

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is None:
            return
        child.kill()
        child.wait()
        for pipe in (child.stdin, child.stdout):
            if pipe is not None:
                pipe.close()

    def rest(self, idle_s: float) -> None:
        """End a child that nobody has asked anything for so long: it takes up memory."""
        with self._lock:
            if time.monotonic() - self._used_at > idle_s:
                self._end()

    def close(self) -> None:
        with self._lock:
            self._end()


def _write(child: subprocess.Popen[bytes], data: bytes, deadline: float) -> None:
    assert child.stdin is not None
    pipe, left = child.stdin.fileno(), memoryview(data)
    while left:
        _wait(pipe, select.POLLOUT, deadline)
        with suppress(BlockingIOError):
            left = left[os.write(pipe, left) :]


def _read(child: subprocess.Popen[bytes], size: int, deadline: float) -> bytes:
    assert child.stdout is not None
    pipe, made = child.stdout.fileno(), bytearray()
    while len(made) < size:
        _wait(pipe, select.POLLIN, deadline)
        part = os.read(pipe, size - len(made))
        if not part:
            raise EOFError("it ended") from None
        made += part
    return bytes(made)


def _wait(pipe: int, event: int, deadline: float) -> None:
    poll = select.poll()  # `select.select` knows no descriptors above 1,023
    poll.register(pipe, event)
    if not poll.poll(1_000 * max(0.0, deadline - time.monotonic())):
        raise TimeoutError("it did not answer in time")
