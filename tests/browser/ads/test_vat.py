"""An advertiser sees what a payment costs with its VAT, says which business it is, and keeps the invoices."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.conftest import DESKTOP, PHONE, Open, findings
from tests.money.receipts.test_routes import FRENCH
from tests.served import Served

ACCOUNT = {"name": "Bakery", "country": "FR", "zone": "Europe/Paris"}


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("taxed"), FRENCH) as server:
        yield server


def test_net_vat_and_total_are_shown_before_paying_and_on_the_invoice(shared_server: Served, open_window: Open) -> None:
    person = shared_server.join()
    assert person.http.post("/api/ads/advertisers", json=ACCOUNT).status_code == 201
    window = open_window("/ads", person, PHONE)
    window.press("pay-in")
    window.see("total-to-pay", "€60.00")
    shown = window.text("top-up-total")
    assert [part in shown for part in ("€50.00", "VAT 20% (France)", "€10.00", "To pay")] == [True] * 4
    assert findings(window) == []
    window.fill("amount", "100")
    window.see("total-to-pay", "€120.00")
    window.press("pay")
    window.until("() => document.querySelector('[data-testid=available]')?.textContent.includes('100')")

    window.press("edit-account")
    window.fill("ad-business", "Bäckerei GmbH")
    window.fill("ad-address", "Marktplatz 1\n10115 Berlin")
    window.page.get_by_test_id("ad-billing-country").select_option("DE")
    window.fill("ad-vat", "DE136695976")
    assert findings(window) == []
    window.press("save-account")
    window.until("() => !document.querySelector('[data-testid=save-account]')")
    window.page.goto("/ads")
    window.press("pay-in")
    window.see("top-up-total", "Reverse charge")
    window.see("total-to-pay", "€50.00")
    window.press("pay")
    window.until("() => document.querySelector('[data-testid=available]')?.textContent.includes('150')")

    window.press("to-papers")
    window.see("document", "Reverse charge")
    window.see("statement-vat", "€20.00")
    invoices = window.page.get_by_test_id("document").all_inner_texts()
    assert [("Invoice" in one, "VAT 20% (France) €20.00" in one) for one in invoices] == [(True, False), (True, True)]
    assert findings(window) == []
    with window.page.expect_download() as download:
        window.page.get_by_test_id("document-pdf").last.click()
    drawn = Path(download.value.path()).read_bytes()
    for text in (b"Invoice for advertising", b"100.00 EUR", b"20.00 EUR", b"120.00 EUR"):
        assert text in drawn

    window.page.goto("/ads")
    window.page.get_by_role("button", name="Payments").click()
    window.page.get_by_role("button", name="Get €120.00 back").click()
    window.until("() => document.querySelector('[data-testid=available]')?.textContent.includes('50')")


def test_the_first_campaign_says_what_it_costs_with_its_vat(shared_server: Served, open_window: Open) -> None:
    window = open_window("/ads/new", shared_server.join(), DESKTOP)
    window.page.get_by_test_id("advertiser-country").select_option("FR")
    window.see("top-up-total", "VAT 20% (France)")
    window.page.get_by_test_id("advertiser-country").select_option("US")
    window.see("top-up-total", "No VAT is charged.")
    assert findings(window) == []


def test_admins_take_the_recapitulative_statement_along(shared_server: Served, open_window: Open) -> None:
    admin = shared_server.join()
    shared_server.grant(admin, "admin")
    window = open_window("/admin/vat", admin, DESKTOP, "fr")
    with window.page.expect_download() as download:
        window.press("recapitulative-csv")
    assert download.value.suggested_filename.startswith("vat-recapitulative-")
    assert findings(window) == []
