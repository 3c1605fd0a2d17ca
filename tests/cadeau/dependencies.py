"""What the server depends on, each with a way to take it away for a while and to give it back."""

from __future__ import annotations

import contextlib
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from core.ids import new_id
from tests.services import fill_disk, postgres_service, postgres_url_of, redis_service, s3_service, small_disk

DISK_BYTES = 32 << 20


@dataclass(frozen=True)
class Dependency:
    """`settings` make the server use it. `degraded`: what `/readyz` calls degraded without it; empty: not ready."""

    stop: Callable[[], object]
    start: Callable[[], object]
    settings: dict[str, Any] = field(default_factory=dict)
    degraded: str = ""


@contextlib.contextmanager
def postgres_stopped(folder: Path) -> Iterator[Dependency]:
    with postgres_service(folder) as service:
        yield Dependency(service.stop, service.start, {"database_url": postgres_url_of(service.port)})


@contextlib.contextmanager
def postgres_frozen(folder: Path) -> Iterator[Dependency]:
    """It neither answers nor closes a connection."""
    with postgres_service(folder) as service:
        yield Dependency(service.freeze, service.thaw, {"database_url": postgres_url_of(service.port)})


@contextlib.contextmanager
def sqlite_locked(folder: Path) -> Iterator[Dependency]:
    """Another process holds SQLite's lock."""
    held: list[subprocess.Popen[bytes]] = []
    path = folder / "data" / "cadeau.db"
    script = (
        "import sqlite3, sys; c = sqlite3.connect(sys.argv[1], 60); c.execute('BEGIN IMMEDIATE'); print(1, flush=True)"
    )

    def hold() -> None:
        command = [sys.executable, "-c", f"{script}; sys.stdin.read()", str(path)]
        held.append(subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE))
        assert held[-1].stdout is not None
        assert held[-1].stdout.readline() == b"1\n"

    def let_go() -> None:
        while held:
            process = held.pop()
            process.communicate()

    try:
        yield Dependency(hold, let_go)
    finally:
        let_go()


def fill(disk: Path) -> None:
    # Writes that fit into what the write-ahead log has already taken would still succeed.
    with contextlib.closing(sqlite3.connect(disk / "cadeau.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    fill_disk(disk)


@contextlib.contextmanager
def disk_full(folder: Path) -> Iterator[Dependency]:
    disk = folder / "data"
    with small_disk(disk, DISK_BYTES):
        yield Dependency(lambda: fill(disk), (disk / "filler").unlink)


@contextlib.contextmanager
def redis_stopped(folder: Path) -> Iterator[Dependency]:
    with redis_service(folder) as service:
        settings = {"redis_url": f"redis://127.0.0.1:{service.port}/0"}
        yield Dependency(lambda: service.stop(signal.SIGKILL), service.start, settings, degraded="bus")


@contextlib.contextmanager
def s3_stopped(folder: Path) -> Iterator[Dependency]:
    with s3_service(folder) as service:
        endpoint, bucket = f"http://127.0.0.1:{service.port}", f"test-{new_id()}"

        def make_bucket() -> None:
            boto3.client("s3", endpoint_url=endpoint, region_name="us-east-1").create_bucket(Bucket=bucket)

        def start() -> None:
            service.start()
            make_bucket()

        make_bucket()
        settings = {"storage_url": f"s3://{bucket}/x?endpoint={endpoint}"}
        yield Dependency(lambda: service.stop(signal.SIGKILL), start, settings, degraded="storage")


DEPENDENCIES = (postgres_stopped, postgres_frozen, sqlite_locked, disk_full, redis_stopped, s3_stopped)
