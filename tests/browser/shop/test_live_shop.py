"""A product from the host's studio into the hands of a viewer, in two taps, until the room shows it as sold out."""

from __future__ import annotations

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Open, Window, findings
from tests.browser.test_live import go_live, room_of
from tests.served import Person, Served
from tests.shop.test_routes import SELLER, product, zone

ADDRESS = {"name": "Ada", "line1": "1 rue de la Paix", "city": "Paris"}


@pytest.fixture
def seller(shared_server: Served) -> Person:
    admin, person = shared_server.join(), shared_server.join()
    shared_server.grant(admin, "admin")
    made = person.http.put("/api/shop/seller", json=SELLER).json()["seller"]
    person.http.put("/api/shop/zones", json={"zones": [zone()]}).raise_for_status()
    admin.http.put(f"/api/admin/shop/sellers/{made['id']}", json={"state": "approved"}).raise_for_status()
    return person


def buy_at_first(window: Window) -> None:
    """Without a saved payment method: the address, and the wish to keep both."""
    window.press("pin-card")
    window.page.get_by_test_id("buy-country").select_option("FR")
    for name, value in ADDRESS.items():
        window.fill(f"address-{name}", value)
    assert window.page.get_by_test_id("buy-save").is_checked()
    assert findings(window) == []
    window.press("buy-pay")
    window.see("bought")
    window.page.keyboard.press("Escape")


def test_a_viewer_buys_in_two_taps_without_leaving_the_room_until_it_is_sold_out(
    shared_server: Served, seller: Person, open_window: Open
) -> None:
    made = product(seller, title="Blue mug", variants=[{"prices": {"EUR": 1_250}, "on_hand": 2}])
    studio = open_window("/studio", seller, DESKTOP)
    go_live(studio, "Mugs!")
    room = room_of(shared_server, seller.handle)
    viewer = open_window(f"/room/{room}", shared_server.join(), PHONE)
    studio.press("studio-pins")
    studio.press("pin-product")
    studio.see("unpin")
    assert findings(studio) == []
    viewer.see("pin-price", "12.50")
    buy_at_first(viewer)
    viewer.see("pin-left", "Only one left")

    viewer.page.evaluate("() => (window.stayed = true)")
    viewer.press("pin-card")  # the first tap
    viewer.press("buy-pay")  # the second
    viewer.see("bought")
    assert viewer.page.evaluate("() => window.stayed")
    viewer.see("pin-left", "Sold out")
    visitor = open_window(f"/room/{room}", None, PHONE)
    visitor.see("pin-left", "Sold out")
    visitor.press("pin-card")
    visitor.see("buy-sold-out", "Sold out")
    visitor.page.goto(f"/product/{made['id']}")
    visitor.see("sold-out", "Sold out")
    assert seller.http.delete(f"/api/rooms/{room}").status_code == 200
