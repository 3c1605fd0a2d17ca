"""Sums by month are the ledger's own, whenever and however often they are brought up to date."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text

from money.part import Money
from money.reports import sums as module
from money.reports.sums import Sums, all_sums, sums_of
from tests.coins import add_coins
from tests.money.reports.conftest import Winter

FOREVER = "9998-12"


def grouped(winter: Winter, owner: str = "") -> Counter[tuple[str, str, str, str, str]]:
    counted: Counter[tuple[str, str, str, str, str]] = Counter()
    for one in winter.entries:
        if not owner or one.owner == owner:
            counted[one.account, one.unit, one.month, one.what, "in" if one.amount > 0 else "out"] += abs(one.amount)
    return +counted


def reported(winter: Winter, owner: str = "") -> Counter[tuple[str, str, str, str, str]]:
    database = winter.world.database
    found = database.read(lambda c: sums_of(c, owner, FOREVER) if owner else all_sums(c, FOREVER))
    counted: Counter[tuple[str, str, str, str, str]] = Counter()
    for one in found:
        counted[one.account, one.unit, one.month, one.kind, "in"] += one.received
        counted[one.account, one.unit, one.month, one.kind, "out"] += one.paid
    return +counted


def test_all_sums_are_those_of_the_entries(winter: Winter) -> None:
    winter.world.money.sums.bring_up_all()
    assert reported(winter) == grouped(winter)
    winter.world.money.sums.bring_up_all()
    assert reported(winter) == grouped(winter), "again changes nothing"


def test_in_small_portions_and_for_one_person_they_are_the_same(
    winter: Winter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ENTRIES_AT_ONCE_MAX", 7)
    monkeypatch.setattr(module, "ACCOUNTS_AT_ONCE", 3)
    winter.world.money.sums.bring_up("bob")
    assert reported(winter, "bob") == grouped(winter, "bob")
    winter.world.money.sums.bring_up_all()
    assert reported(winter) == grouped(winter)


def test_parallel_readers_sum_nothing_twice(winter: Winter) -> None:
    sums = Sums(winter.world.database)
    with ThreadPoolExecutor(6) as people:
        list(people.map(lambda _: sums.bring_up_all(), range(6)))
    assert reported(winter) == grouped(winter)


def test_verify_notices_a_sum_that_was_altered(money: Money) -> None:
    money.database.write(lambda c: add_coins(c, "ada", 10, "k"))
    money.sums.bring_up("ada")
    money.database.write(lambda c: c.execute(text("UPDATE month_sums SET received = received + 1")))
    assert [finding.rule for finding in money.database.read(money.verify)] == ["months_are_the_sums_of_their_entries"]
    money.database.write(lambda c: c.execute(text("UPDATE month_sums SET received = received - 1")))
