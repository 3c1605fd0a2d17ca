"""The services for the tests: PostgreSQL, Redis and an S3 server, each in its own folder."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psycopg

START_S_MAX = 60.0
MEMORY = Path("/dev/shm")
MEMORY_BYTES_MIN = 2 << 30


def free_port(kind: socket.SocketKind = socket.SOCK_STREAM) -> int:
    """A free port. A datagram port is free for TCP too, because media uses both."""
    while True:
        with socket.socket(socket.AF_INET, kind) as probe, socket.socket(socket.AF_INET, socket.SOCK_STREAM) as other:
            probe.bind(("127.0.0.1", 0))
            number = int(probe.getsockname()[1])
            if kind == socket.SOCK_DGRAM:
                try:
                    other.bind(("127.0.0.1", number))
                except OSError:
                    continue
            return number


def wait_for_port(port: int, process: subprocess.Popen[bytes]) -> None:
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


@contextlib.contextmanager
def redis_server(folder: Path) -> Iterator[str]:
    """A Redis without persistence. Yields its URL."""
    program = _program("redis-server")
    port = free_port()
    command = [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    with running(command, port, folder / "redis.log"):
        yield f"redis://127.0.0.1:{port}/0"


@contextlib.contextmanager
def postgres_server(folder: Path) -> Iterator[str]:
    """A PostgreSQL with one superuser. Yields the TCP URL of its `postgres` database."""
    initdb = _program("initdb", "/usr/lib/postgresql/*/bin")
    # Not below pytest's folder, which the user that PostgreSQL runs as may be unable to enter.
    data, port = Path(tempfile.mkdtemp(prefix="cadeau-postgres-", dir=_quickest())), free_port()
    become = _unprivileged(data)
    subprocess.run(
        [*become, initdb, "-D", str(data), "-U", "cadeau", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"],
        check=True, stdout=subprocess.DEVNULL, cwd="/",
    )  # fmt: skip
    postgres = str(Path(initdb).with_name("postgres"))
    command = [
        *become, postgres, "-D", str(data), "-p", str(port), "-c", "listen_addresses=127.0.0.1",
        "-c", f"unix_socket_directories={data}", "-c", "fsync=off", "-c", "max_connections=200",
        "-c", "max_wal_size=128MB",
    ]  # fmt: skip
    url = f"postgresql://cadeau@127.0.0.1:{port}/postgres"
    with running(command, port, folder / "postgres.log", cwd="/"):
        deadline = time.monotonic() + START_S_MAX
        while True:  # it listens before it accepts sessions
            try:
                psycopg.connect(url).close()
                break
            except psycopg.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
        yield url
    shutil.rmtree(data, ignore_errors=True)


@contextlib.contextmanager
def s3_server(folder: Path) -> Iterator[str]:
    """An S3 server (moto). Yields its endpoint."""
    port = free_port()
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with running(command, port, folder / "s3.log"):
        yield f"http://127.0.0.1:{port}"


def _program(name: str, *folders: str) -> str:
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
