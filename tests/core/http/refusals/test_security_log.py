"""The security log: a line for each refusal that matters, and never so many that somebody could flood it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from structlog.testing import capture_logs

from core import limits
from core.http import Access, Call, Operation, RequestGate
from core.http.refusals.problems import EXCEPTION_HANDLERS
from core.http.refusals.security_log import LINES_RATE, NETWORK_LINES_RATE, SecurityLog
from core.http.tracing import Tracing
from core.identity import Identity
from core.limits import Limiter, Rate
from people.errors import WrongCode
from tests.served import Served

ADA = Identity("1" * 20, "ada", "Ada", "member", True)
BEARER = {"Authorization": "Bearer ada"}


def staff() -> None:
    """For the staff."""


def code(call: Call) -> None:
    """Confirm with a code."""
    raise WrongCode


@pytest.fixture
async def http() -> Any:
    operations = [
        Operation("GET", "/api/staff/{thing}", staff, access=Access.MODERATOR),
        Operation("POST", "/api/code", code, access=Access.ANYONE, rate=Rate(1, 60)),
    ]
    app = Starlette(routes=operations, middleware=[Middleware(Tracing)], exception_handlers=EXCEPTION_HANDLERS)
    app.state.gate = RequestGate({"ada": ADA}.get, Limiter(), frozenset())
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://here") as client:
        yield client


def events(lines: Any) -> list[tuple[Any, ...]]:
    return [(one["event"], one["code"], one["route"], one["person"]) for one in lines if one["event"] != "request"]


async def test_refused_access_limits_and_proofs_are_written_with_code_route_and_person(http: httpx.AsyncClient) -> None:
    with capture_logs() as lines:
        await http.get("/api/staff/x", headers=BEARER)
        await http.get("/api/staff/x", headers={"Authorization": "Bearer stale"})
        await http.get("/api/staff/x")  # a visitor, who is asked to sign in
        await http.post("/api/code", headers=BEARER)
        await http.post("/api/code", headers=BEARER)
    route = "/api/staff/{thing}"
    assert events(lines) == [
        ("access_refused", "not_allowed", route, ADA.id), ("access_refused", "not_signed_in", route, ""),
        ("proof_refused", "wrong_code", "/api/code", ADA.id), ("limit_reached", "rate_exceeded", "/api/code", ADA.id),
    ]  # fmt: skip
    assert {one["address"] for one in lines if one["event"] != "request"} == {"127.0.0.1"}
    assert "stale" not in str(lines)


class HeldTime:
    now = 1_000.0

    def monotonic(self) -> float:
        return self.now


def test_a_flood_leaves_a_bounded_number_of_lines_and_the_count_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    held, log = HeldTime(), SecurityLog()
    monkeypatch.setattr(limits, "time", held)
    with capture_logs() as lines:
        for number in range(1_000):
            log.write("access_refused", address=f"10.0.{number % 250}.1")
        assert len(lines) == LINES_RATE.count
        held.now += 1
        log.write("access_refused", address="10.1.0.1")
    assert lines[-2]["event"] == "events_left_out"
    assert lines[-2]["count"] == 1_000 - LINES_RATE.count


def test_one_network_does_not_crowd_out_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    held, log = HeldTime(), SecurityLog()
    monkeypatch.setattr(limits, "time", held)
    with capture_logs() as lines:
        for _ in range(40):
            for _ in range(10):
                log.write("limit_reached", address="10.0.0.1")
            held.now += 0.5
        log.write("access_refused", address="10.0.0.2")
    loud = [one for one in lines if one.get("address") == "10.0.0.1"]
    assert len(loud) <= NETWORK_LINES_RATE.count * (1 + 20 / NETWORK_LINES_RATE.seconds)
    assert lines[-1]["address"] == "10.0.0.2"


def test_wrong_stream_keys_passkeys_and_confirmations_are_in_the_log_of_a_server(tmp_path: Path) -> None:
    with Served(tmp_path / "data") as server:
        ann = server.join()
        sdp = {"Content-Type": "application/sdp", "Authorization": "Bearer guessed-stream-key"}
        assert server.http.post("/live/whip", content="v=0", headers=sdp).status_code == 401
        passkey = {"ticket": "spent", "credential": {}}
        assert server.http.post("/api/passkey-sessions", json=passkey).status_code == 403
        assert ann.http.post("/api/sessions/current/step-up/passkey", json={"credential": {}}).status_code == 403
        wrong = {"password": "guessed-password"}
        assert ann.http.post("/api/sessions/current/step-up", json=wrong).status_code == 403
        assert server.http.post("/api/sessions", json={"handle": ann.handle, **wrong}).status_code == 401
        log = server.log
    lines = [line for line in log.splitlines() if "_refused" in line]
    found = {(code, ann.id in line) for line in lines for code in CODES if code in line}
    assert found == {
        ("wrong_stream_key", False), ("passkey_refused", False), ("passkey_refused", True), ("wrong_password", True),
        ("wrong_credentials", True),
    }  # fmt: skip
    assert len(lines) == 5, "\n".join(lines)
    assert "guessed" not in log
    assert json.dumps(wrong) not in log


CODES = ("wrong_stream_key", "passkey_refused", "wrong_password", "wrong_credentials")
