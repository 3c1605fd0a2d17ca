"""A quarter's report is the ledger's VAT, by country and rate, with corrections of earlier quarters."""

from __future__ import annotations

import argparse
import csv
import io
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from core.errors import InvalidRequest, NotFound
from money.commands import COMMANDS
from money.part import Money
from money.tables import accounts, vat_lines
from money.vat import report
from money.vat.flags import Flags
from money.vat.report import QUARTERS_MAX, ROWS_MAX, Row
from tests.cores import core_over
from tests.money.conftest import HeldClock, brief
from tests.money.purchases.conftest import Shop
from tests.money.vat.conftest import Sell

OSS = pytest.mark.parametrize("vat", [{"vat_oss": True, "vat_local": "NO"}], indirect=True)
NEXT_QUARTER = int(datetime(2024, 2, 1, tzinfo=UTC).timestamp() * 1000)
EXCHANGE = {"USD": Fraction("0.9")}


def rows(shop: Shop, quarter: str) -> list[Row]:
    return shop.money.database.read(lambda c: report.rows_of(c, quarter))


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@OSS
def test_a_quarter_has_a_row_for_each_country_and_rate(shop: Shop, sell: Sell) -> None:
    for code in ("FR", "DE", "DE", "GR", "NO", "US"):
        sell(code, code)
    found = {(row.scheme, row.country): (row.rate, row.net_minor, row.vat_minor) for row in rows(shop, "2023Q4")}
    assert found == {
        ("home", "FR"): (2_000, 416, 83),
        ("oss", "DE"): (1_900, 838, 160),
        ("oss", "GR"): (2_400, 402, 97),
        ("local", "NO"): (2_500, 399, 100),
        ("outside", ""): (0, 499, 0),
    }


@OSS
def test_a_refund_in_a_later_quarter_corrects_the_earlier_one(shop: Shop, sell: Sell, clock: HeldClock) -> None:
    paid, _ = sell("DE", "DE")
    assert shop.refund(paid, 100) == "done"
    clock.now = NEXT_QUARTER
    sell("DE", "DE")
    assert shop.refund(paid) == "done"
    assert rows(shop, "2023Q4") == [Row("oss", "DE", 1_900, "USD", "", 499 - 100 - 64, 64)]
    later = rows(shop, "2024Q1")
    assert later == [
        Row("oss", "DE", 1_900, "USD", "", 419, 80),
        Row("oss", "DE", 1_900, "USD", "2023Q4", -(499 - 100 - 64), -64),
    ]
    assert shop.money.database.read(report.quarters) == ["2024Q1", "2023Q4"]
    text = report.oss_csv(later, "2024Q1", EXCHANGE)
    kinds = [(row["kind"], row["corrected_quarter"], row["vat_amount"]) for row in table(text)]
    assert kinds == [("supply", "", "0.80"), ("correction", "2023Q4", "-0.64")]


@OSS
def test_all_quarters_add_up_to_the_ledger(shop: Shop, sell: Sell, clock: HeldClock) -> None:
    for code in ("FR", "DE", "HU", "NO"):
        paid, _ = sell(code, code)
        clock.now += 86_400_000 * 40
        assert shop.refund(paid, 123) == "done"
    reported: dict[str, int] = {}
    for quarter in shop.money.database.read(report.quarters):
        for row in rows(shop, quarter):
            reported[row.country] = reported.get(row.country, 0) + row.vat_minor
    held = select(accounts.c.owner, accounts.c.balance).where(accounts.c.kind == "vat")
    assert reported == {row.owner: row.balance for row in shop.money.database.read(lambda c: c.execute(held).all())}


def test_a_return_is_in_euros_and_names_countries_as_portals_do() -> None:
    given = [
        Row("oss", "GR", 2_400, "USD", "", 40_200, 9_700),
        Row("oss", "FI", 2_550, "EUR", "", 1_000, 255),
        Row("home", "FR", 2_000, "JPY", "", 416, 83),
    ]
    oss = table(report.oss_csv(given, "2026Q4", {"USD": Fraction("0.9212")}))
    assert [(row["member_state"], row["rate_type"], row["rate_percent"]) for row in oss] == [
        ("EL", "STANDARD", "24"), ("FI", "STANDARD", "25.5")
    ]  # fmt: skip
    assert (oss[0]["taxable_amount_eur"], oss[0]["vat_amount_eur"]) == ("370.32", "89.36")
    assert (oss[0]["taxable_amount"], oss[0]["exchange_rate"], oss[0]["exchange_day"]) == (
        "402.00", "0.9212", "2026-12-31"
    )  # fmt: skip
    [home] = table(report.home_csv(given, "2026Q4", {"JPY": Fraction("0.006")}))
    assert (home["scheme"], home["taxable_amount"], home["taxable_amount_eur"]) == ("home", "416", "2.50")
    with pytest.raises(InvalidRequest, match=r"2026-12-31.*USD"):
        report.oss_csv(given, "2026Q4", {})


@pytest.mark.parametrize("wrong", ["USD", "USD=0", "usd=1", "USD=-1", "USD=1e9", "USD=9999999", "USD=1;EUR=2"])
def test_an_exchange_rate_is_checked(wrong: str) -> None:
    with pytest.raises(InvalidRequest):
        report.exchange_of(wrong)
    assert report.exchange_of(" USD=0.9212, GBP=1.13,") == {"USD": Fraction("0.9212"), "GBP": Fraction("1.13")}


@OSS
def test_commands_write_a_quarter_or_nothing(shop: Shop, sell: Sell, tmp_path: Path) -> None:
    sell("DE", "DE")
    sell("FR", "FR")
    core = core_over(shop.money.database, tmp_path)
    commands = {command.words: command.run for command in COMMANDS if command.words[0] == "vat"}
    for verb, country in (("oss", "DE"), ("home", "FR")):
        file = tmp_path / f"{verb}.csv"
        options = argparse.Namespace(quarter="2023Q4", file=str(file), exchange="")
        assert commands["vat", verb](core, options) == 2
        assert not file.exists()
        options.exchange = "USD=0.9"
        assert commands["vat", verb](core, options) == 0
        assert [row["member_state"] for row in table(file.read_text())] == [country]


@OSS
def test_a_flagged_sale_waits_until_somebody_has_looked(shop: Shop, sell: Sell, clock: HeldClock) -> None:
    paid, _ = sell("HU", "DE")
    sell("DE", "DE")
    flags, database = Flags(clock, brief), shop.money.database
    assert database.read(report.flagged) == 1
    [waiting] = database.read(lambda c: flags.page(c, reviewed=False, cursor="", limit=10)).items
    assert (waiting.purchase, waiting.address_country, waiting.card_country) == (paid.id, "HU", "DE")
    done = database.write(lambda c: flags.review(c, paid.id, "eve", "moved last month"))
    again = database.write(lambda c: flags.review(c, paid.id, "bob", "no"))
    assert (done.note, again.note) == ("moved last month", "moved last month")
    assert database.read(report.flagged) == 0
    assert database.read(lambda c: flags.page(c, reviewed=False, cursor="", limit=10)).items == []
    with pytest.raises(NotFound):
        database.write(lambda c: flags.review(c, "unknown", "eve", ""))


def test_a_quarter_with_too_many_rows_is_refused_instead_of_cut(money: Money) -> None:
    assert ROWS_MAX >= 27 * 4 * QUARTERS_MAX, "each country and some rates, in every quarter that may be corrected"
    line = {
        "purchase": "p", "kind": "sale", "scheme": "oss", "country": "DE", "currency": "USD", "net_minor": 0,
        "vat_minor": 0, "quarter": "2023Q4", "sale_quarter": "2023Q4", "at": 0,
    }  # fmt: skip
    lines = [{"transfer": f"t{rate}", "rate": rate, **line} for rate in range(ROWS_MAX + 1)]
    with money.database.engine.connect() as connection, connection.begin() as transaction:
        connection.execute(insert(vat_lines), lines[:-1])
        assert len(report.rows_of(connection, "2023Q4")) == ROWS_MAX
        connection.execute(insert(vat_lines), lines[-1:])
        with pytest.raises(InvalidRequest, match="more than"):
            report.rows_of(connection, "2023Q4")
        transaction.rollback()
