"""Payouts over HTTP as docs/protocol.md specifies, against a running server."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from core.clock import system_clock
from core.database import Database
from core.ids import new_id
from money.ledger import Ledger
from money.ledger.accounts import MINT, payable
from money.ledger.rules import Transfer
from money.payouts.bank.statements import STATEMENT_BYTES_MAX
from tests.money.payouts.conftest import IBAN
from tests.money.payouts.connect_server import EVENTS_SECRET, SECRET_KEY, event
from tests.served import Person, Served

PAYOUTS = "/api/wallet/payouts"
ADMINS = [
    ("GET", "/api/admin/payouts"), ("POST", "/api/admin/payouts/x/approve"), ("GET", "/api/admin/identities"),
    ("GET", "/api/admin/payout-files"), ("POST", "/api/admin/payout-files"), ("GET", "/api/admin/rates"),
    ("POST", "/api/admin/payout-files/x/withdraw"), ("GET", "/api/admin/payout-files/x/content"),
    ("POST", "/api/admin/payout-statements"),
]  # fmt: skip


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = {
        "CADEAU_PAYOUTS": "sandbox,sepa,stripe", "CADEAU_SEPA_NAME": "Cadeau", "CADEAU_SEPA_IBAN": IBAN,
        "CADEAU_COIN_RATES": "USD=500,EUR=500", "CADEAU_EXCHANGE_RATES": "EUR=1",
        "CADEAU_STRIPE_SECRET_KEY": SECRET_KEY, "CADEAU_STRIPE_CONNECT_WEBHOOK_SECRET": EVENTS_SECRET,
        "CADEAU_STRIPE_API_URL": "http://127.0.0.1:9",
    }  # fmt: skip
    with Served(tmp_path_factory.mktemp("payouts"), settings) as running:
        yield running


def creator(server: Served, coins: int = 100_000) -> Person:
    person = server.join()
    database = Database(f"sqlite:///{server.data_dir / 'cadeau.db'}")
    entries = {MINT: -coins, payable(person.id): coins}
    transfer = Transfer(new_id(), "release", system_clock(), "", entries, {"day": "2026-01-01"})
    database.write(lambda c: Ledger().post(c, [transfer]))
    database.close()
    told = person.http.post("/api/wallet/identity", json={"name": "Zoé Martin", "country": "FR"})
    assert (told.status_code, told.json()) == (201, {"state": "verified", "url": None})
    body = {"rail": "sandbox", "name": "Zoé Martin", "iban": "fr76 3000 6000 0112 3456 7890 189"}
    put = person.http.put("/api/wallet/payout-destination", json=body)
    assert put.json()["destination"]["shown"] == "FR76 … 0189"
    return person


def ask(person: Person, amount: object = 2_000, key: str = "k", currency: str = "USD") -> httpx.Response:
    return person.http.post(
        PAYOUTS, json={"amount_minor": amount, "currency": currency}, headers={"Idempotency-Key": key}
    )


def code(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


def test_terms_come_before_asking_and_a_request_is_one_payout(server: Served) -> None:
    person = creator(server)
    terms = person.http.get("/api/wallet/payout-terms").json()
    assert terms["currencies"][0] == {
        "currency": "USD", "per_thousand": 500, "minimum_minor": 2_000, "fee_minor": 0, "available_minor": 50_000,
    }  # fmt: skip
    first, again = ask(person), ask(person)
    assert (first.status_code, again.json()) == (201, first.json())
    assert {name: first.json()[name] for name in ("state", "amount_minor", "currency", "fee_minor")} == {
        "state": "checked", "amount_minor": 2_000, "currency": "USD", "fee_minor": 0,
    }  # fmt: skip
    assert code(ask(person, 3_000)) == (422, "idempotency_key_reused")
    assert person.http.get(PAYOUTS).json() == {"items": [first.json()], "next": None}
    path = f"{PAYOUTS}/{first.json()['id']}"
    assert code(server.join().http.delete(path)) == (404, "not_found")
    assert person.http.delete(path).json()["state"] == "cancelled"
    assert person.http.get("/api/wallet").json()["earnings"]["payable"] == 100_000
    kinds = {
        line["kind"] for line in person.http.get("/api/wallet/statement").json()["items"] if "payout" in line["kind"]
    }
    assert kinds == {"payout", "payout_back"}


@pytest.mark.parametrize("amount", [0, -2_000, 2_000.5, "2000", None, True, 10**30])
def test_an_amount_is_a_whole_number_above_zero(server: Served, amount: object) -> None:
    assert code(ask(server.join(), amount)) == (400, "invalid_request")


def test_a_payout_needs_a_key_an_adult_an_identity_and_details(server: Served) -> None:
    person = server.join()
    body = {"amount_minor": 2_000, "currency": "USD"}
    assert code(person.http.post(PAYOUTS, json=body)) == (400, "idempotency_key_missing")
    assert code(ask(person)) == (409, "identity_not_verified")
    assert code(ask(server.join(birthdate="2010-01-01"))) == (403, "adults_only")
    person.http.post("/api/wallet/identity", json={"name": "Ann", "country": "FR"})
    assert code(ask(person)) == (409, "no_destination")


@pytest.mark.parametrize(
    "given",
    [
        {"rail": "sandbox", "name": "Ann", "iban": "FR7630006000011234567890188"}, {"rail": "sandbox", "iban": IBAN},
        {"rail": "cash"}, {"rail": "stripe"}, {"rail": "sepa", "name": "A" * 71, "iban": IBAN},
        {"rail": "sepa", "name": "Ann", "iban": IBAN, "bic": "nonsense"}, {"rail": "sepa", "name": "😀", "iban": IBAN},
    ],
)  # fmt: skip
def test_bank_details_with_a_mistake_are_refused(server: Served, given: dict[str, str]) -> None:
    assert code(server.join().http.put("/api/wallet/payout-destination", json=given)) == (400, "bad_destination")


@pytest.mark.parametrize(("method", "path"), ADMINS)
def test_only_admins_see_and_do_what_is_theirs(server: Served, method: str, path: str) -> None:
    moderator = server.join()
    server.grant(moderator, "moderator")
    assert code(server.join().http.request(method, path)) == (403, "not_allowed")
    assert code(moderator.http.request(method, path)) == (403, "not_allowed")
    assert server.http.request(method, path).status_code == 401


def test_an_admin_sets_rates_below_the_break_even(server: Served) -> None:
    admin = server.join()
    server.grant(admin, "admin")
    rates = admin.http.get("/api/admin/rates").json()
    assert rates["packs"][0]["pack"] == "coins-70"
    high = {"currency": "USD", "per_thousand": 5_000}
    assert code(admin.http.post("/api/admin/rates", json=high)) == (409, "rate_too_high")
    later = {"currency": "USD", "per_thousand": 510, "valid_from": 2**52}
    assert admin.http.post("/api/admin/rates", json=later).status_code == 201
    assert code(admin.http.put(f"/api/admin/identities/{admin.id}", json={"state": "verified"})) == (
        403, "another_admin_needed",
    )  # fmt: skip


def test_a_statement_that_is_too_large_or_none_is_refused(server: Served) -> None:
    admin = server.join()
    server.grant(admin, "admin")
    path = "/api/admin/payout-statements"
    assert code(admin.http.post(path, content=b"x" * (STATEMENT_BYTES_MAX + 1))) == (413, "body_too_large")
    assert code(admin.http.post(path, content=b"hello")) == (400, "statement_unreadable")


def test_events_of_the_provider_must_be_signed_with_their_own_secret(server: Served) -> None:
    body, signed = event(system_clock(), type="x")
    path = "/api/payouts/stripe/events"
    assert server.http.post(path, content=body, headers={"Stripe-Signature": signed}).status_code == 204
    assert code(server.http.post(path, content=body, headers={"Stripe-Signature": signed[:-1]})) == (
        400,
        "bad_signature",
    )
    assert code(server.http.post("/api/payouts/other/events", content=body)) == (404, "not_found")


def test_earnings_and_what_is_held_are_ones_own(server: Served) -> None:
    person = server.join()
    report = person.http.get("/api/earnings?days=7").json()
    assert (report["coins"], len(report["days"]), report["rooms"]) == (0, 7, [])
    assert person.http.get("/api/wallet/held").json() == {"items": [], "standard_days": 7, "new_days": 30}
    assert code(person.http.get("/api/earnings?days=8")) == (400, "invalid_request")
    assert server.http.get("/api/earnings").status_code == 401
