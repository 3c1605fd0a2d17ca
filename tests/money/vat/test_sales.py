"""What a sale bears is decided when it is paid, posted with it, and goes back with its money."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import Connection, delete, insert, select, update

from core.database.proofs import findings
from money.ledger.accounts import cash
from money.ledger.accounts import vat as vat_account
from money.tables import receipts, sales_years, vat_lines, vat_sales
from money.vat.proofs import PROOFS
from money.vat.rules import HOME_RATE_EUR_CENTS, ONE_PROOF_EUR_CENTS
from tests.money.conftest import HeldClock
from tests.money.purchases.conftest import Shop
from tests.money.vat.conftest import Sell

OSS = pytest.mark.parametrize("vat", [{"vat_oss": True}], indirect=True)


def turn_over(shop: Shop, clock: HeldClock, cents: int, *, years_ago: int = 0) -> None:
    """So much was sold abroad in a year."""
    year = datetime.fromtimestamp(clock.now / 1000, UTC).year - years_ago
    row = {"year": year, "receipts": 0, "credit_notes": 0, "abroad_eur_cents": cents}
    shop.money.database.write(lambda c: c.execute(insert(sales_years).values(row)))


def test_a_sale_at_home_splits_the_price(shop: Shop, sell: Sell) -> None:
    paid, sale = sell("FR", "FR")
    assert (sale.scheme, sale.country, sale.rate, sale.vat_minor, sale.flag) == ("home", "FR", 2_000, 83, "")
    assert (shop.balance(cash("USD")), shop.balance(vat_account("FR", "USD"))) == (416, 83)
    assert (paid.country, paid.card_country) == ("FR", "FR")


@OSS
def test_the_rate_is_that_of_the_buyers_country(shop: Shop, sell: Sell) -> None:
    rates = {code: sell(code, code)[1].rate for code in ("FR", "DE", "FI", "HU", "US")}
    assert rates == {"FR": 2_000, "DE": 1_900, "FI": 2_550, "HU": 2_700, "US": 0}
    assert shop.balance(vat_account("FI", "USD")) == 101
    assert shop.balance(vat_account("HU", "USD")) == 106


def test_the_home_rate_ends_with_the_sale_that_passes_its_limit(shop: Shop, sell: Sell, clock: HeldClock) -> None:
    net = round((499 - 83) * 0.9)
    turn_over(shop, clock, HOME_RATE_EUR_CENTS - net)
    assert sell("DE", "DE")[1].scheme == "home_abroad"
    assert sell("DE", "DE")[1].scheme == "oss"
    assert sell("FR", "FR")[1].scheme == "home"


def test_last_years_turnover_ends_the_home_rate_too(shop: Shop, sell: Sell, clock: HeldClock) -> None:
    turn_over(shop, clock, HOME_RATE_EUR_CENTS + 1, years_ago=1)
    assert sell("DE", "DE")[1].scheme == "oss"


@pytest.mark.parametrize("vat", [{"exchange_rates": ""}], indirect=True)
def test_without_a_price_of_the_euro_both_limits_count_as_passed(sell: Sell) -> None:
    assert sell("DE", "DE")[1].scheme == "oss"
    assert sell("DE", None)[1].flag == "one_proof"


@OSS
def test_proofs_that_differ_are_flagged_and_the_cards_counts(shop: Shop, sell: Sell, clock: HeldClock) -> None:
    _, sale = sell("HU", "DE")
    assert (sale.flag, sale.country, sale.buyer_country) == ("conflict", "DE", "DE")
    assert sell("DE", None)[1].flag == ""
    shop.money.database.write(lambda c: c.execute(update(sales_years).values(abroad_eur_cents=ONE_PROOF_EUR_CENTS)))
    _, sale = sell("HU", "DE")
    assert (sale.flag, sale.country) == ("conflict", "HU"), "the higher one, when two proofs are needed"
    assert sell("DE", None)[1].flag == "one_proof"
    assert sell(None, None)[1].flag == "no_proof"


@pytest.mark.parametrize("vat", [{"vat_home": "CH"}], indirect=True)
def test_a_platform_outside_the_eu_always_needs_two_proofs(sell: Sell) -> None:
    assert [sell("DE", card)[1].flag for card in ("DE", None)] == ["", "one_proof"]
    assert sell("CH", "CH")[1].rate == 810


@OSS
def test_a_sale_keeps_its_rate_when_the_settings_change(shop: Shop, sell: Sell) -> None:
    paid, sale = sell("DE", "DE")
    terms = shop.money.receipts.sales.terms
    assert isinstance(terms.rates, dict)
    terms.rates["DE"] = 2_500
    assert sell("DE", "DE")[1].rate == 2_500
    assert shop.refund(paid) == "done"
    assert shop.balance(vat_account("DE", "USD")) == 100
    assert sale.rate == 1_900


@OSS
def test_refunds_in_any_order_give_back_exactly_the_vat(shop: Shop, sell: Sell) -> None:
    chance = random.Random(7)
    for _ in range(4):
        paid, _ = sell("HU", "HU")
        left = 499
        while left:
            part = chance.randint(1, min(left, 200))
            assert shop.refund(paid, part) == "done"
            left -= part
        assert (shop.balance(cash("USD")), shop.balance(vat_account("HU", "USD"))) == (0, 0)


@OSS
def test_a_dispute_takes_the_vat_and_a_won_one_brings_it_back(shop: Shop, sell: Sell) -> None:
    paid, sale = sell("FI", "FI")
    assert shop.refund(paid, 100) == "done"
    held = shop.balance(cash("USD")), shop.balance(vat_account("FI", "USD"))
    dispute = shop.server.dispute(paid.id, amount=600)
    shop.hear(paid)
    assert (shop.balance(cash("USD")), shop.balance(vat_account("FI", "USD"))) == (0, 0)
    shop.server.decide(dispute, "won")
    shop.hear(paid)
    assert (shop.balance(cash("USD")), shop.balance(vat_account("FI", "USD"))) == held
    assert sale.vat_minor == 101


def test_a_purchase_from_before_bears_no_vat_and_its_refund_touches_none(shop: Shop, sell: Sell) -> None:
    sales = shop.money.receipts.sales
    now, sales.terms = sales.terms, replace(sales.terms, home="")
    paid, _ = sell("FR", "FR")
    sales.terms = now

    def from_before(connection: Connection) -> None:
        for table in (vat_sales, vat_lines, receipts, sales_years):
            connection.execute(delete(table))

    shop.money.database.write(from_before)
    assert shop.refund(paid, 100) == "done"
    assert (shop.balance(vat_account("FR", "USD")), shop.balance(cash("USD"))) == (0, 399)
    assert shop.money.database.read(lambda c: c.execute(select(receipts)).all()) == []


@pytest.mark.parametrize("vat", [{"vat_home": ""}], indirect=True)
def test_a_platform_without_a_home_charges_none(shop: Shop, sell: Sell) -> None:
    paid, sale = sell("DE", "HU")
    assert (sale.scheme, sale.country, sale.vat_minor, sale.flag) == ("none", "", 0, "")
    assert shop.balance(cash("USD")) == 499
    assert shop.refund(paid) == "done"


ALTERED = [
    ("vat_line_is_what_was_posted", lambda: update(vat_lines).values(vat_minor=vat_lines.c.vat_minor + 1)),
    ("net_line_is_what_was_posted", lambda: update(vat_lines).values(net_minor=vat_lines.c.net_minor - 1)),
    ("vat_is_the_sum_of_its_lines", lambda: delete(vat_lines)),
    ("vat_of_a_sale_goes_back_with_its_money", lambda: update(vat_sales).values(vat_minor=1)),
    ("sale_is_its_purchase", lambda: update(vat_sales).values(gross_minor=1_000)),
    ("sale_has_its_receipt", lambda: delete(receipts)),
    ("receipts_have_no_gaps", lambda: update(receipts).values(sequence=receipts.c.sequence + 1)),
    ("receipts_are_as_many_as_were_numbered", lambda: update(sales_years).values(receipts=2)),
]


@pytest.mark.parametrize(("rule", "alter"), ALTERED, ids=[rule for rule, _ in ALTERED])
def test_verify_names_what_was_altered_by_hand(shop: Shop, sell: Sell, rule: str, alter: Callable[[], Any]) -> None:
    sell("FR", "FR")
    with shop.money.database.engine.connect() as connection, connection.begin() as transaction:
        connection.execute(alter())
        found = list(findings(connection, PROOFS))
        transaction.rollback()
    assert rule in {finding.rule for finding in found}
