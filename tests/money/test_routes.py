"""Money over HTTP as docs/protocol.md specifies, against a running server."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from core.ids import new_id
from money.catalogue import COIN_PACKS, GIFTS
from money.providers.stripe import Stripe
from tests.money.providers.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer, stripe_server, webhook
from tests.served import Person, Served

PURCHASES = "/api/wallet/purchases"
MINOR = "2010-01-01"
ART = Path(__file__).resolve().parents[2] / "static" / "public"


@pytest.fixture(scope="module")
def stripe() -> Iterator[StripeServer]:
    with stripe_server() as running:
        yield running


@pytest.fixture(scope="module")
def stripe_shop(tmp_path_factory: pytest.TempPathFactory, stripe: StripeServer) -> Iterator[Served]:
    environment = {
        "CADEAU_PAYMENTS": "stripe",
        "CADEAU_STRIPE_SECRET_KEY": SECRET_KEY,
        "CADEAU_STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "CADEAU_STRIPE_API_URL": stripe.url,
    }
    with Served(tmp_path_factory.mktemp("stripe"), environment) as server:
        yield server


def buy(person: Person, pack: str, key: str) -> httpx.Response:
    return person.http.post(PURCHASES, json={"pack": pack}, headers={"Idempotency-Key": key})


def now() -> int:
    return time.time_ns() // 1_000_000


def test_the_catalogues_need_no_sign_in(shared_server: Served) -> None:
    gifts = shared_server.http.get("/api/gifts").json()
    assert gifts["next"] is None
    assert [(g["gift"], g["coins"]) for g in gifts["items"]] == [(g.gift, g.coins) for g in GIFTS.values()]
    assert all(set(g) == {"gift", "name", "coins", "art"} for g in gifts["items"])
    packs = shared_server.http.get("/api/coins").json()["items"]
    assert [(p["pack"], p["coins"], p["price_minor"], p["currency"]) for p in packs] == [
        (p.pack, p.coins, p.price_minor, p.currency) for p in COIN_PACKS.values()
    ]


def test_the_coin_packs_say_when_payments_are_only_pretended(shared_server: Served, stripe_shop: Served) -> None:
    assert shared_server.http.get("/api/coins").json()["sandbox"] is True
    assert stripe_shop.http.get("/api/coins").json()["sandbox"] is True, "a test key of Stripe charges nobody"
    real = Stripe(secret_key="sk_live_x", webhook_secret="", api_url="http://127.0.0.1", site_url="", clock=lambda: 0)
    assert not real.sandbox
    real.close()


def test_a_catalogue_can_be_read_in_pages(shared_server: Served) -> None:
    names, cursor = [], ""
    while cursor is not None:
        page = shared_server.http.get("/api/gifts", params={"limit": 5, "cursor": cursor}).json()
        names += [gift["gift"] for gift in page["items"]]
        cursor = page["next"]
    assert names == list(GIFTS)


def test_bought_coins_appear_in_the_wallet_and_statement(shared_server: Served) -> None:
    ada = shared_server.join()
    wallet = ada.http.get("/api/wallet").json()
    assert wallet | {"limits": {}} == {
        "coins": 0, "bonus": 0, "debt": 0, "promoted": 0, "earnings": {"pending": 0, "payable": 0}, "limits": {}
    }  # fmt: skip
    answer = buy(ada, "coins-350", "k")
    assert answer.status_code == 201
    purchase = answer.json()
    assert purchase == {"id": purchase["id"], "state": "completed", "checkout_url": None}
    assert ada.http.get(f"{PURCHASES}/{purchase['id']}").json() == purchase
    assert ada.http.get("/api/wallet").json()["coins"] == 350
    [line] = ada.http.get("/api/wallet/statement").json()["items"]
    assert set(line) == {"id", "at", "kind", "account", "amount", "balance", "with", "detail"}
    assert (line["kind"], line["account"], line["amount"], line["balance"]) == ("purchase", "coins", 350, 350)
    assert line["with"] is None
    assert ada.http.get("/api/wallet/statement?kind=gift_sent").json() == {"items": [], "next": None}


def test_a_reused_key_replays_the_same_request_and_refuses_another(shared_server: Served) -> None:
    ada = shared_server.join()
    first, again, other = buy(ada, "coins-70", "k"), buy(ada, "coins-70", "k"), buy(ada, "coins-350", "k")
    assert (again.status_code, again.json()) == (201, first.json())
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    assert ada.http.get("/api/wallet").json()["coins"] == 70


def test_a_purchase_needs_a_key_an_adult_and_a_pack(shared_server: Served) -> None:
    ada, young = shared_server.join(), shared_server.join(birthdate=MINOR)
    refused = {
        ada.http.post(PURCHASES, json={"pack": "coins-70"}).json()["code"],
        buy(ada, "coins-1", "k").json()["code"],
        buy(young, "coins-70", "k").json()["code"],
        shared_server.http.post(PURCHASES, json={"pack": "coins-70"}, headers={"Idempotency-Key": "k"}).json()["code"],
    }
    assert refused == {"idempotency_key_missing", "unknown_pack", "adults_only", "not_signed_in"}


@pytest.mark.parametrize(
    "path",
    [
        "/api/wallet/statement?kind=theft",
        "/api/wallet/statement?cursor=x",
        "/api/wallet/statement?limit=0",
        "/api/wallet/statement?limit=101",
        "/api/wallet/statement?owner=somebody",
        "/api/wallet/statement.csv?limit=1",
    ],
)
def test_malformed_query_parameters_are_refused(shared_server: Served, path: str) -> None:
    answer = shared_server.join().http.get(path)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_another_persons_purchase_is_not_found(shared_server: Served) -> None:
    ada, eve = shared_server.join(), shared_server.join()
    purchase = buy(ada, "coins-70", "k").json()["id"]
    answer = eve.http.get(f"{PURCHASES}/{purchase}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_the_statement_can_be_exported_as_csv(shared_server: Served) -> None:
    ada = shared_server.join()
    for n in range(3):
        buy(ada, "coins-70", f"{n}")
    answer = ada.http.get("/api/wallet/statement.csv?kind=purchase")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert "attachment" in answer.headers["content-disposition"]
    assert [row["balance"] for row in csv.DictReader(answer.text.splitlines())] == ["210", "140", "70"]


def test_without_stripe_there_is_no_webhook(shared_server: Served) -> None:
    answer = shared_server.http.post("/api/payments/stripe", content=b"{}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")


def test_with_stripe_a_signed_webhook_credits_the_coins(stripe_shop: Served, stripe: StripeServer) -> None:
    ada = stripe_shop.join()
    purchase = buy(ada, "coins-700", new_id()).json()
    session = stripe.session(purchase["id"])
    assert purchase == {"id": purchase["id"], "state": "pending", "checkout_url": session["url"]}
    body, signed = webhook("checkout.session.completed", stripe.pay(purchase["id"]), now())

    forged = stripe_shop.http.post("/api/payments/stripe", content=body, headers={"Stripe-Signature": signed[:-20]})
    assert (forged.status_code, forged.json()["code"]) == (400, "bad_signature")
    assert ada.http.get("/api/wallet").json()["coins"] == 0
    for other in ("sandbox", "Stripe", "none"):
        answer = stripe_shop.http.post(f"/api/payments/{other}", content=body, headers={"Stripe-Signature": signed})
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")

    for _ in range(2):
        told = stripe_shop.http.post("/api/payments/stripe", content=body, headers={"Stripe-Signature": signed})
        assert told.status_code == 204
    assert ada.http.get("/api/wallet").json()["coins"] == 700
    assert ada.http.get(f"{PURCHASES}/{purchase['id']}").json()["state"] == "completed"


def test_a_purchase_can_be_resumed_after_a_stripe_outage(stripe_shop: Served, stripe: StripeServer) -> None:
    ada = stripe_shop.join()
    stripe.trouble = [500] * 3
    answer = buy(ada, "coins-70", "k")
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    again = buy(ada, "coins-70", "k")
    assert (again.status_code, again.json()["state"]) == (201, "pending")


def test_a_signed_webhook_with_a_wrong_amount_is_refused(stripe_shop: Served, stripe: StripeServer) -> None:
    ada = stripe_shop.join()
    purchase = buy(ada, "coins-70", "k").json()
    body, signed = webhook("checkout.session.completed", stripe.pay(purchase["id"], amount_total=1), now())
    answer = stripe_shop.http.post("/api/payments/stripe", content=body, headers={"Stripe-Signature": signed})
    assert (answer.status_code, answer.json()["code"]) == (409, "payment_mismatch")
    assert ada.http.get("/api/wallet").json()["coins"] == 0


def test_every_gift_has_a_picture() -> None:
    assert [gift.gift for gift in GIFTS.values() if not (ART / gift.art.lstrip("/")).is_file()] == []
