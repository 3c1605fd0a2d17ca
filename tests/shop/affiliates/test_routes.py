"""Who may do what about commissions over HTTP, and what hostile requests meet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.served import Person, Served
from tests.shop.test_routes import SELLER, code, place, product, zone


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("affiliates"), {"CADEAU_RATE_LIMITS": "0"}) as running:
        yield running


@pytest.fixture(scope="module")
def seller(server: Served) -> Person:
    admin, person = server.join(), server.join()
    server.grant(admin, "admin")
    made = person.http.put("/api/shop/seller", json=SELLER).json()["seller"]
    person.http.put("/api/shop/zones", json={"zones": [zone()]}).raise_for_status()
    admin.http.put(f"/api/admin/shop/sellers/{made['id']}", json={"state": "approved"}).raise_for_status()
    return person


def promote(creator: Person, one: dict[str, Any]) -> str:
    """Returns the link's code."""
    earning = creator.http.put(f"/api/affiliate/products/{one['id']}").json()
    return str(next(row["code"] for row in earning["promoted"] if row["product"]["id"] == one["id"]))


def test_from_a_link_to_both_statements(server: Served, seller: Person) -> None:
    creator, buyer = server.join(), server.join()
    seller.http.put("/api/shop/plan", json={"mode": "invited", "rate": 1_500}).raise_for_status()
    one = product(seller)
    assert code(creator.http.put(f"/api/affiliate/products/{one['id']}")) == "not_promotable"
    assert creator.http.get("/api/affiliate/products").json()["items"] == []
    seller.http.put(f"/api/shop/affiliates/{creator.handle}").raise_for_status()
    assert [who["handle"] for who in creator.http.get("/api/affiliate").json()["invitations"]] == [seller.handle]
    [offered] = creator.http.get("/api/affiliate/products").json()["items"]
    assert (offered["rate"], offered["code"]) == (1_500, None)
    buyer.http.post("/api/touches", json={"code": promote(creator, one)}).raise_for_status()
    place(buyer, one["variants"][0]["id"]).raise_for_status()
    [sums] = creator.http.get("/api/affiliate").json()["sums"]
    assert sums["estimated_minor"] == 150
    [brought] = creator.http.get("/api/affiliate/commissions").json()["items"]
    assert (brought["state"], brought["lines"][0]["rate"]) == ("estimated", 1_500)
    [row] = seller.http.get("/api/shop/affiliates").json()["items"]
    assert row["sums"][0]["commission_minor"] == 150
    for side in (creator.http.get("/api/affiliate/report"), seller.http.get("/api/shop/commissions/report")):
        [report] = side.json()["items"]
        assert len(report["days"]) == 28
        assert report["days"][-1] | {"day": ""} == {
            "day": "",
            "orders": 1,
            "sold_minor": 1_000,
            "commission_minor": 150,
        }
    assert seller.http.get("/api/shop/commissions").json()["items"][0]["order"] == brought["order"]
    for path in ("/api/affiliate/statement.csv", "/api/shop/commissions/statement.csv?month=2026-01"):
        who = creator if "affiliate/" in path else seller
        assert who.http.get(path).text.startswith("month,at,what,order,payout,with,currency,amount\n")
    assert creator.http.get("/api/affiliate/statement").json()["lines"] == []  # nothing is settled


def test_only_the_seller_plans_and_sees_what_creators_sold(server: Served, seller: Person) -> None:
    stranger, one = server.join(), product(seller)
    for path in ("/api/shop/plan", "/api/shop/affiliates", "/api/shop/commissions", "/api/shop/commissions/report"):
        assert code(stranger.http.get(path)) == "not_a_seller"
        assert server.http.get(path).status_code == 401
    assert code(stranger.http.put(f"/api/shop/products/{one['id']}/commission", json={"rate": 1})) == "not_a_seller"
    assert code(seller.http.put(f"/api/shop/affiliates/{seller.handle}")) == "not_promotable"
    assert seller.http.put("/api/shop/affiliates/nobody-here").status_code == 404
    assert seller.http.delete(f"/api/shop/affiliates/{stranger.handle}").status_code == 404
    assert stranger.http.delete(f"/api/affiliate/products/{one['id']}").status_code == 404


@pytest.mark.parametrize("rate", [-1, 5_001, 10**20, "10", 1.5, True, None])
def test_a_hostile_rate_is_refused(seller: Person, rate: Any) -> None:
    assert code(seller.http.put("/api/shop/plan", json={"mode": "open", "rate": rate})) in (
        "bad_rate",
        "invalid_request",
    )


def test_a_product_of_its_own_rate_and_one_that_is_not_promoted(server: Served, seller: Person) -> None:
    seller.http.put("/api/shop/plan", json={"mode": "open", "rate": 1_000}).raise_for_status()
    creator, one, other = server.join(), product(seller), product(seller)
    plan = seller.http.put(f"/api/shop/products/{one['id']}/commission", json={"rate": 2_500}).json()
    assert plan["rates"][one["id"]] == 2_500
    seller.http.put(f"/api/shop/products/{other['id']}/commission", json={"rate": 0}).raise_for_status()
    rates = {row["product"]["id"]: row["rate"] for row in creator.http.get("/api/affiliate/products").json()["items"]}
    assert rates[one["id"]] == 2_500
    assert other["id"] not in rates
    assert code(creator.http.put(f"/api/affiliate/products/{other['id']}")) == "not_promotable"
    plan = seller.http.put(f"/api/shop/products/{one['id']}/commission", json={"rate": None}).json()
    assert one["id"] not in plan["rates"]


@pytest.mark.parametrize("sent", ["", "x" * 64, "' OR 1=1 --", "../..", "\u202e"])
def test_a_hostile_code_is_unknown(server: Served, sent: str) -> None:
    assert server.join().http.post("/api/touches", json={"code": sent}).status_code == 404
