"""The fund over HTTP as docs/protocol.md specifies, against a running server, and its commands beside it."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from core.clock import system_clock
from core.database import Database
from core.ids import new_id
from money.earnings import DAY_MS
from money.fund import QualifiedView
from money.fund.states import GRACE_MS
from money.fund.terms import Terms
from money.fund.views import FundViews
from money.reports.months import month_of, shifted, span
from tests.served import Person, Served

FUND = "/api/admin/fund"
NOW = month_of(system_clock())
PERIOD = shifted(month_of(system_clock() - GRACE_MS), -1)  # the last one that can be closed
ADMINS = [
    ("GET", FUND, None), ("GET", f"{FUND}/{PERIOD}", None), ("POST", f"{FUND}/{PERIOD}/fill", {"coins": 1}),
    ("POST", f"{FUND}/{PERIOD}/close", None), ("POST", f"{FUND}/{PERIOD}/review", None),
    ("POST", f"{FUND}/{PERIOD}/post", None),
]  # fmt: skip
LENIENT = {f"CADEAU_FUND_CREATOR_{name}": "0" for name in ("AGE_DAYS", "FOLLOWERS", "VIEWS", "DAYS")}


def watched(server: Served, creators: list[Person], viewers: int = 3) -> None:
    """Last month, written beside the running server: old accounts watched videos of these creators."""
    database = Database(f"sqlite:///{server.data_dir / 'cadeau.db'}")
    views = FundViews(Terms(viewer_age_days=-3_650))
    for number in range(viewers):
        for day in list(span(PERIOD).days)[:12]:
            seen = [QualifiedView(f"film-{one.id}", one.id, 20_000 + number, number) for one in creators]
            database.write(lambda c, day=day, seen=seen: views.record(c, f"fan{number}", day * DAY_MS, seen))  # type: ignore[misc]  # noqa: B023
    database.close()


def until(admin: Person, state: str) -> Any:
    for _ in range(300):
        found = admin.http.get(f"{FUND}/{PERIOD}").json()
        if found["period"]["state"] == state and not found["working"]:
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def fill(admin: Person, coins: object, key: str, period: str = PERIOD, **more: object) -> httpx.Response:
    return admin.http.post(f"{FUND}/{period}/fill", json={"coins": coins, **more}, headers={"Idempotency-Key": key})


@pytest.mark.parametrize(("method", "path", "body"), ADMINS)
def test_only_admins_see_and_change_the_fund(shared_server: Served, method: str, path: str, body: Any) -> None:
    moderator = shared_server.join()
    shared_server.grant(moderator, "moderator")
    headers = {"Idempotency-Key": "k"}
    for who, status in ((shared_server.join().http, 403), (moderator.http, 403), (shared_server.client(), 401)):
        assert who.request(method, path, json=body, headers=headers).status_code == status


def test_a_fund_is_for_those_who_are_signed_in(shared_server: Served) -> None:
    client = shared_server.client()
    assert client.get("/api/fund").status_code == 401
    assert client.get(f"/api/fund/{PERIOD}").status_code == 401
    mine = shared_server.join().http
    told = mine.get("/api/fund").json()
    assert (told["period"], told["items"]) == (NOW, [])
    assert [need["name"] for need in told["needs"]] == ["age", "followers", "views", "days"]
    for period in (PERIOD, "2024-13", "x", "9999-12"):
        assert code(mine.get(f"/api/fund/{period}")) == (404, "not_found")


def test_bad_fillings_are_refused(shared_server: Served) -> None:
    admin = shared_server.join()
    shared_server.grant(admin, "admin")
    for coins in (0, -5, 1.5, "9", 10**13, None):
        assert fill(admin, coins, "bad").status_code == 400
    assert code(fill(admin, 5, "later", shifted(NOW, 1))) == (400, "invalid_request")
    assert fill(admin, 5, "n", note="x" * 201).status_code == 400
    assert code(admin.http.post(f"{FUND}/{NOW}/fill", json={"coins": 1})) == (400, "idempotency_key_missing")
    assert code(admin.http.post(f"{FUND}/{NOW}/close")) == (409, "fund_period_runs")
    assert code(admin.http.post(f"{FUND}/2024-13/close")) == (404, "not_found")


def test_a_month_from_the_first_coin_to_the_last(tmp_path: Path) -> None:
    with Served(tmp_path / "data", LENIENT) as server:
        admin, other, creator, second = (server.join() for _ in range(4))
        for one in (admin, other):
            server.grant(one, "admin")
        watched(server, [creator, second, other])
        key = new_id()
        assert fill(admin, 1_000, key, note="budget").status_code == 201
        assert fill(admin, 1_000, key, note="budget").status_code == 201
        assert code(fill(admin, 1_001, key, note="budget")) == (422, "idempotency_key_reused")
        assert code(admin.http.post(f"{FUND}/{PERIOD}/review")) == (409, "fund_not_ready")
        assert admin.http.post(f"{FUND}/{PERIOD}/close").status_code == 202
        closed = until(admin, "closed")
        assert (closed["period"]["pot"], closed["creators"], closed["paid"]) == (1_000, 3, 3)
        assert sum(one["coins"] for one in closed["amounts"]) == 1_000
        assert code(fill(admin, 5, "late")) == (409, "fund_period_over")
        assert code(other.http.post(f"{FUND}/{PERIOD}/review")) == (403, "another_admin_needed")
        assert code(admin.http.post(f"{FUND}/{PERIOD}/post")) == (409, "fund_not_ready")
        assert admin.http.post(f"{FUND}/{PERIOD}/review").status_code == 200
        assert admin.http.post(f"{FUND}/{PERIOD}/post").status_code == 202
        assert admin.http.post(f"{FUND}/{PERIOD}/post").status_code == 202
        until(admin, "posted")
        why = creator.http.get(f"/api/fund/{PERIOD}").json()
        coins = creator.http.get("/api/wallet").json()["earnings"]["payable"]
        assert why["month"]["coins"] == coins == sum(day["coins"] for day in why["days"]) > 0
        assert [line["kind"] for line in creator.http.get("/api/wallet/statement").json()["items"]] == ["fund"]
        assert [one["kind"] for one in creator.http.get("/api/notifications").json()["items"]] == ["payout"]
        [source] = creator.http.get("/api/earnings/statement").json()["sources"]
        assert (source["source"], source["coins"]) == ("fund", coins)

        assert "follows from its views" in server.run("fund", "verify", PERIOD)
        assert server.run("ledger", "verify") == "Every balance adds up.\n"
        assert f"{coins} of 1000 coins (posted)" in server.run("fund", "explain", PERIOD, creator.handle)
        server.run("fund", "export", PERIOD, str(tmp_path / "month"))
        assert f"creator\t{why['code']}\t1\t{coins}\n" in (tmp_path / "month").read_text()
        for verb in ("close", "review", "post"):
            assert "is posted: 1000 of 1000 coins" in server.run("fund", verb, PERIOD)
        server.run("fund", "fill", NOW, "70", "k", "--note", "more")
        assert creator.http.get("/api/fund").json()["pot"] == 70

        for _ in range(2):
            told = server.run("fund", "correct", PERIOD, creator.handle, "7", "c", "A day was lost")
            assert told == f"{creator.handle} gets 7 coins more for {PERIOD}, posted with {NOW}.\n"
        [line] = creator.http.get(f"/api/fund/{PERIOD}").json()["corrections"]
        assert (line["period"], line["coins"], line["reason"], line["posted"]) == (NOW, 7, "A day was lost", False)
        [shown] = admin.http.get(f"{FUND}/{NOW}").json()["corrections"]
        assert (shown["person"]["id"], shown["month"], shown["by"]) == (creator.id, PERIOD, "command line")
        assert f"+7 coins for {PERIOD}, to be posted with {NOW}" in server.run(
            "fund", "explain", PERIOD, creator.handle
        )
        assert server.run("ledger", "verify") == "Every balance adds up.\n"
