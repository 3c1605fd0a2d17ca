"""Spending limits over HTTP as docs/protocol.md specifies, against a running server."""

from __future__ import annotations

import pytest

from tests.served import Served

LIMITS = "/api/wallet/limits"


def test_limits_are_set_read_and_part_of_the_wallet(shared_server: Served) -> None:
    ada = shared_server.join()
    assert ada.http.get(LIMITS).json() == {
        "limits": {
            "day_coins": None, "month_coins": None, "day_max": 100_000, "month_max": 500_000,
            "day_spent": 0, "month_spent": 0, "waiting": [], "notice": None,
        },
        "days": [],
    }  # fmt: skip
    answer = ada.http.put(LIMITS, json={"day_coins": 100, "month_coins": 1_000})
    assert answer.status_code == 200
    assert (answer.json()["day_max"], answer.json()["month_max"]) == (100, 1_000)
    raised = ada.http.put(LIMITS, json={"day_coins": None, "month_coins": 1_000}).json()
    assert (raised["day_coins"], [change["span"] for change in raised["waiting"]]) == (100, ["day"])
    assert ada.http.get("/api/wallet").json()["limits"] == raised


@pytest.mark.parametrize("coins", [-1, 1.5, "10", 10**9 + 1, True, [], {}])
def test_what_is_no_number_of_coins_changes_nothing(shared_server: Served, coins: object) -> None:
    ada = shared_server.join()
    refused = ada.http.put(LIMITS, json={"day_coins": coins, "month_coins": None})
    assert (refused.status_code, refused.json()["code"]) == (400, "invalid_request")
    assert ada.http.put(LIMITS, json={"day_coins": 5}).status_code == 400
    assert ada.http.get(LIMITS).json()["limits"]["day_coins"] is None


def test_a_visitor_has_no_limits(shared_server: Served) -> None:
    assert shared_server.http.get(LIMITS).status_code == 401
    assert shared_server.http.put(LIMITS, json={"day_coins": 1, "month_coins": 1}).status_code == 401
    assert shared_server.http.delete(f"{LIMITS}/notice").status_code == 401
