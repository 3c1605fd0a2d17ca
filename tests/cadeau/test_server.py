"""The server process: start, invalid settings, shutdown and crash recovery."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.served import ROOT, Served
from tests.services import free_port


def cadeau(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("CADEAU_")}
    return subprocess.run(
        [sys.executable, "-m", "cadeau", *arguments],
        cwd=ROOT, env=inherited | environment, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL,
    )  # fmt: skip


def test_health_readiness_and_metrics_are_served(shared_server: Served) -> None:
    assert shared_server.http.get("/healthz").json() == {"alive": True}
    ready = shared_server.http.get("/readyz")
    report = ready.json()
    assert (ready.status_code, report["ready"]) == (200, True)
    assert {part: report["parts"][part] for part in ("database", "disk", "bus", "storage")} == {
        "database": "ok", "disk": "ok", "bus": "ok", "storage": "ok",
    }  # fmt: skip
    metrics = shared_server.http.get("/metrics").text
    for name in (
        "cadeau_http_requests_total",
        "cadeau_chat_connections",
        "cadeau_viewers",
        "cadeau_publishers",
        "cadeau_media_fanout_info",
    ):
        assert name in metrics


def test_the_server_stops_on_sigterm_and_restarts(served: Served) -> None:
    ada = served.join()
    assert served.stop() == 0
    served.start()
    assert ada.http.get("/api/people/me").json()["id"] == ada.id
    assert "Traceback" not in served.log


def test_the_server_survives_a_sigkill(served: Served) -> None:
    ada = served.join()
    coins = ada.buy_coins()
    room = ada.open_room()
    served.kill()
    served.start()
    assert ada.http.get("/api/wallet").json()["coins"] == coins
    assert ada.http.get(f"/api/rooms/{room['id']}").json()["stream_key"] == room["stream_key"]
    verified = cadeau("ledger", "verify", CADEAU_DATA_DIR=str(served.data_dir))
    assert (verified.returncode, verified.stdout.strip()) == (0, "Every balance adds up.")


def test_a_port_in_use_is_reported_without_a_traceback(tmp_path: Path) -> None:
    for kind, name in ((socket.SOCK_DGRAM, "CADEAU_MEDIA_PORT"), (socket.SOCK_STREAM, "CADEAU_PORT")):
        with socket.socket(socket.AF_INET, kind) as taken:
            taken.bind(("127.0.0.1", 0))
            ports = {"CADEAU_PORT": str(free_port()), "CADEAU_MEDIA_PORT": str(free_port(socket.SOCK_DGRAM))}
            ports[name] = str(taken.getsockname()[1])
            failed = cadeau("serve", CADEAU_DATA_DIR=str(tmp_path), CADEAU_DEMO="0", **ports)
        assert failed.returncode == 1
        assert f"{name}={ports[name]}" in failed.stderr
        assert "Traceback" not in failed.stderr


@pytest.mark.parametrize("environment", [{"CADEAU_PORT": "x"}, {"CADEAU_ENV": "production"}, {"CADEAU_NONSENSE": "1"}])
def test_an_invalid_setting_stops_the_server_before_anything_opens(environment: dict[str, str], tmp_path: Path) -> None:
    failed = cadeau("serve", CADEAU_DATA_DIR=str(tmp_path / "data"), **environment)
    assert failed.returncode == 2
    assert next(iter(environment)) in failed.stderr
    assert not (tmp_path / "data").exists()


def test_settings_are_listed_without_their_secrets() -> None:
    listed = cadeau("settings", CADEAU_STRIPE_SECRET_KEY="sk_live_secret", CADEAU_DATABASE_URL="postgresql://u:pw@h/d")
    assert "CADEAU_PORT=8080" in listed.stdout
    assert "sk_live_secret" not in listed.stdout
    assert "pw" not in listed.stdout


def test_a_role_is_granted_while_the_server_runs(shared_server: Served) -> None:
    ada = shared_server.join()
    granted = cadeau("admin", "grant", ada.handle, "admin", CADEAU_DATA_DIR=str(shared_server.data_dir))
    assert granted.returncode == 0, granted.stderr
    assert ada.http.get("/api/people/me").json()["role"] == "admin"
    nobody = cadeau("admin", "grant", "nobody.here", "admin", CADEAU_DATA_DIR=str(shared_server.data_dir))
    assert nobody.returncode == 1


def test_the_web_client_is_served_for_pages_only(shared_server: Served) -> None:
    page = shared_server.http.get("/")
    assert page.status_code == 200, "build the web client first: make client"
    assert page.headers["cache-control"] == "no-cache"
    assert "default-src 'self'" in page.headers["content-security-policy"]
    assert "/assets/" in shared_server.http.get("/room/anything").text
    for path in ("/api/none", "/live/none", "/media/none.mp4", "/assets/none.js"):
        assert shared_server.http.get(path).status_code == 404, path
    for path in ("/..%2f..%2fpyproject.toml", "/%2e%2e/%2e%2e/etc/passwd", "//etc/passwd"):
        answer = shared_server.http.get(path)
        assert "root:" not in answer.text
        assert "[project]" not in answer.text
