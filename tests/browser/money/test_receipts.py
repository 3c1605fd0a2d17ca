"""From a purchase to its receipt, on the page and as a PDF; and the VAT of a quarter, as an admin sees it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.ids import new_id
from tests.browser.conftest import PHONE, Open, findings
from tests.money.receipts.test_routes import FRENCH
from tests.served import Person, Served


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("french"), FRENCH) as server:
        yield server


def buy(person: Person, country: str) -> None:
    body = {"pack": "coins-350", "country": country}
    bought = person.http.post("/api/wallet/purchases", json=body, headers={"Idempotency-Key": new_id()})
    assert bought.status_code == 201, bought.text


def test_a_buyer_gets_a_receipt_to_read_and_to_keep(shared_server: Served, open_window: Open) -> None:
    ada = shared_server.join()
    window = open_window("/wallet/purchases", ada, PHONE)
    window.press("billing")
    window.fill("billing-name", "Zoé <b>Martin</b>")
    window.fill("billing-address", "2 rue du Port\n44000 Nantes")
    window.fill("billing-vat", "FR40303265046")
    window.press("billing-save")
    window.page.get_by_text("isn’t a VAT number").wait_for()
    window.errors.clear()  # the browser reports the 400
    window.fill("billing-vat", "FR40303265045")
    window.press("billing-save")
    window.page.get_by_text("Your details are saved.").wait_for()
    assert findings(window) == []

    window.page.goto("/wallet")
    window.press("pack-coins-350")
    window.page.get_by_test_id("buy-country").select_option("DE")
    assert findings(window) == []
    window.press("buy-yes")
    window.see("balance", "350")
    window.press("to-purchases")
    window.press("receipt")
    window.see("total", "$4.99")
    assert (window.text("net"), window.text("vat")) == ("$4.19", "$0.80")
    window.page.get_by_text("Zoé <b>Martin</b>").wait_for()
    number = window.page.url.rpartition("/")[2]
    assert window.page.title().startswith(f"Receipt {number}")
    assert findings(window) == []
    with window.page.expect_download() as download:
        window.press("pdf")
    assert download.value.suggested_filename == f"{number}.pdf"
    drawn = Path(download.value.path()).read_bytes()
    for text in (number.encode(), b"4.99 USD", b"4.19 USD", b"0.80 USD", b"Zo\\351 <b>Martin</b>"):
        assert text in drawn

    window.page.emulate_media(media="print")
    assert not window.page.get_by_test_id("pdf").is_visible()
    assert not window.page.locator("nav").first.is_visible()
    assert window.page.get_by_test_id("total").is_visible()
    ink = "() => getComputedStyle(document.querySelector('[data-testid=total]')).color"
    assert window.page.evaluate(ink) == "rgb(26, 21, 34)", "dark on paper, although the screen is dark"


def test_a_refund_has_a_credit_note_that_leads_to_the_receipt(shared_server: Served, open_window: Open) -> None:
    ada = shared_server.join()
    buy(ada, "FR")
    window = open_window("/wallet/purchases", ada, PHONE)
    window.press("withdraw")
    window.press("withdraw-confirm")
    window.see("withdrawn")
    window.page.keyboard.press("Escape")
    window.press("credit_note")
    window.page.get_by_role("heading", name="Credit note").wait_for()
    window.see("total", "$4.99")
    assert findings(window) == []
    window.press("corrects")
    window.page.get_by_role("heading", name="Receipt R").wait_for()


def test_nobody_elses_receipt_is_shown(shared_server: Served, open_window: Open) -> None:
    ada, eve = shared_server.join(), shared_server.join()
    buy(ada, "FR")
    number = ada.http.get("/api/wallet/purchases").json()["items"][0]["receipts"][0]["number"]
    window = open_window(f"/wallet/receipts/{number}", eve)
    window.page.get_by_role("alert").wait_for()
    assert window.page.get_by_test_id("receipt").count() == 0
    window.errors.clear()  # the browser reports the 404


def test_an_admin_sees_the_quarter_exports_it_and_reviews_a_sale(shared_server: Served, open_window: Open) -> None:
    ada, admin = shared_server.join(), shared_server.join()
    shared_server.grant(admin, "admin")
    buy(ada, "HU")
    buy(ada, "")
    window = open_window("/admin/purchases", admin)
    window.page.get_by_role("link", name="VAT", exact=True).click()
    window.see("vat-row", "Hungary")
    row = window.page.get_by_test_id("vat-row").filter(has_text="Hungary").first.inner_text()
    assert [part in row for part in ("27%", "$3.93", "$1.06")] == [True, True, True]
    window.see("vat-totals")
    assert findings(window) == []
    window.fill("exchange", "USD=0.9")
    with window.page.expect_download() as download:
        window.press("oss-csv")
    assert download.value.suggested_filename.startswith("vat-oss-")
    assert "HU,STANDARD,27" in Path(download.value.path()).read_text()
    window.see("flagged", ada.handle)
    before = window.page.get_by_test_id("flagged").count()
    window.fill("flag-note", "Asked them: they live in France.")
    window.press("flag-review")
    window.until(f"() => document.querySelectorAll('[data-testid=flagged]').length === {before - 1}")
    assert findings(window) == []
