"""VAT comes on top of what an advertiser pays in, by the terms that were shown, and goes back with the money."""

from __future__ import annotations

import asyncio

import pytest

from core.errors import IdempotencyKeyReused
from money.ads import Reserve
from money.ads.documents import DocumentVat
from money.ads.pdf import document_pdf, statement_pdf
from money.ads.statement import ad_statement
from money.ads.top_ups import NEW_MINOR_MAX, ad_balance_of, top_ups
from money.errors import NotRefundable, TopUpAmount, TopUpTotalChanged
from money.ledger.accounts import AD_CURRENCY, MICRO_PER_MINOR, ad_balance, cash, provider, vat
from money.providers import Purchase
from money.reports.months import month_of
from money.vat import report
from money.vat.report import Row
from money.vat.terms import Seller
from tests.money.ads.vat.conftest import AUSTRIAN, GERMAN, Bill, papers, pay, sale_of
from tests.money.conftest import HeldClock
from tests.money.purchases.conftest import Shop

EURO = 1_000_000
FEW = pytest.mark.parametrize("vat", [{"vat_oss": False}], indirect=True)
NORWEGIAN = pytest.mark.parametrize("vat", [{"vat_local": "NO"}], indirect=True)
UNTAXED = pytest.mark.parametrize("vat", [{"vat_home": "", "vat_oss": False}], indirect=True)


def give_back(shop: Shop, purchase: Purchase, cents: int, key: str) -> None:
    asyncio.run(shop.purchases.pay_back("ada", "bakery", purchase.id, cents, key))
    shop.hear(purchase)


def refundable(shop: Shop) -> int:
    return shop.money.database.read(lambda c: top_ups(c, "bakery", "", 10)).items[0].refundable_minor


@pytest.mark.parametrize(
    ("country", "number", "scheme", "taxed_in", "rate", "vat_minor"),
    [
        ("FR", "", "home", "FR", 2_000, 2_000),
        ("FR", "FR40303265045", "home", "FR", 2_000, 2_000),
        ("DE", "", "oss", "DE", 1_900, 1_900),
        ("DE", GERMAN, "reverse", "", 0, 0),
        ("AT", GERMAN, "oss", "AT", 2_000, 2_000),
        ("US", "", "outside", "", 0, 0),
        ("US", GERMAN, "outside", "", 0, 0),
        ("", "", "home", "FR", 2_000, 2_000),
        ("MC", "", "home", "FR", 2_000, 2_000),
    ],
)
def test_the_vat_is_that_of_the_business_and_comes_on_top(
    shop: Shop, bill: Bill, country: str, number: str, scheme: str, taxed_in: str, rate: int, vat_minor: int
) -> None:
    bill(country, number)
    quote = shop.money.database.read(
        lambda c: shop.money.receipts.ad_vat.quote(c, "bakery", 10_000, shop.clock.now)
    )  # fmt: skip
    assert (quote.scheme, quote.country, quote.rate) == (scheme, taxed_in, rate)
    assert (quote.net_minor, quote.vat_minor, quote.total_minor) == (10_000, vat_minor, 10_000 + vat_minor)
    paid = pay(shop)
    assert (paid.price_minor, paid.coins) == (quote.total_minor, 10_000 * MICRO_PER_MINOR)
    sale = sale_of(shop, paid)
    assert sale is not None
    assert (sale.scheme, sale.country, sale.rate, sale.vat_minor) == (scheme, taxed_in, rate, vat_minor)
    assert shop.balance(ad_balance("bakery")) == 100 * EURO
    assert shop.balance(cash(AD_CURRENCY)) == 10_000
    assert shop.balance(provider("stripe", AD_CURRENCY)) == -quote.total_minor
    if taxed_in:
        assert shop.balance(vat(taxed_in, AD_CURRENCY)) == vat_minor


@FEW
def test_few_sales_to_consumers_abroad_bear_the_home_rate(shop: Shop, bill: Bill) -> None:
    bill("DE")
    sale = sale_of(shop, pay(shop, card="DE"))
    assert sale is not None
    assert (sale.scheme, sale.country, sale.rate) == ("home_abroad", "FR", 2_000)
    [year] = shop.money.database.read(report.years)
    assert year.abroad_eur_cents == 10_000
    bill("DE", GERMAN)
    assert pay(shop, key="2", card="DE").price_minor == 10_000
    [year] = shop.money.database.read(report.years)
    assert year.abroad_eur_cents == 10_000, "businesses that owe the VAT themselves count towards no limit"


@NORWEGIAN
def test_a_country_of_an_own_registration_has_its_rate(shop: Shop, bill: Bill) -> None:
    bill("NO")
    sale = sale_of(shop, pay(shop, card="NO"))
    assert sale is not None
    assert (sale.scheme, sale.vat_minor) == ("local", 2_500)


def test_a_vat_number_counts_only_with_an_address(shop: Shop, bill: Bill) -> None:
    bill("DE", GERMAN, address="")
    sale = sale_of(shop, pay(shop))
    assert sale is not None
    assert sale.scheme == "oss"


@UNTAXED
def test_where_there_is_no_vat_nothing_changes(shop: Shop, bill: Bill) -> None:
    bill("DE", GERMAN)
    paid = pay(shop)
    assert (paid.price_minor, sale_of(shop, paid)) == (10_000, None)
    [one] = papers(shop)
    assert one.content.vat is None
    assert b"not a tax invoice" in document_pdf(one, "en")
    quote = shop.money.database.read(lambda c: shop.money.receipts.ad_vat.quote_in(c, "DE", 700, shop.clock.now))
    assert (quote.scheme, quote.total_minor) == ("none", 700)
    give_back(shop, paid, 10_000, "r")
    assert shop.balance(ad_balance("bakery")) == 0


def test_the_total_that_was_shown_is_the_total_that_is_charged(shop: Shop, bill: Bill) -> None:
    bill("DE")

    def begin(total: int | None, cents: int = 1_000) -> Purchase:
        return asyncio.run(shop.purchases.pay_in("ada", "bakery", cents, "k", total))

    with pytest.raises(TopUpTotalChanged):
        begin(1_200)
    opened = begin(1_190)
    bill("FR")
    assert begin(1_190) == begin(None) == opened, "a repeated key resumes, whatever has changed"
    for total, cents in ((1_200, 1_000), (None, 1_190)):
        with pytest.raises(IdempotencyKeyReused):
            begin(total, cents)
    bill("DE", GERMAN)
    shop.server.pay(opened.id)
    sale = sale_of(shop, shop.hear(opened))
    assert sale is not None
    assert (sale.scheme, sale.vat_minor) == ("oss", 190)
    [invoice] = papers(shop)
    assert (invoice.content.buyer.country, invoice.content.buyer.vat_number) == ("DE", ""), "as it was agreed"


def test_an_invoice_names_the_business_and_the_vat(shop: Shop, bill: Bill) -> None:
    bill("DE")
    pay(shop, card="DE")
    bill("AT", AUSTRIAN)
    pay(shop, 5_000, "2")
    taxed, reverse = papers(shop)
    assert taxed.content.vat == DocumentVat("oss", "DE", 1_900, 10_000, 1_900)
    assert (taxed.content.amount_minor, taxed.content.buyer.name) == (11_900, "Bakery & Co")
    drawn = document_pdf(taxed, "en")
    for said in (b"Invoice for advertising", b"100.00 EUR", b"VAT 19% \\(DE\\)", b"19.00 EUR", b"119.00 EUR"):
        assert said in drawn, said
    assert b"not a tax invoice" not in drawn
    drawn = document_pdf(reverse, "fr")
    for said in (b"Facture", b"Autoliquidation", AUSTRIAN.encode(), b"50,00 EUR"):
        assert said in drawn, said
    assert reverse.content.vat == DocumentVat("reverse", "", 0, 5_000, 0)


def test_what_goes_back_takes_its_vat_with_it(shop: Shop, bill: Bill) -> None:
    bill("DE")
    paid = pay(shop, card="DE")
    assert refundable(shop) == 11_900
    give_back(shop, paid, 1_000, "r1")
    assert shop.balance(ad_balance("bakery")) == 91_590_000, "10.00 less 1.59 of VAT"
    assert shop.balance(vat("DE", AD_CURRENCY)) == 1_900 - 159
    bill("FR")
    give_back(shop, paid, refundable(shop), "r2")
    assert (shop.now(paid).state, shop.balance(ad_balance("bakery"))) == ("refunded", 0)
    assert (shop.balance(cash(AD_CURRENCY)), shop.balance(vat("DE", AD_CURRENCY))) == (0, 0)
    invoice, *notes = papers(shop)
    assert [(one.content.amount_minor, one.content.vat) for one in notes] == [
        (1_000, DocumentVat("oss", "DE", 1_900, 841, 159)), (10_900, DocumentVat("oss", "DE", 1_900, 9_159, 1_741)),
    ]  # fmt: skip
    assert {one.corrects for one in notes} == {invoice.number}
    assert {one.content.buyer.country for one in notes} == {"DE"}


def test_only_what_is_not_spent_goes_back_with_its_part_of_the_vat(shop: Shop, bill: Bill) -> None:
    bill("FR")
    paid = pay(shop)
    held = Reserve("1", "bakery", "spring", 60 * EURO, 60 * EURO)
    shop.money.database.write(lambda c: shop.money.ad_budgets.reserve(c, [held]))
    assert refundable(shop) == 4_800
    with pytest.raises(NotRefundable):
        give_back(shop, paid, 4_801, "r")
    give_back(shop, paid, 4_800, "s")
    assert (shop.balance(ad_balance("bakery")), refundable(shop)) == (0, 0)
    with pytest.raises(NotRefundable):
        give_back(shop, paid, 1, "t")


@pytest.mark.parametrize("parts", [[1] * 40, [333, 1, 2, 3], [1_189]])
def test_refunds_in_any_parts_leave_neither_money_nor_vat(shop: Shop, bill: Bill, parts: list[int]) -> None:
    bill("DE")
    paid = pay(shop, 1_000)
    for number, part in enumerate(parts):
        give_back(shop, paid, part, f"p{number}")
        taken = shop.balance(cash(AD_CURRENCY)) * MICRO_PER_MINOR
        assert shop.balance(ad_balance("bakery")) == taken, "the balance and our cash go together, to the cent"
    left = refundable(shop)
    if left:
        give_back(shop, paid, left, "rest")
    else:  # a cent of VAT, which has no money beside it: for admins
        assert shop.refund(paid) == "done"
    assert (shop.now(paid).state, shop.balance(ad_balance("bakery"))) == ("refunded", 0)
    assert (shop.balance(cash(AD_CURRENCY)), shop.balance(vat("DE", AD_CURRENCY))) == (0, 0)


def test_a_dispute_takes_the_vat_back_and_a_won_one_owes_it_again(shop: Shop, bill: Bill) -> None:
    bill("FR")
    first, second = pay(shop), pay(shop, key="2")
    won, lost = shop.server.dispute(first.id), shop.server.dispute(second.id)
    for one in (first, second):
        shop.hear(one)
    assert (shop.balance(vat("FR", AD_CURRENCY)), shop.balance(ad_balance("bakery"))) == (0, 0)
    shop.server.decide(won, "won")
    shop.server.decide(lost, "lost")
    for one in (first, second):
        shop.hear(one)
    assert (shop.balance(vat("FR", AD_CURRENCY)), shop.balance(ad_balance("bakery"))) == (2_000, 100 * EURO)
    [note] = [one for one in papers(shop) if one.kind == "credit_note"]
    assert (note.purchase, note.content.vat) == (second.id, DocumentVat("home", "FR", 2_000, 10_000, 2_000))


@pytest.mark.parametrize(
    ("country", "number", "card", "flag"),
    [
        ("DE", GERMAN, "DE", ""), ("DE", GERMAN, None, ""), ("DE", GERMAN, "FR", "conflict"), ("DE", "", "DE", ""),
        ("US", "", "FR", "conflict"), ("", "", "FR", ""), ("", "", None, "no_proof"),
    ],
)  # fmt: skip
def test_a_card_of_another_country_is_looked_at(
    shop: Shop, bill: Bill, country: str, number: str, card: str | None, flag: str
) -> None:
    bill(country, number)
    sale = sale_of(shop, pay(shop, card=card))
    assert sale is not None
    assert sale.flag == flag


def test_reports_and_statements_have_the_vat_of_ads(shop: Shop, bill: Bill, clock: HeldClock) -> None:
    bill("DE")
    paid = pay(shop, card="DE")
    bill("DE", GERMAN)
    pay(shop, 5_000, "2", card="DE")
    give_back(shop, paid, 1_190, "r")
    rows = shop.money.database.read(lambda c: report.rows_of(c, "2023Q4"))
    assert rows == [
        Row("oss", "DE", 1_900, "EUR", "", 9_000, 1_710), Row("reverse", "", 0, "EUR", "", 5_000, 0)
    ]  # fmt: skip
    month = shop.money.database.read(lambda c: ad_statement(c, clock, "bakery", month_of(clock.now)))
    assert (month.paid_in_micro, month.returned_micro, month.vat_minor) == (150 * EURO, 10 * EURO, 1_710)
    drawn = statement_pdf(month, {}, Seller("Cadeau", "", ""), papers(shop)[0].content.buyer, "en")
    assert b"17.10 EUR" in drawn


def test_limits_are_of_the_amount_without_the_vat(shop: Shop, bill: Bill, clock: HeldClock) -> None:
    bill("FR")
    paid = pay(shop, NEW_MINOR_MAX)
    assert paid.price_minor == NEW_MINOR_MAX * 120 // 100
    with pytest.raises(TopUpAmount):
        pay(shop, 500, "2")
    give_back(shop, paid, 600, "r")
    held = shop.money.database.read(lambda c: ad_balance_of(c, "bakery", clock.now))
    assert held.top_up_minor_max == 500
