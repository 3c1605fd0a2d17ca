"""Services fail: the server reports it, loses nothing, and recovers when they return."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import psycopg
import pytest
from websockets.exceptions import ConnectionClosedError, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from chat.wire import PROTOCOL
from core.ids import new_id
from tests.served import Served
from tests.services import postgres_service, redis_service

WAIT_S = 120.0


def chat(server: Served, room: str, headers: dict[str, str]) -> ClientConnection:
    """An open connection to a room."""
    return connect(
        f"ws://127.0.0.1:{server.port}/chat/{room}", subprotocols=[Subprotocol(PROTOCOL)], additional_headers=headers
    )


def until(server: Served, part: str, state: bool) -> None:
    deadline = time.monotonic() + WAIT_S
    while time.monotonic() < deadline:
        answer = server.http.get("/readyz").json()
        if (answer["parts"][part] == "ok") == state:
            return
        time.sleep(0.1)
    raise AssertionError(f"{part} is not {'ok' if state else 'away'}: {answer}")


def test_without_redis_the_server_is_degraded_but_starts_and_works(tmp_path: Path) -> None:
    with redis_service(tmp_path) as redis:
        redis.stop()
        with Served(tmp_path / "data", {"CADEAU_REDIS_URL": f"redis://127.0.0.1:{redis.port}/0"}) as server:
            until(server, "bus", False)
            redis.start()
            until(server, "bus", True)
            ada = server.join()
            redis.stop()
            until(server, "bus", False)
            report = server.http.get("/readyz")
            assert report.status_code == 200
            assert "bus" in report.json()["degraded"]  # beside what a busy machine delays
            assert ada.buy_coins() > 0, "money does not need the bus"
            redis.start()
            until(server, "bus", True)
            assert server.stop() == 0
        assert server.log.count("away, trying again") <= 2


def test_the_server_waits_for_postgresql_and_says_so_once(tmp_path: Path) -> None:
    with postgres_service(tmp_path) as postgres:
        postgres.stop()
        url = f"postgresql://cadeau:secret@127.0.0.1:{postgres.port}/postgres"
        server = Served(tmp_path / "data", {"CADEAU_DATABASE_URL": url})
        starting = threading.Thread(target=server.start)
        starting.start()
        deadline = time.monotonic() + WAIT_S
        while not (server.data_dir / "server.log").exists() or "away, trying again" not in server.log:
            assert time.monotonic() < deadline
            time.sleep(0.05)
        time.sleep(1.0)  # it tries several times
        postgres.start()
        starting.join()
        with server:
            assert server.http.get("/readyz").status_code == 200
        assert server.log.count("away, trying again") == 1
        assert f"127.0.0.1:{postgres.port}" in server.log
        assert "secret" not in server.log
        assert "Traceback" not in server.log


def test_without_postgresql_the_server_refuses_and_recovers(tmp_path: Path, postgres_url: str, postgres: str) -> None:
    with Served(tmp_path / "data", {"CADEAU_DATABASE_URL": postgres_url}) as server:
        ada = server.join()
        coins, room = ada.buy_coins(), ada.open_room()["id"]
        name = postgres_url.rpartition("/")[2]
        with psycopg.connect(postgres, autocommit=True) as admin:
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false".encode())
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
            refused = ada.http.get("/api/wallet")
            assert (refused.status_code, refused.json()["code"]) == (503, "unavailable")
            assert "Retry-After" in refused.headers
            assert "psycopg" not in refused.text
            bearer = {"Authorization": f"Bearer {ada.token}"}
            with pytest.raises(InvalidStatus) as denied, chat(server, room, bearer):
                pass
            assert denied.value.response.status_code == 503
            with pytest.raises(ConnectionClosedError) as closed, chat(server, room, {}) as socket:
                socket.recv(WAIT_S)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1013
            until(server, "database", False)
            admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true".encode())
        until(server, "database", True)
        key = {"Idempotency-Key": new_id()}
        pack = ada.http.get("/api/coins").json()["items"][0]
        assert ada.http.post("/api/wallet/purchases", json={"pack": pack["pack"]}, headers=key).status_code == 201
        assert ada.http.get("/api/wallet").json()["coins"] == coins + pack["coins"]
        with chat(server, room, {}) as socket:
            assert socket.recv(WAIT_S)
        assert "Traceback" not in server.log
        assert server.log.count("away, trying again") <= 2, "once for reading and once for writing"
