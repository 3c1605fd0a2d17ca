"""A commission in the browser: from a creator's link to their payout, as creator, buyer and seller see it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from sqlalchemy import text

from core.clock import system_clock
from core.database import Database
from money.ledger import Ledger
from shop.affiliates.commissions import DAY_MS, HELD_DAYS
from shop.orders.books import Books
from shop.orders.settlement import Settlement
from tests.browser.conftest import DESKTOP, PHONE, Open, Window, findings
from tests.browser.shop.test_shop import fill, order
from tests.served import Person, Served
from tests.shop.test_routes import approved_seller, product

SETTINGS = {"CADEAU_COIN_RATES": "EUR=500", "CADEAU_EXCHANGE_RATES": "EUR=1", "CADEAU_PAYOUT_TERMS": "EUR=100:0"}


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("affiliates"), SETTINGS) as server:
        yield server


def seller(server: Served, admin: Person) -> tuple[Person, dict[str, Any]]:
    """With one product, of 10 euros."""
    person = approved_seller(server, admin)
    return person, product(person, title="Blue mug")


def pass_time(server: Served, id: str) -> None:
    """So long ago was it delivered that it is settled, and its commission payable."""
    database = Database(f"sqlite:///{server.data_dir / 'cadeau.db'}")
    earlier = text("UPDATE shop_orders SET delivered_at = delivered_at - :ms WHERE id = :id")
    database.write(lambda c: c.execute(earlier, {"ms": (HELD_DAYS + 1) * DAY_MS, "id": id}))
    books = Books(system_clock, Ledger())
    settlement = Settlement(database, system_clock, books, None, None, None)  # type: ignore[arg-type]
    assert database.write(lambda c: settlement.settle(c, id)).state == "settled"
    database.close()


def be_payable(creator: Person, admin: Person) -> None:
    """Who they are, and where their money goes."""
    identity = {"name": "Zoé Martin", "country": "FR"}
    creator.http.post("/api/wallet/identity", json=identity).raise_for_status()
    details = {"rail": "sandbox", "name": "Zoé Martin", "iban": "FR7630006000011234567890189"}
    creator.http.put("/api/wallet/payout-destination", json=details).raise_for_status()
    judged = admin.http.put(f"/api/admin/identities/{creator.id}", json={"state": "verified"})
    assert judged.is_success or judged.status_code == 409, judged.text


def offer(window: Window) -> None:
    """The seller's plan: every creator gets 15 %."""
    window.page.get_by_test_id("plan-mode").select_option("open")
    fill(window, {"plan-rate": "15"})
    with window.page.expect_response("**/api/shop/plan"):
        window.press("save-plan")


def test_a_commission_from_the_click_on_a_link_to_its_payout(shared_server: Served, open_window: Open) -> None:
    admin, creator, buyer = (shared_server.join() for _ in range(3))
    shared_server.grant(admin, "admin")
    sold_by, _ = seller(shared_server, admin)
    plan = open_window("/shop/affiliates", sold_by, DESKTOP)
    offer(plan)

    earning = open_window("/affiliate", creator, PHONE)
    earning.press("pick")
    link = earning.page.get_by_test_id("copy-link").get_attribute("data-link")
    assert link is not None
    assert findings(earning) == []

    phone = open_window("/", buyer, PHONE)
    with phone.page.expect_response("**/api/touches"):
        phone.page.goto(shared_server.url + link)
    phone.press("add-to-cart")
    phone.press("to-cart")
    order(phone)
    earning.page.reload()
    earning.see("estimated", "€1.50")

    [sold] = sold_by.http.get("/api/shop/orders").json()["items"]
    sold_by.http.put(f"/api/shop/orders/{sold['id']}/shipment", json={}).raise_for_status()
    phone.page.reload()
    phone.press("arrived")
    phone.see("order-state", "Delivered")
    earning.page.reload()
    earning.see("pending", "€1.50")
    be_payable(creator, admin)
    pass_time(shared_server, sold["id"])
    earning.page.reload()
    earning.see("payable", "€1.50")
    earning.press("ask-commission")
    earning.see("paid", "€1.50")
    assert findings(earning) == []
    plan.page.reload()
    plan.see("commission", "€1.50")
    plan.see("affiliate-row", "1 order")
    assert findings(plan) == []
    [payout] = creator.http.get("/api/wallet/payouts").json()["items"]
    assert (payout["source"], payout["amount_minor"], payout["coins"]) == ("commissions", 150, 0)
    lines = creator.http.get("/api/affiliate/statement").json()["lines"]
    assert [line["amount_minor"] for line in lines] == [150, -150]
    shared_server.run("ledger", "verify")  # which fails if anything does not add up
