"""Services fail: the server reports it, loses nothing, and recovers when they return."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from core.ids import new_id
from tests.served import Served
from tests.services import free_port, wait_for_port


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[list[subprocess.Popen[bytes]]]:
    """A Redis that the test can kill and restart; the first entry is running."""
    port = free_port()

    def start() -> subprocess.Popen[bytes]:
        command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)]
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for_port(port, process)
        return process

    running = [start()]
    running[0].port, running[0].again = port, start  # type: ignore[attr-defined]
    yield running
    for process in running:
        process.kill()
        process.wait()


def until(server: Served, part: str, state: bool) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        answer = server.http.get("/readyz").json()
        if (answer["parts"][part] == "ok") == state:
            return
        time.sleep(0.1)
    raise AssertionError(f"{part} is not {'ok' if state else 'away'}: {answer}")


def test_without_redis_the_server_is_not_ready_but_works(tmp_path: Path, redis: list[subprocess.Popen[bytes]]) -> None:
    url = f"redis://127.0.0.1:{redis[0].port}/0"  # type: ignore[attr-defined]
    with Served(tmp_path / "data", {"CADEAU_REDIS_URL": url}) as server:
        ada = server.join()
        redis[0].kill()
        redis[0].wait()
        until(server, "bus", False)
        assert ada.buy_coins() > 0, "money does not need the bus"
        redis.append(redis[0].again())  # type: ignore[attr-defined]
        until(server, "bus", True)
        assert server.stop() == 0


def test_without_postgresql_the_server_refuses_and_recovers(tmp_path: Path, postgres_url: str, postgres: str) -> None:
    with Served(tmp_path / "data", {"CADEAU_DATABASE_URL": postgres_url}) as server:
        ada = server.join()
        coins = ada.buy_coins()
        name = postgres_url.rpartition("/")[2]
        with psycopg.connect(postgres, autocommit=True) as admin:
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            refused = ada.http.get("/api/wallet")
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
            assert "Retry-After" in refused.headers
            assert "psycopg" not in refused.text
            until(server, "database", False)
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
        until(server, "database", True)
        key = {"Idempotency-Key": new_id()}
        pack = ada.http.get("/api/coins").json()["items"][0]
        assert ada.http.post("/api/wallet/purchases", json={"pack": pack["pack"]}, headers=key).status_code == 201
        assert ada.http.get("/api/wallet").json()["coins"] == coins + pack["coins"]
