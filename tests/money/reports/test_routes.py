"""Statements, revenue and tax details over HTTP and by command, against a running server."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

import httpx
import pytest

from core.clock import system_clock
from money.reports.months import month_of
from tests.money.payouts.test_routes import ask, code, creator
from tests.money.tax.conftest import FORM
from tests.served import Person, Served

NOW = month_of(system_clock())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    settings = {"CADEAU_PAYOUTS": "sandbox", "CADEAU_TAX_FORM": "2500", "CADEAU_PAYOUT_AUTO_MINOR": "100000"}
    with Served(tmp_path_factory.mktemp("reports"), settings) as running:
        yield running


def admin(server: Served, role: str = "admin") -> Person:
    person = server.join()
    server.grant(person, role)
    return person


def table(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.headers["content-type"].startswith("text/csv")
    assert "attachment" in answer.headers["content-disposition"]
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_a_statement_is_ones_own_and_of_this_month_unless_another_is_named(server: Served) -> None:
    person = creator(server, 5_000)
    assert ask(person, 2_000).status_code == 201
    one = person.http.get("/api/earnings/statement").json()
    assert (one["month"], one["complete"], one["paid_out"]) == (NOW, False, 4_000)
    assert one["closing"]["payable"] == 1_000
    assert person.http.get(f"/api/earnings/statement?month={NOW}").json() == one
    assert person.http.get("/api/earnings/statement?month=2020-02").json()["complete"]
    rows = table(person.http.get("/api/earnings/statement.csv"))
    assert {row["name"]: row["amount"] for row in rows if row["part"] == "line"}["paid_out"] == "-4000"
    other = server.join().http.get("/api/earnings/statement").json()
    assert (other["earned"], other["closing"]) == (0, {"held": 0, "payable": 0, "debt": 0})


@pytest.mark.parametrize("month", ["2026", "2026-13", "2026-1", "x", "0000-01", "9999-12", "2026-11\n", "１２３４-01"])
def test_a_month_that_is_none_is_refused(server: Served, month: str) -> None:
    answer = server.join().http.get("/api/earnings/statement", params={"month": month})
    assert code(answer) == (400, "invalid_request")


@pytest.mark.parametrize("path", ["/api/admin/revenue", "/api/admin/revenue.csv", "/api/admin/tax"])
def test_only_admins_see_the_platforms_figures(server: Served, path: str) -> None:
    assert server.http.get(path).status_code == 401
    assert code(server.join().http.get(path)) == (403, "not_allowed")
    assert code(admin(server, "moderator").http.get(path)) == (403, "not_allowed")


def test_the_revenue_is_the_same_on_the_page_in_the_file_and_by_command(server: Served) -> None:
    server.join().buy_coins("coins-350")
    root = admin(server)
    months = root.http.get("/api/admin/revenue").json()["items"]
    assert (len(months), months[-1]["month"]) == (12, NOW)
    [usd] = [money for money in months[-1]["money"] if money["currency"] == "USD"]
    purchases = next(line["amount"] for line in usd["lines"] if line["name"] == "purchases")
    assert purchases >= 499
    rows = table(root.http.get(f"/api/admin/revenue.csv?month={NOW}"))
    found = next(row for row in rows if (row["month"], row["unit"], row["line"]) == (NOW, "USD", "purchases"))
    assert found["amount"] == f"{purchases / 100:.2f}"
    printed = server.run("money", "revenue", NOW, "--format", "csv")
    assert f"{NOW},USD,purchases,{found['amount']}" in printed.splitlines()
    assert "= kept" in server.run("money", "revenue", NOW)
    with pytest.raises(Exception, match="non-zero"):
        server.run("money", "revenue", "2026-13")


def test_tax_details_are_asked_for_from_the_sum_on_and_the_reports_have_them(server: Served) -> None:
    person, root = creator(server, 100_000), admin(server)
    first = ask(person, 2_000, "a").json()
    assert (first["state"], first["reason"]) == ("checked", "")
    assert person.http.get("/api/wallet/tax").json() == {"details": None, "needed": False, "from_minor": 2_500}
    waits = ask(person, 2_000, "b").json()
    assert (waits["state"], waits["reason"]) == ("requested", "tax_details")
    assert person.http.get("/api/wallet/tax").json()["needed"]
    listed = root.http.get("/api/admin/tax").json()["items"]
    assert person.id in [one["id"] for one in listed if one["waiting"] and not one["complete"]]
    assert code(person.http.put("/api/wallet/tax", json=FORM | {"tin": "3023217600054"})) == (400, "bad_tax_number")
    told = person.http.put("/api/wallet/tax", json=FORM | {"vat_number": "FR40303265045"}).json()
    assert (told["needed"], told["details"]["tin"]) == (False, "••• 053")
    assert person.id not in [one["id"] for one in root.http.get("/api/admin/tax").json()["items"]]
    young = server.join(birthdate="2010-01-01")
    assert code(young.http.put("/api/wallet/tax", json=FORM)) == (403, "adults_only")
    assert code(person.http.put("/api/wallet/tax", json=FORM | {"extra": 1})) == (400, "invalid_request")
    assert server.join().http.get("/api/wallet/tax").json()["details"] is None, "nobody sees another's"


def test_the_years_files_are_written_by_command(server: Served) -> None:
    for name in ("dac7", "us1099"):
        file = server.data_dir / f"{name}.csv"
        assert "rows written" in server.run("tax", name, NOW[:4], str(file))
        assert file.stat().st_mode & 0o777 == 0o600
        assert file.read_text().startswith("person,handle,state,reportable")
    with pytest.raises(Exception, match="non-zero"):
        server.run("tax", "dac7", "26", str(server.data_dir / "x"))
