"""What costs less: a coupon and a flash price, as a seller makes them and a buyer uses them; a lowered price."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from core.database import Database
from shop.products.struck import STRUCK_MS
from tests.browser.conftest import DESKTOP, PHONE, Open, findings
from tests.browser.shop.test_affiliates import seller
from tests.browser.shop.test_shop import fill, order
from tests.served import Served
from tests.shop.test_routes import draft


def test_a_coupon_from_its_seller_to_an_order_that_costs_less(shared_server: Served, open_window: Open) -> None:
    admin, buyer = shared_server.join(), shared_server.join()
    shared_server.grant(admin, "admin")
    person, made = seller(shared_server, admin)
    shop = open_window("/shop", person, DESKTOP)
    shop.press("to-coupons")
    fill(shop, {"coupon-code": "Spring", "coupon-percent": "25", "coupon-uses": "1"})
    assert findings(shop) == []
    shop.press("make-coupon")
    shop.see("coupon", "SPRING")

    variant = made["variants"][0]["id"]
    buyer.http.put("/api/cart", json={"variant": variant, "count": 1}).raise_for_status()
    phone = open_window("/cart", buyer, PHONE)
    fill(phone, {"cart-coupon": "summer"})
    phone.press("use-coupon")
    phone.page.get_by_text("None of these sellers has this coupon.").wait_for()
    fill(phone, {"cart-coupon": "spring"})
    phone.press("use-coupon")
    phone.see("discount", "2.50")
    assert findings(phone) == []
    order(phone)
    phone.see("line-discount", "2.50")
    assert findings(phone) == []

    shop.page.reload()
    shop.see("coupon", "1 use of 1")
    shop.press("end-coupon")
    shop.see("coupon", "Ended")
    assert findings(shop) == []


def test_a_lowered_price_shows_what_it_was_before(shared_server: Served, open_window: Open) -> None:
    admin = shared_server.join()
    shared_server.grant(admin, "admin")
    person, made = seller(shared_server, admin)
    database = Database(f"sqlite:///{shared_server.data_dir / 'cadeau.db'}")
    earlier = text("UPDATE shop_price_changes SET at = at - :ms WHERE variant = :id")
    variant = made["variants"][0]["id"]
    database.write(lambda c: c.execute(earlier, {"ms": STRUCK_MS + 1_000, "id": variant}))
    database.close()
    cheaper = draft(variants=[{"id": variant, "prices": {"EUR": 750}}])
    person.http.put(f"/api/shop/products/{made['id']}", json=cheaper).raise_for_status()
    visitor = open_window(f"/product/{made['id']}", None, PHONE)
    visitor.see("price", "7.50")
    visitor.see("struck", "10.00")
    visitor.page.get_by_text("Lowest price of the 30 days before").wait_for()
    assert findings(visitor) == []


def test_a_flash_price_is_set_counted_down_and_paid(shared_server: Served, open_window: Open) -> None:
    admin, buyer = shared_server.join(), shared_server.join()
    shared_server.grant(admin, "admin")
    person, made = seller(shared_server, admin)
    shop = open_window(f"/shop/products/{made['id']}", person, DESKTOP)
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).strftime("%Y-%m-%dT%H:%M")
    fill(shop, {"flash-price": "6.00", "flash-ends": tomorrow, "flash-pieces": "1"})
    assert findings(shop) == []
    shop.press("make-flash")
    shop.see("flash", "6.00")
    phone = open_window(f"/@{person.handle}", buyer, PHONE)
    phone.press("shop-tab")
    phone.see("card-price", "6.00")
    phone.see("flash-timer", "one piece at this price")
    assert findings(phone) == []
    phone.press("product-card")
    phone.see("price", "6.00")
    phone.see("flash-timer", "Ends in")
    assert findings(phone) == []
    phone.press("add-to-cart")
    phone.press("to-cart")
    order(phone)
    phone.page.goto(f"/product/{made['id']}")
    phone.see("price", "10.00")
    shop.page.reload()
    shop.see("flash", "1 piece ordered / 1")
    shop.press("end-flash")
    shop.see("flash", "Ended")


def test_who_sells_nothing_is_led_to_the_shop_without_an_error(shared_server: Served, open_window: Open) -> None:
    for path in ("/shop/coupons", "/shop/affiliates"):
        window = open_window(path, shared_server.join(), PHONE)
        window.page.get_by_role("link", name="Your shop").first.wait_for()
        assert findings(window) == []
