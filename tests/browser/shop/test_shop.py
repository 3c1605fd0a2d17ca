"""A product from its creation until it is sold out, a return with a partial refund, a review, as all sides see them."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image

from tests.browser.conftest import DESKTOP, PHONE, Open, Window, findings
from tests.served import Person, Served

ADDRESS = {"name": "Éloïse 李", "line1": "1 rue de la Paix", "postal_code": "75002", "city": "Paris"}


@pytest.fixture(scope="module")
def admin(shared_server: Served) -> Person:
    person = shared_server.join()
    shared_server.grant(person, "admin")
    return person


def fill(window: Window, values: dict[str, str]) -> None:
    for name, value in values.items():
        window.page.get_by_test_id(name).fill(value)


def picture(folder: Path) -> Path:
    file = BytesIO()
    Image.new("RGB", (400, 300), (200, 120, 90)).save(file, "JPEG")
    path = folder / "mug.jpg"
    path.write_bytes(file.getvalue())
    return path


def begin_to_sell(shop: Window, office: Window) -> None:
    """Who sells, an admin's word, and where to."""
    fill(shop, {"seller-name": "Mug Makers", "seller-address": "1 Main Street", "seller-contact": "mail@example.org"})
    shop.page.get_by_test_id("seller-country").select_option("FR")
    shop.press("apply")
    shop.see("seller-state", "Being reviewed")
    office.page.reload()
    assert findings(office) == []
    office.press("approve")
    office.page.get_by_test_id("seller-row").wait_for(state="detached")
    shop.page.reload()
    shop.see("seller-state", "Approved")
    shop.press("add-zone")
    fill(shop, {"zone-name": "Everywhere", "zone-first": "5.00", "zone-more": "1.00"})
    with shop.page.expect_response("**/api/shop/zones"):
        shop.press("save-zones")


def order(window: Window) -> None:
    window.page.get_by_test_id("ship-to").select_option("FR")
    window.see("total", "€")
    fill(window, {f"address-{name}": value for name, value in ADDRESS.items()})
    window.press("order")
    window.see("order-state", "Being packed")


def test_a_product_from_creation_to_sold_out_then_a_return_with_a_partial_refund(
    shared_server: Served, admin: Person, open_window: Open, tmp_path: Path
) -> None:
    seller, buyer = shared_server.join(), shared_server.join()
    shop, office = open_window("/shop", seller, DESKTOP), open_window("/admin/shop", admin, DESKTOP)
    begin_to_sell(shop, office)
    shop.press("new-product")
    fill(shop, {"product-title": "Blue mug", "variant-price": "12.50", "variant-on-hand": "3"})
    shop.page.get_by_test_id("product-state").select_option("offered")
    shop.press("save-product")
    shop.see("on-hand", "3")
    shop.page.get_by_test_id("add-picture").set_input_files(picture(tmp_path))
    shop.page.locator("img[src*='products/']").first.wait_for()
    assert findings(shop) == []

    phone = open_window(f"/@{seller.handle}", buyer, PHONE)
    phone.press("shop-tab")
    phone.press("product-card")
    phone.see("seller", "Mug Makers")
    phone.see("left", "3 left")
    phone.page.get_by_test_id("pieces").select_option("3")
    assert findings(phone) == []
    phone.press("add-to-cart")
    phone.press("to-cart")
    order(phone)
    assert findings(phone) == []

    product = shared_server.http.get(f"/api/products?seller={seller.handle}").json()["items"][0]["id"]
    visitor = open_window(f"/product/{product}", None, PHONE)
    visitor.see("sold-out", "Sold out")

    shop.page.goto("/shop/orders")
    fill(shop, {"carrier": "Post", "tracking-number": "X1"})
    shop.press("ship")
    shop.see("order-state", "On its way")
    phone.page.reload()
    phone.press("arrived")
    phone.see("order-state", "Delivered")
    phone.press("return-line")
    phone.press("return-send")
    phone.see("return", "Return asked for")
    shop.page.reload()
    shop.press("accept-return")
    shop.see("order-refund", "12.50")
    assert findings(shop) == []
    phone.page.reload()
    phone.see("order-refund", "12.50")

    phone.press("review-line")
    phone.page.get_by_test_id("stars-4").focus()
    phone.page.keyboard.press("Space")
    fill(phone, {"review-text": "Deep blue, and it holds a pint."})
    assert findings(phone) == []
    phone.press("review-send")
    phone.see("average", "4")
    phone.see("review", "Deep blue")
    shop.page.goto(f"/product/{product}")
    shop.press("answer-review")
    fill(shop, {"answer-text": "Thank you!"})
    shop.press("answer-send")
    shop.see("review-answer", "Thank you!")
    assert findings(shop) == []
    visitor.page.goto(f"/@{seller.handle}")
    visitor.press("shop-tab")
    visitor.see("card-rating", "1 review")
    assert findings(visitor) == []
    shared_server.run("ledger", "verify")  # which fails if anything does not add up
