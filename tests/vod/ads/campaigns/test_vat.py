"""VAT on ads over HTTP: what members see before they pay, what decides it, and who may change that."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.money.receipts.test_routes import FRENCH
from tests.served import Served
from tests.vod.ads.campaigns.test_routes import ACCOUNT, code

GERMAN = {"name": "Bäckerei GmbH", "address": "Marktplatz 1\n10115 Berlin", "country": "DE"}


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("taxed"), FRENCH) as server:
        yield server


def test_a_business_sees_its_vat_and_total_and_gets_an_invoice(shared_server: Served) -> None:
    owner, viewer, admin = (shared_server.join() for _ in range(3))
    shared_server.grant(admin, "admin")
    mine = owner.http.post("/api/ads/advertisers", json=ACCOUNT).json()["id"]
    base, quote = f"/api/ads/advertisers/{mine}", f"/api/ads/quote?amount_minor=5000&advertiser={mine}"
    owner.http.put(f"{base}/members/{viewer.handle}", json={"role": "viewer"})
    viewer.http.put(f"/api/ads/invitations/{mine}").raise_for_status()
    seen = owner.http.get(quote).json()
    assert (seen["scheme"], seen["vat_minor"], seen["total_minor"]) == ("home", 1_000, 6_000)
    assert viewer.http.get(quote).json() == seen
    assert code(admin.http.get(quote)) == (404, "advertiser_not_found")
    abroad = owner.http.get("/api/ads/quote?amount_minor=5000&country=US").json()
    assert (abroad["scheme"], abroad["total_minor"]) == ("outside", 5_000)
    for bad in ("amount_minor=0", "amount_minor=x", f"amount_minor={10**13}", "amount_minor=1&country=FRA"):
        assert code(owner.http.get(f"/api/ads/quote?{bad}")) == (400, "invalid_request"), bad

    said = {**GERMAN, "vat_number": "DE136695976"}
    assert code(viewer.http.put(f"{base}/billing", json=said)) == (403, "not_allowed")
    assert code(owner.http.put(f"{base}/billing", json={**said, "vat_number": "DE1"})) == (400, "invalid_vat_number")
    assert owner.http.put(f"{base}/billing", json=said).json() == said
    assert owner.http.get(f"{base}/billing").json() == said
    changed = owner.http.post(
        f"{base}/top-ups", json={"amount_minor": 5_000, "total_minor": 6_000}, headers={"Idempotency-Key": "a"}
    )
    assert code(changed) == (409, "top_up_total_changed")
    paid = owner.http.post(
        f"{base}/top-ups", json={"amount_minor": 5_000, "total_minor": 5_000}, headers={"Idempotency-Key": "b"}
    )
    assert (paid.status_code, paid.json()["state"]) == (201, "completed")
    owner.http.put(f"{base}/billing", json={**said, "country": "FR"})
    owner.http.post(f"{base}/top-ups", json={"amount_minor": 1_000}, headers={"Idempotency-Key": "c"})
    taxed, reverse = owner.http.get(f"{base}/documents").json()["items"]
    assert taxed["content"]["vat"] == {
        "scheme": "home", "country": "FR", "rate": 2_000, "net_minor": 1_000, "vat_minor": 200
    }  # fmt: skip
    assert reverse["content"]["vat"]["scheme"] == "reverse"
    assert reverse["content"]["buyer"]["name"] == GERMAN["name"]
    latest, _ = owner.http.get(f"{base}/top-ups").json()["items"]
    assert (latest["amount_minor"], latest["vat_minor"], latest["refundable_minor"]) == (1_200, 200, 1_200)
    assert owner.http.get(f"{base}/balance").json()["available_micro"] == 60_000_000

    listed = admin.http.get("/api/admin/vat/recapitulative.csv")
    assert listed.text.splitlines() == ["member_state,vat_number,taxable_amount_eur,corrected_quarter",
                                        "DE,136695976,50.00,"]  # fmt: skip
    assert {row["scheme"] for row in admin.http.get("/api/admin/vat").json()["rows"]} == {"home", "reverse"}
    assert code(owner.http.get("/api/admin/vat/recapitulative.csv")) == (403, "not_allowed")
