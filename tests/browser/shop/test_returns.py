"""A return that the seller refuses: the buyer reads why."""

from __future__ import annotations

from tests.browser.conftest import DESKTOP, PHONE, Open, findings
from tests.browser.shop.test_affiliates import seller
from tests.served import Served
from tests.shop.test_routes import place


def test_a_refused_return_says_why(shared_server: Served, open_window: Open) -> None:
    admin, buyer = shared_server.join(), shared_server.join()
    shared_server.grant(admin, "admin")
    person, made = seller(shared_server, admin)
    [order] = place(buyer, made["variants"][0]["id"]).json()["orders"]
    person.http.put(f"/api/shop/orders/{order}/shipment", json={}).raise_for_status()
    buyer.http.put(f"/api/orders/{order}/delivered").raise_for_status()
    line = buyer.http.get(f"/api/orders/{order}").json()["lines"][0]["id"]
    assert buyer.http.post(f"/api/orders/{order}/returns", json={"line": line, "count": 1}).status_code == 201

    shop = open_window("/shop/orders", person, DESKTOP)
    shop.fill("refuse-why", "It came back broken.")
    assert findings(shop) == []
    shop.press("refuse-return")
    shop.see("return-answer", "It came back broken.")
    phone = open_window("/orders", buyer, PHONE)
    phone.see("return-answer", "It came back broken.")
    assert findings(phone) == []
