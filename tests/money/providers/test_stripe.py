"""Stripe creates one session however often a request is retried, and only signed webhooks count."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from core.errors import InvalidRequest, Unavailable
from core.executors import Executors
from money.errors import BadSignature, PaymentMismatch
from money.part import Money
from money.providers import Purchase, Subject
from money.providers.stripe import Stripe
from money.providers.stripe.api import ATTEMPTS_MAX
from money.purchases.purchases import Purchases
from tests.money.conftest import START, HeldClock
from tests.money.providers.stripe_server import (
    SECRET_KEY,
    WEBHOOK_SECRET,
    StripeServer,
    signature,
    stripe_server,
    webhook,
)

COMPLETED = "checkout.session.completed"
PURCHASE = Purchase("p1", "ada", "coins-350", 350, 499, "USD", "stripe", None, None, "pending")


@pytest.fixture
def server() -> Iterator[StripeServer]:
    with stripe_server() as running:
        yield running


@pytest.fixture
def stripe(server: StripeServer, clock: HeldClock) -> Iterator[Stripe]:
    opened = open_stripe(server, clock)
    yield opened
    opened.close()


@pytest.fixture
def purchases(money: Money, clock: HeldClock, stripe: Stripe) -> Purchases:
    return Purchases(money.database, clock, money.ledger, money.earnings, stripe, Executors().payments, money.receipts)


def open_stripe(server: StripeServer, clock: HeldClock, **changes: Any) -> Stripe:
    options: dict[str, Any] = {"secret_key": SECRET_KEY, "timeout_s": 5.0} | changes
    return Stripe(
        webhook_secret=WEBHOOK_SECRET, api_url=server.url, site_url="https://live.example", clock=clock, **options
    )


def hear(purchases: Purchases, stripe: Stripe, body: bytes, signed: str) -> Purchase | None:
    subject = stripe.event(body, signed)
    return asyncio.run(purchases.hear(subject)) if subject else None


def coins(money: Money) -> int:
    return money.database.read(lambda c: money.wallets.wallet(c, "ada")).coins


def test_a_checkout_session_has_the_price_of_the_purchase(server: StripeServer, stripe: Stripe) -> None:
    checkout = stripe.checkout(PURCHASE)
    assert (checkout.ref, checkout.url, checkout.payment) == ("cs_test_0", f"{server.url}/pay/0", None)
    [(headers, form)] = server.requests
    assert headers["authorization"] == f"Bearer {SECRET_KEY}"
    assert headers["idempotency-key"] == "cadeau-p1"
    assert form["mode"] == "payment"
    assert form["client_reference_id"] == "p1"
    assert form["line_items[0][price_data][unit_amount]"] == "499"
    assert form["line_items[0][price_data][currency]"] == "usd"
    assert form["adaptive_pricing[enabled]"] == "false"
    assert form["billing_address_collection"] == "required"
    assert form["success_url"] == "https://live.example/wallet?purchase=p1"


@pytest.mark.parametrize("trouble", [[500], [503, 500], [429], [409, 502]])
def test_a_failed_request_is_retried_with_the_same_key(
    server: StripeServer, stripe: Stripe, trouble: list[int | str]
) -> None:
    server.trouble = list(trouble)
    assert stripe.checkout(PURCHASE).ref == "cs_test_0"
    assert {headers["idempotency-key"] for headers, _ in server.requests} == {"cadeau-p1"}
    assert len(server.requests) == len(trouble) + 1
    assert len(server.sessions) == 1


def test_a_timed_out_request_is_retried_and_creates_one_session(server: StripeServer, clock: HeldClock) -> None:
    server.trouble = ["hang"]
    stripe = open_stripe(server, clock, timeout_s=0.2)
    assert stripe.checkout(PURCHASE).ref == "cs_test_0"
    assert len(server.requests) == 2
    stripe.close()


@pytest.mark.parametrize(
    ("trouble", "requests"),
    [([500] * 9, ATTEMPTS_MAX), ([400], 1), ([403], 1), (["garbage"], 1), (["hang"] * 9, ATTEMPTS_MAX)],
)
def test_repeated_stripe_failures_raise_unavailable(
    server: StripeServer, clock: HeldClock, trouble: list[int | str], requests: int
) -> None:
    server.trouble = list(trouble)
    stripe = open_stripe(server, clock, timeout_s=0.2)
    with pytest.raises(Unavailable):
        stripe.checkout(PURCHASE)
    assert len(server.requests) == requests
    stripe.close()


def test_a_rejected_api_key_is_not_retried(server: StripeServer, clock: HeldClock) -> None:
    stripe = open_stripe(server, clock, secret_key="sk_test_wrong")
    with pytest.raises(Unavailable) as refused:
        stripe.checkout(PURCHASE)
    assert "sk_test" not in refused.value.detail
    assert len(server.requests) == 1
    stripe.close()


def test_a_refused_connection_raises_unavailable(server: StripeServer, clock: HeldClock) -> None:
    stripe = Stripe(
        secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, api_url="http://127.0.0.1:1", site_url="", clock=clock
    )
    with pytest.raises(Unavailable):
        stripe.checkout(PURCHASE)
    stripe.close()


def test_repeated_webhooks_credit_the_coins_once(
    money: Money, server: StripeServer, stripe: Stripe, purchases: Purchases
) -> None:
    purchase = asyncio.run(purchases.buy("ada", "coins-350", "k"))
    assert asyncio.run(purchases.buy("ada", "coins-350", "k")) == purchase
    assert len(server.requests) == 1
    body, signed = webhook(COMPLETED, server.pay(purchase.id), START)
    for _ in range(3):
        settled = hear(purchases, stripe, body, signed)
        assert settled is not None
        assert settled.state == "paid"
    assert coins(money) == 350


def test_a_delayed_payment_credits_the_coins_when_it_succeeds(
    money: Money, server: StripeServer, stripe: Stripe, purchases: Purchases
) -> None:
    bought = asyncio.run(purchases.buy("ada", "coins-350", "k")).id
    waiting = hear(purchases, stripe, *webhook(COMPLETED, server.complete_unpaid(bought), START))
    assert waiting is not None
    assert (waiting.state, coins(money)) == ("pending", 0)
    hear(purchases, stripe, *webhook("checkout.session.async_payment_succeeded", server.pay(bought), START))
    assert coins(money) == 350


@pytest.mark.parametrize("expired", [True, False])
def test_a_checkout_that_ends_without_payment_expires(
    money: Money, server: StripeServer, stripe: Stripe, purchases: Purchases, expired: bool
) -> None:
    bought = asyncio.run(purchases.buy("ada", "coins-350", "k")).id
    session = server.expire(bought) if expired else server.complete_unpaid(bought, "requires_payment_method")
    kind = "checkout.session.expired" if expired else "checkout.session.async_payment_failed"
    ended = hear(purchases, stripe, *webhook(kind, session, START))
    assert ended is not None
    assert (ended.state, coins(money)) == ("expired", 0)
    late = hear(purchases, stripe, *webhook(COMPLETED, server.pay(bought), START))
    assert late is not None
    assert (late.state, coins(money)) == ("paid", 350)


def test_a_late_event_of_an_earlier_state_moves_nothing_back(
    money: Money, server: StripeServer, stripe: Stripe, purchases: Purchases
) -> None:
    """What an event says is not believed: what it is about is fetched."""
    bought = asyncio.run(purchases.buy("ada", "coins-350", "k")).id
    expired = webhook("checkout.session.expired", server.session(bought), START)
    server.pay(bought)
    heard = hear(purchases, stripe, *expired)
    assert heard is not None
    assert (heard.state, coins(money)) == ("paid", 350)


@pytest.mark.parametrize("claim", [{"amount_total": 1}, {"amount_total": None}, {"currency": "jpy"}])
def test_a_payment_of_another_amount_credits_nothing_and_is_noted_once(
    money: Money, server: StripeServer, stripe: Stripe, purchases: Purchases, claim: dict[str, Any]
) -> None:
    bought = asyncio.run(purchases.buy("ada", "coins-350", "k")).id
    event = webhook(COMPLETED, server.pay(bought, **claim), START)
    for _ in range(2):
        with pytest.raises(PaymentMismatch):
            hear(purchases, stripe, *event)
    assert coins(money) == 0
    [noted] = money.database.read(lambda c: purchases.differences.page(c, settled=False, cursor="", limit=9)).items
    assert (noted.kind, noted.purchase) == ("payment_mismatch", bought)


def test_a_payment_by_another_checkout_of_the_same_purchase_credits_nothing(
    money: Money, server: StripeServer, stripe: Stripe, purchases: Purchases
) -> None:
    bought = asyncio.run(purchases.buy("ada", "coins-350", "k")).id
    paid = server.pay(bought)
    server.sessions["forged"] = {**paid, "id": "cs_other"}
    with pytest.raises(PaymentMismatch):
        hear(purchases, stripe, *webhook(COMPLETED, server.sessions["forged"], START))
    assert coins(money) == 0


def test_events_of_objects_that_stripe_does_not_have_are_ignored(stripe: Stripe, purchases: Purchases) -> None:
    assert hear(purchases, stripe, *webhook(COMPLETED, {"id": "cs_unknown"}, START)) is None
    assert hear(purchases, stripe, *webhook("charge.refunded", {"payment_intent": "pi_unknown"}, START)) is None
    assert hear(purchases, stripe, *webhook("charge.refunded", {"id": "ch_without_payment"}, START)) is None


def test_an_event_is_repeated_by_stripe_while_stripe_itself_is_silent(
    money: Money, server: StripeServer, stripe: Stripe, purchases: Purchases
) -> None:
    event = webhook(COMPLETED, server.pay(asyncio.run(purchases.buy("ada", "coins-350", "k")).id), START)
    server.trouble = [500] * ATTEMPTS_MAX
    with pytest.raises(Unavailable):
        hear(purchases, stripe, *event)
    assert coins(money) == 0
    hear(purchases, stripe, *event)
    assert coins(money) == 350


@pytest.mark.parametrize(
    "forge",
    [
        lambda body: "",
        lambda body: "nonsense",
        lambda body: "t=,v1=",
        lambda body: f"t={START // 1000}",
        lambda body: signature(body, START, "another secret"),
        lambda body: signature(body + b" ", START),
        lambda body: signature(body, START).replace("t=", "t=1"),
        lambda body: signature(body, START) + f",t={START // 1000 + 1}",
        lambda body: signature(body, START).replace("v1=", "v0="),
        lambda body: signature(body, START - 301_000),
        lambda body: signature(body, START + 301_000),
        lambda body: f"t=١٢٣,v1={'0' * 64}",
        lambda body: f"t={'9' * 30},v1={'é' * 64}",
    ],
)
def test_unsigned_and_stale_webhooks_are_refused(stripe: Stripe, forge: Any) -> None:
    body, _ = webhook(COMPLETED, {"id": "cs", "client_reference_id": "p1", "payment_status": "paid"}, START)
    with pytest.raises(BadSignature):
        stripe.event(body, forge(body))


def test_one_valid_signature_of_several_is_enough(stripe: Stripe) -> None:
    """While a secret is being replaced Stripe signs with both."""
    body, signed = webhook(COMPLETED, {"id": "cs", "client_reference_id": "p1", "payment_status": "paid"}, START)
    assert stripe.event(body, f"v1={'0' * 64}," + signed) == Subject("session", "cs")


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"type": 1}', b'{"type":"checkout.session.completed","data":{"object":3}}']
)
def test_a_signed_body_that_is_not_an_event_is_refused(stripe: Stripe, body: bytes) -> None:
    with pytest.raises(InvalidRequest):
        stripe.event(body, signature(body, START))


def test_unrelated_events_are_ignored(stripe: Stripe) -> None:
    assert stripe.event(*webhook("invoice.paid", {"anything": [1]}, START)) is None
