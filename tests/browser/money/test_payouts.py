"""A payout in the browser: from the wallet to paid and to returned, with a second admin, and by a file for the bank."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.clock import system_clock
from core.database import Database
from core.ids import new_id
from money.ledger import Ledger
from money.ledger.accounts import MINT, payable
from money.ledger.rules import Posted, Transfer
from tests.browser.conftest import PHONE, Open, Window, findings
from tests.served import Person, Served

IBAN = "FR7630006000011234567890189"
NARROW: dict[str, Any] = PHONE | {"viewport": {"width": 320, "height": 568}}
SETTINGS = {
    "CADEAU_COIN_RATES": "USD=500,EUR=500", "CADEAU_EXCHANGE_RATES": "EUR=1", "CADEAU_SEPA_NAME": "Cadeau",
    "CADEAU_SEPA_IBAN": "DE89370400440532013000",
}  # fmt: skip


@pytest.fixture(scope="module", params=["sandbox", "sepa"])
def rail(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory, rail: str) -> Iterator[Served]:
    with Served(tmp_path_factory.mktemp("payouts"), SETTINGS | {"CADEAU_PAYOUTS": rail}) as server:
        yield server


def earn(server: Served, person: Person, coins: int) -> None:
    """Payable coins, in the SQLite file beside the running server."""
    database = Database(f"sqlite:///{server.data_dir / 'cadeau.db'}")
    entries = {MINT: -coins, payable(person.id): coins}
    transfer = Transfer(new_id(), "release", system_clock(), "", entries, {"day": "2026-01-01"})
    [verdict] = database.write(lambda c: Ledger().post(c, [transfer]))
    assert isinstance(verdict, Posted)
    database.close()


def admin(server: Served) -> Person:
    person = server.join()
    server.grant(person, "admin")
    return person


def introduce(window: Window) -> None:
    """Fill in who one is and where the money goes."""
    window.press("to-payouts")
    window.fill("identity-name", "Zoé Martin")
    window.press("identity-send")
    window.see("identity-state", "Zoé Martin")
    window.press("details-change")
    window.fill("details-name", "Zoé Martin")
    window.fill("details-iban", IBAN)
    window.press("details-save")
    window.see("destination", "FR76 … 0189")


def ask(window: Window) -> None:
    """The rest of the three taps."""
    window.press("payout-ask")
    window.press("payout-yes")


def in_state(window: Window, state: str, testid: str = "payout") -> None:
    window.page.locator(f"[data-testid={testid}][data-state={state}]").first.wait_for(timeout=60_000)


def test_a_payout_goes_from_the_request_to_paid_and_to_returned(
    shared_server: Served, open_window: Open, rail: str
) -> None:
    if rail != "sandbox":
        pytest.skip("files have their own test")
    creator, first, second = shared_server.join(), admin(shared_server), admin(shared_server)
    earn(shared_server, creator, 200_000)
    mine = open_window("/wallet", creator, NARROW)
    introduce(mine)
    ask(mine)
    in_state(mine, "checked")
    assert findings(mine) == []

    one, other = open_window("/admin/payouts", first), open_window("/admin/payouts", second)
    one.press("approve")
    one.page.get_by_text("a second admin is needed").wait_for()
    other.page.reload()
    other.press("approve")
    other.press("state-paid")
    mine.page.wait_for_timeout(100)
    for _ in range(60):
        if mine.page.locator("[data-testid=payout][data-state=paid]").count():
            break
        mine.page.wait_for_timeout(500)
        mine.page.reload()
        mine.see("payout")
    in_state(mine, "paid")
    other.page.reload()
    other.press("state-paid")
    in_state(other, "paid", "queued")
    assert findings(other) == []
    other.press("returned")
    other.press("state-returned")
    in_state(other, "returned", "queued")
    mine.page.reload()
    in_state(mine, "returned")
    assert mine.text("payout-available").endswith("1,000.00")
    mine.page.goto("/inbox")
    mine.see("inbox-line", "Your payout came back")


def test_a_file_for_the_bank_is_made_by_one_and_approved_by_another(
    shared_server: Served, open_window: Open, rail: str
) -> None:
    if rail != "sepa":
        pytest.skip("the sandbox has its own test")
    creator, first, second = shared_server.join(), admin(shared_server), admin(shared_server)
    earn(shared_server, creator, 20_000)
    mine = open_window("/wallet", creator, PHONE)
    introduce(mine)
    one, other = open_window("/admin/payouts", first), open_window("/admin/payouts", second, NARROW)
    one.press("verify")
    one.page.get_by_text("Nobody is waiting.").wait_for()
    mine.page.reload()
    ask(mine)
    in_state(mine, "checked")
    one.page.reload()
    one.press("approve")
    one.press("file-make")
    in_state(one, "made", "file")
    assert one.page.get_by_test_id("file-approve").count() == 0, "not by who made it"
    other.page.reload()
    other.press("file-approve")
    in_state(other, "approved", "file")
    with other.page.expect_download() as download:
        other.press("file-download")
    payout = creator.http.get("/api/wallet/payouts").json()["items"][0]
    assert payout["state"] == "sent"
    assert f"{payout['id']}-1" in download.value.path().read_text()

    statement = (
        '<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"><BkToCstmrStmt><Stmt><Ntry><Amt Ccy="EUR">'
        "100.00</Amt><CdtDbtInd>DBIT</CdtDbtInd><Sts>BOOK</Sts><NtryDtls><TxDtls><Refs><EndToEndId>"
        f"{payout['id']}-1</EndToEndId></Refs></TxDtls></NtryDtls></Ntry></Stmt></BkToCstmrStmt></Document>"
    )
    file = {"name": "bank.xml", "mimeType": "application/xml", "buffer": statement.encode()}
    other.page.get_by_test_id("statement").set_input_files(file)  # type: ignore[arg-type]
    other.page.get_by_text("1 paid, 0 came back").wait_for()
    mine.page.reload()
    in_state(mine, "paid")
    assert findings(other) == []
    other.page.goto("/earnings")
    other.see("earnings-total")
    assert findings(other) == []
