"""Receipts, billing details and VAT over HTTP, as docs/protocol.md specifies."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from core.errors import Overloaded
from core.ids import new_id
from money.receipts.billing import ADDRESS_CHARS_MAX, ADDRESS_LINES_MAX, NAME_CHARS_MAX, VAT_NUMBER_CHARS_MAX
from money.receipts.routes import BILLING_RATE, PDF_QUEUED_MAX, PDF_RATE, pdf_executor
from tests.served import Person, Served

FRENCH = {
    "CADEAU_VAT_HOME": "FR",
    "CADEAU_VAT_OSS": "1",
    "CADEAU_SELLER_NAME": "Cadeau SAS",
    "CADEAU_SELLER_ADDRESS": "1 rue de la Paix; 75002 Paris",
    "CADEAU_EXCHANGE_RATES": "EUR=0.9",
}
BILLING = "/api/wallet/billing"


@pytest.fixture(scope="module")
def french(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("french"), FRENCH) as server:
        yield server


def buy(person: Person, **body: Any) -> dict[str, Any]:
    answer = person.http.post(
        "/api/wallet/purchases", json={"pack": "coins-350"} | body, headers={"Idempotency-Key": new_id()}
    )
    assert answer.status_code == 201, answer.text
    newest: dict[str, Any] = person.http.get("/api/wallet/purchases").json()["items"][0]
    return newest


def test_a_buyer_reads_their_receipt_and_nobody_elses(french: Served) -> None:
    ada, eve, admin = french.join(), french.join(), french.join()
    french.grant(admin, "admin")
    [name] = buy(ada, country="DE")["receipts"]
    assert name["kind"] == "receipt"
    path = f"/api/wallet/receipts/{name['number']}"
    receipt = ada.http.get(path).json()
    content = receipt["content"]
    assert (content["gross_minor"], content["vat_minor"], content["country"], content["rate"]) == (499, 80, "DE", 1900)
    assert content["buyer"]["handle"] == ada.handle
    assert admin.http.get(path).json() == receipt
    for person in (eve, french):
        assert person.http.get(path).status_code in (401, 404)
        assert person.http.get(f"{path}/pdf").status_code in (401, 404)
    for number in ("R2023-999999", "x" * 500, "%00"):
        assert ada.http.get(f"/api/wallet/receipts/{number}").status_code in (400, 404)


def test_a_pdf_is_a_file_in_both_languages(french: Served) -> None:
    ada = french.join()
    number = buy(ada, country="FR")["receipts"][0]["number"]
    for language, word in (("en", b"Receipt"), ("fr", b"Re\\347u")):
        answer = ada.http.get(f"/api/wallet/receipts/{number}/pdf", params={"language": language})
        assert answer.headers["content-type"] == "application/pdf"
        assert answer.headers["content-disposition"] == f'attachment; filename="{number}.pdf"'
        assert word in answer.content
        assert number.encode() in answer.content
    assert ada.http.get(f"/api/wallet/receipts/{number}/pdf", params={"language": "de"}).status_code == 400


def test_billing_details_are_on_later_receipts_and_say_where_one_lives(french: Served) -> None:
    ada = french.join()
    assert ada.http.get(BILLING).json() == {"name": "", "address": "", "vat_number": "", "country": ""}
    asked = {
        "name": " Zoé ",
        "address": "2 rue du Port\r\n44000 Nantes",
        "vat_number": "fr 40 303 265 045",
        "country": "fi",
    }
    stored = ada.http.put(BILLING, json=asked).json()
    assert stored == {
        "name": "Zoé", "address": "2 rue du Port\n44000 Nantes", "vat_number": "FR40303265045", "country": "FI"
    }  # fmt: skip
    assert ada.http.get(BILLING).json() == stored
    number = buy(ada)["receipts"][0]["number"]
    content = ada.http.get(f"/api/wallet/receipts/{number}").json()["content"]
    assert (content["buyer"]["name"], content["country"], content["rate"]) == ("Zoé", "FI", 2550)
    assert content["vat_minor"] == 101, "a VAT number changes nothing"
    assert ada.http.put(BILLING, json={}).json()["name"] == ""


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"vat_number": "FR40303265046"}, "invalid_vat_number"),
        ({"vat_number": "US123"}, "invalid_vat_number"),
        ({"vat_number": "1" * (VAT_NUMBER_CHARS_MAX + 1)}, "invalid_vat_number"),
        ({"vat_number": "FR４０303265045"}, "invalid_vat_number"),
        ({"country": "F1"}, "invalid_request"),
        ({"country": "FRA"}, "invalid_request"),
        ({"name": "x" * (NAME_CHARS_MAX + 1)}, "invalid_request"),
        ({"address": "x" * (ADDRESS_CHARS_MAX + 1)}, "invalid_request"),
        ({"address": "\n".join("x" * (ADDRESS_LINES_MAX + 1))}, "invalid_request"),
        ({"name": 1}, "invalid_request"),
        ({"handle": "x"}, "invalid_request"),
    ],
)
def test_billing_details_are_checked(french: Served, wrong: dict[str, Any], code: str) -> None:
    answer = french.join().http.put(BILLING, json=wrong)
    assert (answer.status_code, answer.json()["code"]) == (400, code)


@pytest.mark.parametrize("country", ["D1", "DEU", "é!"])
def test_a_declared_country_is_checked(french: Served, country: str) -> None:
    answer = french.join().http.post(
        "/api/wallet/purchases", json={"pack": "coins-70", "country": country}, headers={"Idempotency-Key": new_id()}
    )
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_request")


def test_admins_see_a_quarter_and_download_it(french: Served) -> None:
    ada, admin, moderator = french.join(), french.join(), french.join()
    french.grant(admin, "admin")
    french.grant(moderator, "moderator")
    buy(ada, country="HU")
    purchase = buy(ada)
    view = admin.http.get("/api/admin/vat").json()
    now = datetime.now(UTC)
    assert view["quarter"] in view["quarters"]
    assert view["quarter"].startswith(f"{now.year}Q")
    assert {"oss": True, "home": "FR"}.items() <= view.items()
    [hungary] = [row for row in view["rows"] if row["country"] == "HU"]
    assert (hungary["rate"], hungary["net_minor"], hungary["vat_minor"]) == (2700, 393, 106)
    quarter = {"quarter": view["quarter"], "exchange": "USD=0.9"}
    for which in ("oss", "home"):
        answer = admin.http.get(f"/api/admin/vat/{which}.csv", params=quarter)
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert ("HU" in answer.text) == (which == "oss")
        without = admin.http.get(f"/api/admin/vat/{which}.csv", params={"quarter": view["quarter"]})
        assert (without.status_code, without.json()["code"]) == (400, "invalid_request")
    assert admin.http.get("/api/admin/vat", params={"quarter": "2026Q5"}).status_code == 400
    flagged = admin.http.get("/api/admin/vat/flags").json()["items"]
    assert flagged[0]["purchase"] == purchase["id"]
    assert flagged[0]["flag"] == "no_proof"
    done = admin.http.put(f"/api/admin/vat/flags/{purchase['id']}", json={"note": "called them"})
    assert done.json()["note"] == "called them"
    reviewed = admin.http.get("/api/admin/vat/flags", params={"reviewed": "1"}).json()["items"]
    assert [sale["purchase"] for sale in reviewed] == [purchase["id"]]
    for path in ("", "/oss.csv", "/home.csv", "/flags"):
        assert moderator.http.get(f"/api/admin/vat{path}").status_code == 403
        assert ada.http.get(f"/api/admin/vat{path}").status_code == 403
    assert moderator.http.put(f"/api/admin/vat/flags/{purchase['id']}", json={"note": ""}).status_code == 403
    assert "Every balance adds up." in french.run("ledger", "verify")


def test_a_person_may_not_ask_for_too_many_pdfs_or_changes(tmp_path_factory: pytest.TempPathFactory) -> None:
    with Served(tmp_path_factory.mktemp("limited"), FRENCH | {"CADEAU_RATE_LIMITS": "1"}) as server:
        ada = server.join()
        pdf = "/api/wallet/receipts/R2023-000001/pdf"
        began = time.monotonic()
        asked = [ada.http.get(pdf).status_code for _ in range(PDF_RATE.count * 2)]
        assert set(asked) == {404, 429}
        assert PDF_RATE.count <= asked.count(404) <= PDF_RATE.count + PDF_RATE.per_second * (time.monotonic() - began)
        began = time.monotonic()
        changed = [ada.http.put(BILLING, json={}).status_code for _ in range(BILLING_RATE.count * 2)]
        assert set(changed) == {200, 429}
        allowed = BILLING_RATE.count + BILLING_RATE.per_second * (time.monotonic() - began)
        assert BILLING_RATE.count <= changed.count(200) <= allowed


def test_more_pdfs_than_can_wait_are_refused() -> None:
    pool, begun, go_on = pdf_executor(), threading.Event(), threading.Event()

    def draw() -> None:
        begun.set()
        go_on.wait(30)

    running = pool.submit(draw)
    assert begun.wait(30)
    waiting = [pool.submit(int) for _ in range(PDF_QUEUED_MAX)]
    with pytest.raises(Overloaded):
        pool.submit(int)
    go_on.set()
    assert running.result(30) is None
    assert [one.result(30) for one in waiting] == [0] * PDF_QUEUED_MAX
    pool.close()
