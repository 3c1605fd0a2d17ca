"""Coupons over HTTP: who may do what, and what buyers are told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.limits import Rate
from shop.routes.buyers import CART_RATE
from shop.routes.coupons import COUPON_RATE
from tests.served import Person, Served
from tests.shop.test_routes import SELLER, code, place, product, zone


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("coupons"), {"CADEAU_RATE_LIMITS": "0"}) as running:
        yield running


@pytest.fixture(scope="module")
def seller(server: Served) -> Person:
    admin, person = server.join(), server.join()
    server.grant(admin, "admin")
    made = person.http.put("/api/shop/seller", json=SELLER).json()["seller"]
    person.http.put("/api/shop/zones", json={"zones": [zone()]}).raise_for_status()
    admin.http.put(f"/api/admin/shop/sellers/{made['id']}", json={"state": "approved"}).raise_for_status()
    return person


def make(seller: Person, **more: Any) -> Any:
    return seller.http.post("/api/shop/coupons", json={"code": "spring"} | more)


def test_a_coupon_is_made_entered_in_the_cart_ordered_with_and_ended(server: Served, seller: Person) -> None:
    made = make(seller, rate=2_500, uses_max=10).json()
    assert (made["code"], made["used"], made["state"]) == ("SPRING", 0, "open")
    buyer, variant = server.join(), product(seller)["variants"][0]["id"]
    buyer.http.put("/api/cart", json={"variant": variant, "count": 2}).raise_for_status()
    cart = buyer.http.get("/api/cart?country=FR&coupon=Spring").json()
    assert (cart["coupon"], cart["coupon_problem"], cart["total_minor"]) == ("SPRING", "", 2_000 * 3 // 4 + 500)
    assert cart["orders"][0]["discount_minor"] == cart["orders"][0]["lines"][0]["discount_minor"] == 500
    unknown = buyer.http.get("/api/cart?country=FR&coupon=nothing").json()
    assert (unknown["coupon_problem"], unknown["total_minor"]) == ("unknown", 2_500)
    placed = place(buyer, variant, 2, total_minor=2_000, coupon="spring").json()
    assert placed["state"] == "paid"
    shown = buyer.http.get(f"/api/orders/{placed['orders'][0]}").json()
    assert shown["lines"][0]["discount_minor"] == 500
    assert seller.http.get("/api/shop/coupons").json()["items"][0]["used"] == 1
    assert code(place(buyer, variant, coupon="other")) == "coupon_not_valid"
    assert seller.http.delete(f"/api/shop/coupons/{made['id']}").status_code == 204
    refused = place(buyer, variant, coupon="spring")
    assert (code(refused), refused.json()["detail"]) == ("coupon_not_valid", "ended")


def test_coupons_are_their_sellers_own(server: Served, seller: Person) -> None:
    stranger, made = server.join(), make(seller, code="mine", rate=100).json()
    assert code(make(stranger, rate=100)) == "not_a_seller"
    assert stranger.http.get("/api/shop/coupons").status_code == 403
    assert stranger.http.delete(f"/api/shop/coupons/{made['id']}").status_code == 403
    assert server.http.get("/api/shop/coupons").status_code == 401
    stranger.http.put("/api/shop/seller", json=SELLER).raise_for_status()
    assert stranger.http.delete(f"/api/shop/coupons/{made['id']}").status_code == 404
    assert (Rate(60, 60), Rate(120, 60)) == (COUPON_RATE, CART_RATE)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({}, "bad_coupon"), ({"rate": "10"}, "invalid_request"), ({"rate": 10**30}, "invalid_request"),
        ({"rate": 100, "code": "x" * 1_000}, "invalid_request"), ({"rate": 100, "code": "a\x00b"}, "invalid_request"),
        ({"rate": 100, "affiliate": "nobody.knows"}, "bad_coupon"), ({"rate": 100, "more": 1}, "invalid_request"),
        ({"rate": 100, "products": [1]}, "invalid_request"), ({"rate": 100, "ends_at": 10**25}, "invalid_request"),
        ({"rate": True}, "invalid_request"), ({"rate": 1.5}, "invalid_request"),
    ],
)  # fmt: skip
def test_a_hostile_coupon_is_refused(seller: Person, what: dict[str, Any], expected: str) -> None:
    assert code(make(seller, **{"code": "hostile"} | what)) in (expected, "bad_coupon")
