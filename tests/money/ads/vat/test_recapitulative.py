"""The recapitulative statement: each business that owes the VAT itself, and how much it bought in the quarter."""

from __future__ import annotations

import argparse
import asyncio
import csv
import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.errors import InvalidRequest
from money.commands import COMMANDS
from money.vat import recapitulative
from money.vat.recapitulative import Customer, customers, recapitulative_csv
from tests.cores import core_over
from tests.money.ads.vat.conftest import AUSTRIAN, GERMAN, Bill, pay
from tests.money.conftest import HeldClock
from tests.money.purchases.conftest import Shop

GREEK = "EL094259216"
NEXT_QUARTER = int(datetime(2024, 2, 1, tzinfo=UTC).timestamp() * 1000)


def of(shop: Shop, quarter: str) -> list[Customer]:
    return shop.money.database.read(lambda c: customers(c, quarter))


def test_customers_are_summed_by_vat_number_and_corrected_later(
    shop: Shop, bill: Bill, clock: HeldClock, tmp_path: Path
) -> None:
    bill("DE", GERMAN)
    first = pay(shop, 1_000, "1", "DE")
    pay(shop, 2_000, "2", "DE")
    bill("GR", GREEK)
    pay(shop, 700, "3", "GR")
    bill("DE")
    pay(shop, 900, "4", "DE")
    clock.now = NEXT_QUARTER
    bill("AT", AUSTRIAN)
    pay(shop, 800, "5", "AT")
    asyncio.run(shop.purchases.pay_back("ada", "bakery", first.id, 400, "r"))
    shop.hear(first)
    assert of(shop, "2023Q4") == [Customer(GERMAN, "", 3_000), Customer(GREEK, "", 700)]
    assert of(shop, "2024Q1") == [Customer(AUSTRIAN, "", 800), Customer(GERMAN, "2023Q4", -400)]
    rows = list(csv.DictReader(io.StringIO(recapitulative_csv(of(shop, "2023Q4")))))
    assert [(row["member_state"], row["vat_number"], row["taxable_amount_eur"]) for row in rows] == [
        ("DE", GERMAN[2:], "30.00"), ("EL", GREEK[2:], "7.00")
    ]  # fmt: skip
    [command] = [one for one in COMMANDS if one.words == ("vat", "recapitulative")]
    written = tmp_path / "customers.csv"
    options = argparse.Namespace(quarter="2024Q1", file=str(written))
    assert command.run(core_over(shop.money.database, tmp_path), options) == 0
    assert written.read_text(encoding="utf-8").splitlines()[1:] == [
        f"AT,{AUSTRIAN[2:]},8.00,", f"DE,{GERMAN[2:]},-4.00,2023Q4"
    ]  # fmt: skip


def test_a_statement_leaves_nobody_out(shop: Shop, bill: Bill, monkeypatch: pytest.MonkeyPatch) -> None:
    bill("DE", GERMAN)
    pay(shop, 1_000, "1", "DE")
    bill("AT", AUSTRIAN)
    pay(shop, 1_000, "2", "AT")
    monkeypatch.setattr(recapitulative, "CUSTOMERS_MAX", 1)
    with pytest.raises(InvalidRequest):
        of(shop, "2023Q4")
