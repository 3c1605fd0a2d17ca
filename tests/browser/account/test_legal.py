"""A notice without an account, and an order with its clock, as people and the staff see them."""

from __future__ import annotations

from typing import Any

import pytest

from core.http import PAGE_ITEMS
from tests.browser.conftest import DESKTOP, PHONE, Open, findings
from tests.served import Served


def test_a_notice_is_sent_without_an_account_and_its_link_shows_where_it_stands(
    open_window: Open, shared_server: Served
) -> None:
    troll = shared_server.join()
    window = open_window("/legal", None, PHONE)
    assert findings(window) == []
    window.press("to-notice")
    page = window.page
    page.get_by_test_id("notice-address").fill(f"{shared_server.url}/@{troll.handle}")
    page.get_by_test_id("notice-reason").select_option("scam")
    page.get_by_test_id("notice-why").fill("This page sells counterfeit watches.")
    page.get_by_test_id("notice-name").fill("Ida Brun")
    page.get_by_test_id("notice-email").fill("ida@example.org")
    page.get_by_test_id("notice-faith").check()
    assert findings(window) == []
    window.press("notice-send")
    window.see("notice-received", "We have received your notice")
    window.press("notice-link")
    page.locator("[data-testid=receipt][data-state=open]").wait_for()
    window.see("receipt", f"/@{troll.handle}")
    assert findings(window) == []


def test_staff_see_an_orders_clock_and_remove_everything_with_one_button(
    open_window: Open, shared_server: Served
) -> None:
    moderator, host = shared_server.join(), shared_server.join()
    shared_server.grant(moderator, "moderator")
    room = host.open_room("Something forbidden")["id"]
    desk = open_window("/admin/orders", moderator)
    desk.page.get_by_test_id("order-authority").fill("BKA")
    desk.page.get_by_test_id("order-reference").fill("TCO-42")
    desk.page.get_by_test_id("order-addresses").fill(f"{shared_server.url}/room/{room}")
    desk.press("order-add")
    order = desk.page.get_by_test_id("order").filter(has_text="TCO-42")
    order.get_by_test_id("order-clock").wait_for()
    assert findings(desk) == []
    order.get_by_test_id("order-remove").click()
    order.locator("[data-state=removed]").wait_for()
    order.locator("summary").click()
    order.get_by_test_id("order-done").click()
    order.get_by_text("Carried out and answered").wait_for()
    assert findings(desk) == []


def test_orders_of_before_are_one_press_away(open_window: Open, shared_server: Served) -> None:
    moderator = shared_server.join()
    shared_server.grant(moderator, "moderator")
    body = {"kind": "illegal", "authority": "Court", "addresses": ["/video/x"]}
    for number in range(PAGE_ITEMS + 1):
        moderator.http.post("/api/moderation/orders", json=body | {"reference": f"O-{number}"}).raise_for_status()
    desk = open_window("/admin/orders", moderator, PHONE)
    desk.see("order")
    assert desk.page.get_by_test_id("order").count() == PAGE_ITEMS
    desk.press("orders-more")
    desk.until(f"() => document.querySelectorAll('[data-testid=order]').length > {PAGE_ITEMS}")
    assert findings(desk) == []


@pytest.mark.parametrize(("locale", "untold", "lift"), [
    ("en-GB", "Confidential until", "The author may be told now"),
    ("fr-FR", "Confidentiel jusqu’au", "L’auteur peut être informé maintenant"),
])  # fmt: skip
@pytest.mark.parametrize("shape", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_a_confidential_order_shows_its_clock_and_its_author_hears_of_it_once_it_is_lifted(
    open_window: Open, shared_server: Served, locale: str, untold: str, lift: str, shape: dict[str, Any]
) -> None:
    moderator, host = shared_server.join(), shared_server.join()
    shared_server.grant(moderator, "moderator")
    room = host.open_room("Something forbidden")["id"]
    desk = open_window("/admin/orders", moderator, shape, locale)
    desk.page.get_by_test_id("order-authority").fill("BKA")
    reference = f"TCO-{room}"
    desk.page.get_by_test_id("order-reference").fill(reference)
    desk.page.get_by_test_id("order-addresses").fill(f"{shared_server.url}/room/{room}")
    desk.page.get_by_test_id("order-weeks").select_option("6")
    desk.press("order-add")
    order = desk.page.get_by_test_id("order").filter(has_text=reference)
    order.get_by_test_id("order-secret").get_by_text(untold).wait_for()
    order.get_by_test_id("order-remove").click()
    order.locator("[data-state=removed]").wait_for()
    order.get_by_test_id("order-secret").locator("summary").click()
    order.get_by_test_id("order-prolong").click()
    order.get_by_test_id("order-prolong").wait_for(state="detached")
    assert findings(desk) == []
    assert host.http.get("/api/decisions").json()["items"] == []
    order.get_by_test_id("order-lift").get_by_text(lift).click()
    order.get_by_test_id("order-told").wait_for()
    assert findings(desk) == []
