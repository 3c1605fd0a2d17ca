"""Whoever pays in for ads has a receipt at once, and a credit note for what goes back, numbered without gaps."""

from __future__ import annotations

import asyncio

import msgspec
import pytest

from core.errors import NotFound
from core.http import Page
from money.ads import Capture, Release, Reserve
from money.ads.billing import AdBilling, set_billing
from money.ads.documents import Buyer, Document
from money.ads.pdf import document_pdf, statement_pdf
from money.ads.statement import AdStatement, Spent, ad_statement
from money.part import Money
from money.providers import Purchase
from money.reports.months import month_of
from money.vat.terms import Seller
from tests.money.conftest import HeldClock
from tests.money.purchases.conftest import Shop

BUYER = Buyer("Corner Bakery", "Flour & Sons", "FR")
EURO = 1_000_000
DAY_MS = 86_400_000


def papers(money: Money, advertiser: str = "bakery") -> list[Document]:
    """The oldest first."""
    return money.database.read(lambda c: money.receipts.ads.page(c, advertiser, "", 100)).items[::-1]


def page_after(money: Money, cursor: str) -> Page[Document]:
    return money.database.read(lambda c: money.receipts.ads.page(c, "bakery", cursor, 2))


def stated(money: Money, clock: HeldClock, month: str) -> AdStatement:
    return money.database.read(lambda c: ad_statement(c, clock, "bakery", month))


def bill(money: Money, said: AdBilling) -> AdBilling:
    return money.database.write(lambda c: set_billing(c, "bakery", said))


def paid(shop: Shop, cents: int, key: str, advertiser: str = "bakery") -> Purchase:
    opened = asyncio.run(shop.purchases.pay_in("ada", advertiser, cents, key))
    shop.server.pay(opened.id)
    return shop.hear(opened)


def test_a_payment_has_a_receipt_with_the_names_of_its_time(shop: Shop) -> None:
    money = shop.money
    money.receipts.ads.name_buyers(lambda _, __: BUYER)
    money.database.write(lambda c: set_billing(c, "bakery", AdBilling("1 rue du Four\n75001 Paris", "FR40303265045")))
    bought = paid(shop, 2_000, "1")
    money.receipts.ads.name_buyers(lambda _, __: Buyer("Another name"))
    [one] = papers(money)
    assert (one.kind, one.purchase, one.corrects) == ("receipt", bought.id, None)
    assert one.number.startswith("A2023-000001")
    assert one.content.buyer == Buyer(
        "Corner Bakery", "Flour & Sons", "FR", "1 rue du Four\n75001 Paris", "FR40303265045"
    )
    assert (one.content.amount_minor, one.content.currency, one.content.reason) == (2_000, "EUR", "payment")
    shop.hear(bought)
    assert papers(money) == [one], "what is heard twice happened once"
    with pytest.raises(NotFound):
        money.database.read(lambda c: money.receipts.ads.document(c, "butcher", one.number))
    assert money.database.read(money.verify) == []


def test_what_goes_back_has_its_credit_note_and_no_number_is_left_out(shop: Shop) -> None:
    money = shop.money
    first, second, third = (paid(shop, 2_000, str(number)) for number in range(3))
    asyncio.run(shop.purchases.pay_back("ada", "bakery", first.id, 500, "r"))
    shop.hear(first)
    won = shop.server.dispute(second.id)
    shop.hear(second)
    assert [one.kind for one in papers(money)] == ["receipt"] * 3 + ["credit_note"], "a dispute is open"
    shop.server.decide(won, "won")
    shop.hear(second)
    lost = shop.server.dispute(third.id)
    shop.server.decide(lost, "lost")
    shop.hear(third)
    paid(shop, 700, "other", "butcher")
    notes = [one for one in papers(money) if one.kind == "credit_note"]
    assert [(one.number[-6:], one.content.amount_minor, one.content.reason) for one in notes] == [
        ("000001", 500, "refund"), ("000002", 2_000, "dispute"),
    ]  # fmt: skip
    assert [one.corrects for one in notes] == [papers(money)[0].number, papers(money)[2].number]
    assert [one.number[-6:] for one in papers(money, "butcher")] == ["000004"]
    assert money.database.read(money.verify) == []


def test_pages_of_documents_follow_each_other(shop: Shop) -> None:
    for number in range(5):
        paid(shop, 1_000 + number, str(number))
    money, found, cursor = shop.money, list[int](), ""
    while True:
        page = page_after(money, cursor)
        found += [one.content.amount_minor for one in page.items]
        if page.next is None:
            break
        cursor = page.next
    assert found == [1_004, 1_003, 1_002, 1_001, 1_000]
    with pytest.raises(NotFound):
        money.database.read(lambda c: money.receipts.ads.page(c, "butcher", cursor, 2))


def test_a_statement_adds_up_month_after_month(money: Money, clock: HeldClock) -> None:
    asyncio.run(money.purchases.pay_in("ada", "bakery", 2_000, "1"))
    asyncio.run(money.purchases.pay_in("ada", "butcher", 900, "2"))
    budgets, write = money.ad_budgets, money.database.write
    write(lambda c: budgets.reserve(c, [Reserve("1", "bakery", "bread", 5 * EURO, 10 * EURO)]))
    write(lambda c: budgets.reserve(c, [Reserve("1", "bakery", "cake", 2 * EURO, 10 * EURO)]))
    write(lambda c: budgets.capture(c, [Capture("1", "bakery", "bread", 1_000_001)]))
    first = month_of(clock.now)
    clock.now += 31 * DAY_MS
    write(lambda c: budgets.capture(c, [Capture("2", "bakery", "bread", 3), Capture("1", "bakery", "cake", EURO)]))
    write(lambda c: budgets.release(c, [Release("1", "bakery", "bread", EURO)]))
    before, now = stated(money, clock, first), stated(money, clock, month_of(clock.now))
    assert before == AdStatement(
        first, True, "EUR", 0, 20 * EURO, 0, 1_000_001, 20 * EURO - 1_000_001, [Spent("bread", 1_000_001)]
    )  # fmt: skip
    assert now == AdStatement(
        month_of(clock.now), False, "EUR", before.closing_micro, 0, 0, EURO + 3, before.closing_micro - EURO - 3,
        [Spent("cake", EURO), Spent("bread", 3)],
    )  # fmt: skip


def test_papers_are_drawn_the_same_each_time_and_say_that_they_are_no_invoice(shop: Shop) -> None:
    shop.money.receipts.ads.name_buyers(lambda _, __: BUYER)
    paid(shop, 1_250, "1")
    [one] = papers(shop.money)
    drawn = document_pdf(one, "fr")
    assert drawn == document_pdf(one, "fr")
    for text in (b"12,50 EUR", one.number.encode(), b"Corner Bakery", b"Flour & Sons", b"pas une facture"):
        assert text in drawn, text
    statement = AdStatement("2023-11", True, "EUR", 0, 20 * EURO, EURO, 1_000_001, 17_999_999, [
        Spent(f"c{number}", 1) for number in range(500)
    ])  # fmt: skip
    names = {"c0": "W" * 80, "c1": "<b>Żółć</b>"}
    drawn = statement_pdf(statement, names, Seller("Cadeau", "1 rue", ""), BUYER, "en")
    assert drawn.count(b"/Type /Page\n") == 1
    assert b"17.999999 EUR" in drawn
    assert b"470 more campaigns" in drawn


def test_addresses_are_cleaned_and_vat_numbers_checked(money: Money) -> None:
    for said in (AdBilling("x" * 301), AdBilling(vat_number="FR123")):
        with pytest.raises(Exception, match=r"characters|VAT|number"):
            bill(money, said)
    assert bill(money, AdBilling(" 1 rue \u202e ")).address == "1 rue"
    assert bill(money, AdBilling(vat_number="GR094259216", name=" Bakery & Co ", country="el")) == AdBilling(
        "", "EL094259216", "Bakery & Co", "GR"
    )
    assert msgspec.structs.asdict(bill(money, AdBilling())) == {
        "address": "", "vat_number": "", "name": "", "country": "",
    }  # fmt: skip
