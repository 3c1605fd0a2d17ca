"""The services for the tests: PostgreSQL, Redis and an S3 server, each in its own folder."""

from __future__ import annotations

import contextlib
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import psycopg
import pytest

from tests.forks import Forked

START_S_MAX = 180.0  # patience, no promise: processors may be busy with other tests
MEMORY = Path("/dev/shm")
ON_DISK = Path("/var/tmp")
MEMORY_BYTES_MIN = 2 << 30
PORTS = range(12_000, 32_000)
_given: set[int] = set()
_chance = random.SystemRandom()  # Hypothesis seeds the other one


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A free port that was not given before. A datagram port is free for TCP too, because media uses both.

    Below those that the system gives to clients: it may be some seconds until a server binds it.
    """
    while True:
        number = _chance.choice(PORTS)
        if number in _given:
            continue
        with socket.socket(socket.AF_INET, kind) as probe, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as other:
            try:
                probe.bind(("127.0.0.1", number))
                if kind == socket.SOCK_DGRAM:
                    other.bind(("127.0.0.1", number))
            except OSError:
                continue
        _given.add(number)
        return number


def wait_for_port(port: int, process: subprocess.Popen[bytes] | Forked) -> None:
    """Wait until the port accepts connections. Raises when the process exits or takes too long."""
    deadline = time.monotonic() + START_S_MAX
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args!r} ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1.0):
            return
        time.sleep(0.05)
    raise TimeoutError(f"{process.args!r} does not listen on {port}")


@contextlib.contextmanager
def running(command: Sequence[str], port: int, log: Path, **options: object) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("ab") as output:
        process = subprocess.Popen(command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, **options)  # type: ignore[call-overload]
    try:
        wait_for_port(port, process)
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


class Service:
    """A server process that tests can stop, freeze and start again on the same port."""

    def __init__(self, command: Sequence[str], port: int, log: Path, accepts: Callable[[], None] = lambda: None):
        """`accepts` raises as long as the server is not ready, although it listens."""
        self.port = port
        self._command = command
        self._log = log
        self._accepts = accepts
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        with self._log.open("ab") as output:
            process = subprocess.Popen(
                self._command, stdout=output, stderr=output, stdin=subprocess.DEVNULL, cwd="/"
            )  # fmt: skip
        self._process = process
        wait_for_port(self.port, process)
        deadline = time.monotonic() + START_S_MAX
        while True:
            try:
                self._accepts()
                return
            except Exception:
                if time.monotonic() > deadline or process.poll() is not None:
                    raise
                time.sleep(0.05)

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def stop(self, how: signal.Signals = signal.SIGQUIT) -> None:
        """Stop it at once, without regard for its clients."""
        if self._process is not None:
            self.thaw()
            self._signal(how)
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        """To the server and, to stop or continue it, to the processes it has started."""
        assert self._process is not None
        pid = self._process.pid
        if number in (signal.SIGSTOP, signal.SIGCONT):
            for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
                with contextlib.suppress(ProcessLookupError):
                    os.kill(int(child), number)
        self._process.send_signal(number)


@contextlib.contextmanager
def _running(service: Service) -> Iterator[Service]:
    service.start()
    try:
        yield service
    finally:
        service.stop(signal.SIGKILL)


@contextlib.contextmanager
def redis_service(folder: Path) -> Iterator[Service]:
    """A Redis without persistence."""
    port = free_port()
    command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with _running(Service(command, port, folder / "redis.log")) as service:
        yield service


@contextlib.contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """Yields the URL of a Redis."""
    with redis_service(folder) as service:
        yield f"redis://127.0.0.1:{service.port}/0"


@contextlib.contextmanager
def postgres_service(folder: Path, *, durable: bool = False) -> Iterator[Service]:
    """A PostgreSQL with one superuser, `cadeau`. `durable`: on disk, with every commit synchronous, to be measured."""
    initdb = program("initdb", "/usr/lib/postgresql/*/bin")
    # Not below pytest's folder, which the user that PostgreSQL runs as may be unable to enter.
    data, port = Path(tempfile.mkdtemp(prefix="cadeau-postgres-", dir=ON_DISK if durable else _quickest())), free_port()
    become = _unprivileged(data)
    subprocess.run(
        [*become, initdb, "-D", str(data), "-U", "cadeau", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"],
        check=True, stdout=subprocess.DEVNULL, cwd="/",
    )  # fmt: skip
    postgres = str(Path(initdb).with_name("postgres"))
    command = [
        *become, postgres, "-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1",
        "-c", f"unix_socket_directories={data}", "-c", "max_connections=200",
        *(() if durable else ("-c", "fsync=off", "-c", "max_wal_size=128MB")),
    ]  # fmt: skip
    service = Service(command, port, folder / "postgres.log", lambda: psycopg.connect(postgres_url_of(port)).close())
    try:
        service.start()
        yield service
    finally:
        service.stop()
        shutil.rmtree(data, ignore_errors=True)


def postgres_url_of(port: int) -> str:
    """The TCP URL of the database `postgres`."""
    return f"postgresql://cadeau@127.0.0.1:{port}/postgres"


@contextlib.contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """Yields the TCP URL of a PostgreSQL's `postgres` database."""
    with postgres_service(folder) as service:
        yield postgres_url_of(service.port)


@contextlib.contextmanager
def s3_service(folder: Path) -> Iterator[Service]:
    """An S3 server (moto). What it stores is lost when it stops."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _running(Service(command, port, folder / "s3.log")) as service:
        yield service


@contextlib.contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """Yields the endpoint of an S3 server."""
    with s3_service(folder) as service:
        yield f"http://127.0.0.1:{service.port}"


@contextlib.contextmanager
def small_disk(folder: Path, size: int) -> Iterator[None]:
    """Make a folder that is a disk of its own with so many bytes. Skips the test where that is not possible."""
    folder.mkdir(parents=True)
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True).returncode != 0:
        pytest.skip("only root can mount a small disk, and not everywhere")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill_disk(folder: Path) -> None:
    """Use up all space with a file named `filler`."""
    with (folder / "filler").open("wb", buffering=0) as file:
        for size in (1 << 20, 4096):
            with contextlib.suppress(OSError):
                while True:
                    file.write(bytes(size))


def program(name: str, *folders: str) -> str:
    places = [str(p) for pattern in folders for p in sorted(Path("/").glob(pattern.lstrip("/")), reverse=True)]
    found = shutil.which(name, path=os.pathsep.join([*places, os.environ.get("PATH", "")]))
    if found is None:
        raise RuntimeError(f"{name} is not installed: `make test` installs it on Debian and Ubuntu")
    return found


def _quickest() -> Path:
    """The fastest folder for hundreds of databases: in memory, if there is enough."""
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > MEMORY_BYTES_MIN
    return MEMORY if roomy else Path("/tmp")


def _unprivileged(folder: Path) -> list[str]:
    """The command prefix that drops root, which PostgreSQL refuses to run as. Gives that user the folder."""
    if os.geteuid() != 0:
        return []
    user = next(u for u in ("postgres", "nobody") if _exists(u))
    shutil.chown(folder, user)
    return ["setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups"]


def _exists(user: str) -> bool:
    try:
        pwd.getpwnam(user)
    except KeyError:
        return False
    return True
