"""A product that a viewer reports in three taps, and what others see once a moderator has hidden it."""

from __future__ import annotations

from tests.browser.conftest import DESKTOP, PHONE, Open, findings
from tests.browser.shop.test_affiliates import seller
from tests.served import Served
from tests.shop.test_withheld import case_of, decide


def test_a_product_is_reported_in_three_taps_hidden_and_shown_to_its_seller_alone(
    shared_server: Served, open_window: Open
) -> None:
    admin, fan = shared_server.join(), shared_server.join()
    shared_server.grant(admin, "admin")
    person, made = seller(shared_server, admin)
    window = open_window(f"/product/{made['id']}", fan, PHONE)
    window.press("report-product")
    window.page.get_by_label("Dangerous acts or goods").check()
    window.press("report-send")
    window.see("report-undo")
    assert findings(window) == []
    window.press("report-undo")
    window.see("price")
    window.press("report-product")
    window.page.get_by_label("Dangerous acts or goods").check()
    window.press("report-send")
    window.see("report-undo")

    fan.http.put("/api/cart", json={"variant": made["variants"][0]["id"], "count": 1}).raise_for_status()
    hides = {"content": "hide", "category": "unsafe_or_prohibited_products", "reason": "It catches fire."}
    decide(admin, case_of(admin, person), **hides)
    window.page.reload()
    window.page.get_by_text("This product isn’t for sale").wait_for()
    window.errors.clear()  # the client asked for what is not there for them
    cart = open_window("/cart", fan, PHONE)
    cart.see("line-problem", "Not for sale any more")
    assert cart.page.get_by_text(made["title"]).count() == 0
    assert findings(cart) == []
    shop = open_window("/shop", person, DESKTOP)
    shop.see("product-card", "Not shown to others")
    shop.press("product-card")
    shop.see("product-withheld")
    assert shop.page.get_by_test_id("save-product").is_disabled()
    assert findings(shop) == []
    shop.press("view-product")
    shop.page.wait_for_url("**/product/*")
    shop.see("price")  # the page before has a heading and the same note, too
    shop.see("product-withheld", "how to appeal")
    assert findings(shop) == []
