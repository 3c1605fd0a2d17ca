"""A month that adds up in the browser, the platform's revenue, and tax details from the payout that waits for them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.clock import system_clock
from core.database import Database
from core.ids import new_id
from money.ledger import Ledger
from money.ledger.accounts import COMMISSION, pending, wallet
from money.ledger.rules import Posted, Transfer
from tests.browser.conftest import DESKTOP, PHONE, Open, Window, findings
from tests.browser.money.test_payouts import NARROW, admin, ask, earn, in_state, introduce
from tests.served import Person, Served

TIN = "3023217600053"


@pytest.fixture(scope="module")
def shared_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = {"CADEAU_PAYOUTS": "sandbox", "CADEAU_TAX_FORM": "0", "CADEAU_RATE_LIMITS": "0"}
    with Served(tmp_path_factory.mktemp("reports"), settings) as server:
        yield server


def give(server: Served, giver: Person, creator: Person, room: str, coins: int) -> None:
    """A gift of bought coins, half of it the creator's, in the SQLite file beside the running server."""
    giver.buy_coins("coins-350")
    database = Database(f"sqlite:///{server.data_dir / 'cadeau.db'}")
    entries = {wallet(giver.id): -coins, pending(creator.id): coins // 2, COMMISSION: coins - coins // 2}
    detail: dict[str, str | int] = {
        "giver": giver.id,
        "creator": creator.id,
        "room": room,
        "gift": "cake",
        "count": 1,
        "coins": coins,
    }
    gift = Transfer(new_id(), "gift", system_clock(), "", entries, detail)
    [verdict] = database.write(lambda c: Ledger().post(c, [gift]))
    assert isinstance(verdict, Posted)
    database.close()


def part(window: Window) -> str:
    return window.text("tax-part")


def test_a_statement_names_givers_and_rooms_and_adds_up(shared_server: Served, open_window: Open) -> None:
    creator, giver = shared_server.join(), shared_server.join()
    room = creator.open_room("Une soirée tranquille")["id"]
    give(shared_server, giver, creator, room, 300)
    mine = open_window("/earnings", creator, NARROW)
    mine.press("to-statement")
    mine.see("statement-earned", "150")
    mine.see("statement-givers", giver.handle)
    mine.see("statement-rooms", "Une soirée tranquille")
    sums = mine.page.get_by_test_id("statement-sums")
    assert sums.get_by_test_id("line-earned").inner_text().split() == ["Earned", "+150"]
    assert sums.get_by_test_id("line-closing").inner_text().split()[-1] == "150"
    assert findings(mine) == []
    with mine.page.expect_download() as download:
        mine.press("statement-file")
    assert f"giver,{giver.id},{giver.handle},coins,150,0,1" in download.value.path().read_text()
    mine.press("month-before")
    mine.see("statement-earned", "0")
    mine.page.get_by_test_id("statement-givers").wait_for(state="detached")
    assert mine.page.get_by_test_id("line-closing").inner_text().split()[-1] == "0"


def test_an_admin_sees_what_the_platform_kept_and_owes(shared_server: Served, open_window: Open) -> None:
    shared_server.join().buy_coins("coins-350")
    for shape in (DESKTOP, NARROW):
        window = open_window("/admin/purchases", admin(shared_server), shape)
        window.page.get_by_role("link", name="Revenue").click()
        window.see("revenue-charts")
        money = window.page.get_by_test_id("revenue-money")
        amounts = [
            float(money.get_by_test_id(f"line-{name}").locator("td").inner_text().strip("+US$").replace(",", ""))
            for name in ("purchases", "kept", "at_providers")
        ]
        assert amounts[0] == amounts[1] == amounts[2] > 4
        window.see("revenue-coins", "Owed at the end")
        assert findings(window) == []
    with window.page.expect_download() as download:
        window.press("revenue-file")
    assert "USD,purchases," in download.value.path().read_text()
    other = open_window("/admin/revenue", shared_server.join(), PHONE)
    other.page.get_by_text("Only admins see").wait_for()


def test_a_payout_waits_for_tax_details_which_are_given_in_three_parts(
    shared_server: Served, open_window: Open
) -> None:
    creator, root = shared_server.join(), admin(shared_server)
    earn(shared_server, creator, 20_000)
    mine = open_window("/wallet", creator, NARROW)
    introduce(mine)
    ask(mine)
    in_state(mine, "requested")
    mine.page.get_by_text("Your tax details are missing").wait_for()
    others = open_window("/admin/tax", root, NARROW)
    others.see("payee", creator.handle)
    others.see("payee", "a payout waits for them")
    assert findings(others) == []

    mine.press("payout-tax")
    mine.see("tax-needed")
    assert part(mine) == "Who you are"
    assert findings(mine) == []
    mine.fill("tax-name", "Zoé Martin")
    mine.press("tax-next")
    assert part(mine) == "Where you live"
    assert findings(mine) == []
    mine.fill("tax-street", "1 rue de la Paix")
    mine.fill("tax-postcode", "75002")
    mine.fill("tax-city", "Paris")
    mine.press("tax-next")
    mine.fill("tax-tin", TIN[:-1] + "4")
    mine.press("tax-confirm")
    mine.press("tax-next")
    mine.page.get_by_text("This is not a tax number of that country.").wait_for()
    assert findings(mine) == []
    assert [text for text in mine.errors if "/api/wallet/tax" not in text] == []
    mine.errors.clear()  # Chromium complains of every refusal
    mine.press("tax-back")
    assert mine.page.get_by_test_id("tax-city").input_value() == "Paris", "nothing is lost on the way back"
    mine.press("tax-next")
    mine.fill("tax-tin", TIN)
    mine.press("tax-next")
    mine.see("tax-details", "••• 053")
    assert findings(mine) == []
    assert TIN not in mine.page.content()

    others.page.reload()
    others.page.get_by_text("Nobody in this year.").wait_for()
    others.press("tax-complete")
    others.see("payee", creator.handle)
    for _ in range(240):  # the next round goes on with it
        if creator.http.get("/api/wallet/payouts").json()["items"][0]["state"] == "checked":
            break
        mine.page.wait_for_timeout(500)
    mine.page.goto("/wallet/payouts")
    in_state(mine, "checked")
