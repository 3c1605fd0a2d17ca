"""Starts Python processes by forking one that has imported the whole server, which takes longer than most tests.

What is started so differs from `python -m` in two ways: its modules were imported before it began, and hashing
passwords is as cheap as in the tests' own process. Tests of the command line start the real command.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO, Any

PRELOADED = ("cadeau.server", "cadeau.cli", "cadeau.doctor", "tests.cores")
ROOT = Path(__file__).resolve().parent.parent
REQUEST_BYTES_MAX = 128 << 10


class Forked:
    """A process that `Forks` started. As much of `subprocess.Popen` as tests need."""

    def __init__(self, arguments: Sequence[str], told: socket.socket) -> None:
        self.args = ["fork", *arguments]
        self.returncode: int | None = None
        self._told = told
        self.pid = int.from_bytes(_exactly(told, 4), "little")

    def poll(self) -> int | None:
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Raises TimeoutExpired."""
        status = self._ended(timeout)
        if status is None:
            raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            self._told.settimeout(timeout)
            with contextlib.suppress(BlockingIOError, TimeoutError):
                self.returncode = os.waitstatus_to_exitcode(int.from_bytes(_exactly(self._told, 4), "little"))
                self._told.close()
        return self.returncode


class Forks:
    """The process that is forked. It is started when it is first needed, and ends with the one that made it."""

    def __init__(self) -> None:
        self._asks, self._its = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._process: subprocess.Popen[bytes] | None = None
        self._starting = threading.Lock()

    def close(self) -> None:
        self._asks.close()
        self._its.close()
        if self._process is not None:
            self._process.wait()

    def start(
        self, module: str, *arguments: str, environment: Mapping[str, str], cwd: Path = ROOT, stdout: IO[Any],
        stderr: IO[Any],
    ) -> Forked:  # fmt: skip
        """As `python -m module arguments` would."""
        with self._starting:
            if self._process is None:
                command = [sys.executable, "-m", "tests.forks", str(self._its.fileno())]
                self._process = subprocess.Popen(
                    command, cwd=ROOT, pass_fds=[self._its.fileno()], stdin=subprocess.DEVNULL
                )  # fmt: skip
                self._its.close()
        request = json.dumps([module, arguments, dict(environment), str(cwd)]).encode()
        told, tells = socket.socketpair()
        with tells:
            sent = [stdout.fileno(), stderr.fileno(), tells.fileno()]
            socket.send_fds(self._asks, [request], sent)
        return Forked([module, *arguments], told)

    def run(
        self, module: str, *arguments: str, environment: Mapping[str, str], cwd: Path = ROOT, check: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """As `subprocess.run(..., capture_output=True, text=True)` would. Raises CalledProcessError."""
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as error:
            status = self.start(
                module, *arguments, environment=environment, cwd=cwd, stdout=out, stderr=error
            ).wait()  # fmt: skip
            out.seek(0)
            error.seek(0)
            done = subprocess.CompletedProcess([module, *arguments], status, out.read(), error.read())
        if check:
            done.check_returncode()
        return done


def _exactly(source: socket.socket, count: int) -> bytes:
    data = source.recv(count, socket.MSG_WAITALL)
    if len(data) < count:
        raise RuntimeError("the process that is forked has ended")
    return data


def _next(asked: socket.socket) -> tuple[str, list[str]] | None:
    """Fork for each request. Returns in each child what it has to run, and None at the end of requests."""
    while True:
        request, descriptors, _, _ = socket.recv_fds(asked, REQUEST_BYTES_MAX, 3)
        if not request:
            return None
        if os.fork() == 0:
            break
        for descriptor in descriptors:
            os.close(descriptor)
    asked.close()
    _keep(descriptors.pop())
    for place, descriptor in enumerate(descriptors, 1):
        os.dup2(descriptor, place)
        os.close(descriptor)
    module, arguments, environment, cwd = json.loads(request)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    os.chdir(cwd)
    sys.path[0] = cwd
    return module, arguments


def _keep(tells: int) -> None:
    """Returns in a child of this process, which itself tells the child's number and later how it has ended."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child == 0:
        os.close(tells)
        return
    os.write(tells, child.to_bytes(4, "little"))
    with contextlib.suppress(BrokenPipeError):
        os.write(tells, os.waitpid(child, 0)[1].to_bytes(4, "little"))
    os._exit(0)


def _main(asked: socket.socket) -> None:
    for name in PRELOADED:
        importlib.import_module(name)
    from argon2 import PasswordHasher
    from argon2.profiles import CHEAPEST

    from people import passwords

    passwords._hasher = PasswordHasher.from_parameters(CHEAPEST)
    gc.collect()
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those that keep the others
    if (found := _next(asked)) is not None:
        module, arguments = found
        sys.argv[1:] = arguments
        runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    _main(socket.socket(fileno=int(sys.argv[1])))
