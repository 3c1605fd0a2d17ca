"""A purchase as its buyer and an admin see it: refunded, disputed, and withdrawn from."""

from __future__ import annotations

import time
from collections.abc import Iterator

import httpx
import pytest

from core.ids import new_id
from tests.browser.conftest import PHONE, Open, Window, findings
from tests.browser.shop.test_affiliates import seller
from tests.money.providers.stripe_server import SECRET_KEY, WEBHOOK_SECRET, Row, StripeServer, stripe_server, webhook
from tests.served import Person, Served
from tests.shop.test_routes import place

PURCHASES = "/api/wallet/purchases"


@pytest.fixture(scope="module")
def stripe() -> Iterator[StripeServer]:
    with stripe_server() as running:
        yield running


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory, stripe: StripeServer) -> Iterator[Served]:
    environment = {
        "CADEAU_PAYMENTS": "stripe",
        "CADEAU_STRIPE_SECRET_KEY": SECRET_KEY,
        "CADEAU_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "CADEAU_STRIPE_API_URL": stripe.url,
    }
    with Served(tmp_path_factory.mktemp("served"), environment) as server:
        yield server


@pytest.fixture(scope="module")
def admin(shared_server: Served) -> Person:
    person = shared_server.join()
    shared_server.grant(person, "admin")
    return person


def tell(server: Served, kind: str, about: Row) -> None:
    body, signed = webhook(kind, about, int(time.time() * 1000))
    told: httpx.Response = server.http.post(
        "/api/payments/stripe", content=body, headers={"Stripe-Signature": signed}
    )  # fmt: skip
    assert told.status_code == 204, told.text


def buy(server: Served, stripe: StripeServer, buyer: Person) -> str:
    """A paid purchase of 350 coins for $4.99; returns its id."""
    made = buyer.http.post(PURCHASES, json={"pack": "coins-350"}, headers={"Idempotency-Key": new_id()}).json()
    bought: str = made["id"]
    tell(server, "checkout.session.completed", stripe.pay(bought))
    return bought


def of(window: Window, handle: str) -> None:
    """Open the admin's view of somebody's purchase."""
    window.page.get_by_test_id("purchase").filter(has_text=handle).first.click()


def test_an_admin_refunds_and_the_buyer_sees_it(
    shared_server: Served, stripe: StripeServer, admin: Person, open_window: Open
) -> None:
    ada = shared_server.join()
    buy(shared_server, stripe, ada)
    office = open_window("/settings", admin)
    office.press("to-all-purchases")
    office.see("purchase", ada.handle)
    of(office, ada.handle)
    office.page.get_by_test_id("refund-reason").select_option("goodwill")
    office.press("refund")
    office.see("detail-state", "Refunded")
    assert findings(office) == []

    home = open_window("/wallet", ada, PHONE)
    home.press("to-purchases")
    home.see("purchase-state", "Refunded")
    home.see("refund", "$4.99")
    assert findings(home) == []
    assert ada.http.get("/api/wallet").json()["coins"] == 0
    assert sum(refund["amount"] for refund in stripe.refunds.values()) == 499


def test_a_dispute_is_seen_by_both_sides(
    shared_server: Served, stripe: StripeServer, admin: Person, open_window: Open
) -> None:
    ada = shared_server.join()
    bought = buy(shared_server, stripe, ada)
    dispute = stripe.dispute(bought)
    tell(shared_server, "charge.dispute.created", dispute)
    office = open_window("/admin/purchases", admin)
    office.page.get_by_test_id("filter").select_option("disputed")
    office.see("purchase", ada.handle)
    of(office, ada.handle)
    office.see("dispute", "$4.99")
    assert office.page.get_by_test_id("refund").count() == 0
    home = open_window("/wallet/purchases", ada, PHONE)
    home.see("purchase-state", "Disputed")
    assert ada.http.get("/api/wallet").json()["coins"] == 0

    tell(shared_server, "charge.dispute.closed", stripe.decide(dispute, "won"))
    home.page.reload()
    home.see("purchase-state", "payment stands")
    assert ada.http.get("/api/wallet").json()["coins"] == 350


def test_a_buyer_withdraws_in_two_steps(shared_server: Served, stripe: StripeServer, open_window: Open) -> None:
    ada = shared_server.join()
    buy(shared_server, stripe, ada)
    home = open_window("/wallet/purchases", ada, PHONE)
    home.see("withdraw", "Withdraw from contract here")
    home.press("withdraw")
    home.see("withdraw-confirm")
    assert ada.http.get("/api/wallet").json()["coins"] == 350
    home.press("withdraw-confirm")
    home.see("withdrawn")
    [purchase] = ada.http.get(PURCHASES).json()["items"]
    [refund] = purchase["refunds"]
    assert (purchase["state"], refund["state"], refund["amount_minor"]) == ("refunded", "done", 499)
    assert refund["reference"] in home.text("withdrawn")
    assert ada.http.get("/api/wallet").json()["coins"] == 0


def test_others_see_no_purchases(shared_server: Served, open_window: Open) -> None:
    eve = shared_server.join()
    shared_server.grant(eve, "moderator")
    for path in ("/api/admin/purchases", "/api/admin/purchases/x", "/api/admin/differences"):
        assert eve.http.get(path).status_code == 403
    window = open_window("/admin/purchases", eve)
    window.page.get_by_role("heading", name="Only for admins").wait_for()


def test_an_order_that_was_left_without_paying_is_paid_or_given_up_from_the_orders(
    shared_server: Served, stripe: StripeServer, admin: Person, open_window: Open
) -> None:
    _, made = seller(shared_server, admin)
    buyer = shared_server.join()
    url = place(buyer, made["variants"][0]["id"]).json()["checkout_url"]
    assert url.startswith(stripe.url)
    orders = open_window("/orders", buyer, PHONE)
    orders.see("pay-now")
    assert findings(orders) == []
    orders.page.route(url, lambda route: route.fulfill(body="<title>Pay here</title>", content_type="text/html"))
    orders.press("pay-now")
    orders.page.wait_for_url(url)
    orders.page.goto("/orders")
    orders.press("give-up")
    orders.until("() => !document.querySelector('[data-testid=pay-now]')")
