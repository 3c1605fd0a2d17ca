"""Every payment has one receipt, every refund a credit note, and their numbers have no gaps."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, select, update

from core.errors import NotFound
from money.catalogue import COIN_PACKS
from money.ledger import Ledger
from money.part import Money
from money.receipts.billing import Billing, billing_of, set_billing
from money.receipts.receipts import Receipt
from money.tables import receipts
from tests.money.conftest import HeldClock
from tests.money.purchases.conftest import Shop
from tests.money.vat.conftest import Sell

BUYERS, EACH = 6, 5


def all_of(money: Money, kind: str) -> list[str]:
    found = select(receipts.c.number).where(receipts.c.kind == kind).order_by(receipts.c.sequence)
    return money.database.read(lambda c: list(c.execute(found).scalars()))


def of(money: Money, purchase: str) -> list[Receipt]:
    def read(connection: Connection) -> list[Receipt]:
        names = money.receipts.of(connection, [purchase]).get(purchase, [])
        return [money.receipts.receipt(connection, name.number) for name in names]

    return money.database.read(read)


def test_a_receipt_says_what_was_sold_by_whom_to_whom(shop: Shop, sell: Sell) -> None:
    me = Billing("Zoé Martin", "2 rue du Port\n44000 Nantes", "FR40303265045", "FR")
    shop.money.database.write(lambda c: set_billing(c, "ada", me))
    paid, _ = sell("FR", "FR")
    [receipt] = of(shop.money, paid.id)
    content = receipt.content
    assert (receipt.number, receipt.kind, receipt.person, receipt.corrects) == ("R2023-000001", "receipt", "ada", None)
    assert (content.seller.name, content.seller.address) == ("Cadeau SAS", "1 rue de la Paix\n75002 Paris")
    assert (content.buyer.name, content.buyer.vat_number, content.buyer.handle) == (
        "Zoé Martin", "FR40303265045", "handle.ada"
    )  # fmt: skip
    assert (content.gross_minor, content.net_minor, content.vat_minor, content.rate) == (499, 416, 83, 2_000)
    assert (content.coins, content.currency, content.country) == (350, "USD", "FR")


def test_a_receipt_stays_as_it_was(shop: Shop, sell: Sell) -> None:
    paid, _ = sell("FR", "FR")
    [before] = of(shop.money, paid.id)
    shop.money.database.write(lambda c: set_billing(c, "ada", Billing("Somebody else")))
    assert of(shop.money, paid.id) == [before]


def test_refunds_and_lost_disputes_have_credit_notes(shop: Shop, sell: Sell) -> None:
    first, _ = sell("FR", "FR")
    assert shop.refund(first, 100) == "done"
    dispute = shop.server.dispute(first.id)
    shop.hear(first)
    assert len(of(shop.money, first.id)) == 2, "not while the dispute is open"
    shop.server.decide(dispute, "lost")
    shop.hear(first)
    shop.hear(first)
    receipt, refund, lost = of(shop.money, first.id)
    assert (refund.kind, refund.number, refund.corrects) == ("credit_note", "C2023-000001", receipt.number)
    assert (refund.content.gross_minor, refund.content.vat_minor, refund.content.reason) == (100, 16, "refund")
    assert (lost.content.gross_minor, lost.content.vat_minor, lost.content.reason) == (399, 67, "dispute")
    second, _ = sell("FR", "FR")
    won = shop.server.dispute(second.id)
    shop.hear(second)
    shop.server.decide(won, "won")
    shop.hear(second)
    assert [one.kind for one in of(shop.money, second.id)] == ["receipt"]


def test_a_repeated_report_makes_no_second_receipt(shop: Shop, sell: Sell) -> None:
    paid, _ = sell("FR", "FR")
    for _ in range(3):
        shop.hear(paid)
    assert all_of(shop.money, "receipt") == ["R2023-000001"]


def test_each_year_begins_at_one(shop: Shop, sell: Sell, clock: HeldClock) -> None:
    paid, _ = sell("FR", "FR")
    sell("FR", "FR")
    clock.now = int(datetime(2024, 1, 1, tzinfo=UTC).timestamp() * 1000)
    sell("FR", "FR")
    assert shop.refund(paid) == "done"
    assert all_of(shop.money, "receipt") in (
        ["R2023-000001", "R2024-000001", "R2023-000002"], ["R2024-000001", "R2023-000001", "R2023-000002"]
    )  # fmt: skip
    assert all_of(shop.money, "credit_note") == ["C2024-000001"]


def test_numbers_have_no_gaps_when_many_buy_at_once_and_payments_fail(
    money: Money, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every third payment fails after its number was taken, and is repeated with the same key."""
    post, calls = Ledger.post, iter(range(1_000_000))

    def failing(self: Ledger, connection: Any, transfers: Any, record: Any = None) -> Any:
        done = post(self, connection, transfers, record)
        if transfers[0].kind == "purchase" and next(calls) % 3 == 0:
            raise RuntimeError("the process is killed here")
        return done

    monkeypatch.setattr(Ledger, "post", failing)

    def buy(buyer: int) -> None:
        for number in range(EACH):
            while True:
                try:
                    asyncio.run(money.purchases.buy(f"buyer{buyer}", "coins-70", f"k{number}", "FR"))
                    break
                except RuntimeError:
                    continue

    with ThreadPoolExecutor(BUYERS) as pool:
        list(pool.map(buy, range(BUYERS)))
    assert all_of(money, "receipt") == [f"R2023-{n:06}" for n in range(1, BUYERS * EACH + 1)]


def test_two_tabs_may_say_who_is_billed_at_once(money: Money) -> None:
    tabs = threading.Barrier(BUYERS, timeout=60)

    def say(number: int) -> None:
        for one in range(EACH):
            tabs.wait()
            money.database.write(lambda c: set_billing(c, f"ada{one}", Billing(f"Ada {number}")))  # noqa: B023

    with ThreadPoolExecutor(BUYERS) as pool:
        list(pool.map(say, range(BUYERS)))
    said = money.database.read(lambda c: billing_of(c, "ada0"))
    assert said.name.startswith("Ada ")
    money.database.write(lambda c: set_billing(c, "ada0", Billing()))
    assert money.database.read(lambda c: billing_of(c, "ada0")) == Billing()


def test_the_buyers_country_is_what_they_declare_or_said_before(money: Money) -> None:
    money.database.write(lambda c: set_billing(c, "ada", Billing(country="FR")))
    said = asyncio.run(money.purchases.buy("ada", "coins-70", "k1"))
    declared = asyncio.run(money.purchases.buy("ada", "coins-70", "k2", "DE"))
    assert (said.country, declared.country) == ("FR", "DE")
    assert [one.content.country for one in of(money, said.id)] == ["FR"]
    assert [one.content.vat_minor for one in of(money, said.id)] == [17]
    assert COIN_PACKS["coins-70"].price_minor == 99


def test_there_is_no_other_receipt(money: Money) -> None:
    with pytest.raises(NotFound):
        money.database.read(lambda c: money.receipts.receipt(c, "R2023-000001"))


def test_a_receipt_cannot_be_had_without_its_purchase(shop: Shop, sell: Sell) -> None:
    """A refund of a purchase whose receipt is missing makes no credit note without a reference."""
    paid, _ = sell("FR", "FR")
    change = update(receipts).values(kind="lost")
    shop.money.database.write(lambda c: c.execute(change))
    assert shop.refund(paid, 100) == "done"
    assert all_of(shop.money, "credit_note") == []
    shop.money.database.write(lambda c: c.execute(update(receipts).values(kind="receipt")))
    # Now it can be made, and the proofs at the end ask for it.
    shop.money.database.write(
        lambda c: shop.money.receipts.credit(c, paid, f"refund:{paid.id}:100", "refund", 100, paid.settled_at or 0)
    )
    assert len(all_of(shop.money, "credit_note")) == 1
