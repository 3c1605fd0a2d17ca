"""Other programs accept the exported journals and find the same balance of every account."""

from __future__ import annotations

import argparse
import asyncio
import csv
from decimal import Decimal
from pathlib import Path

import pytest
from beancount import loader
from beancount.core import realization
from beancount.core.data import Transaction
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import func, select

from core.core import Core
from core.database import Database
from money.commands import export_ledger
from money.gifts import GiftOrder
from money.ledger import Ledger
from money.ledger.accounts import wallet
from money.ledger.journals import FORMATS, account_name, commodity, decimal
from money.ledger.rules import Account, Transfer
from money.part import Money
from money.tables import accounts, entries, transfers
from tests.cores import core_over
from tests.money.conftest import START


@pytest.fixture
def core(database: Database, money: Money, tmp_path: Path) -> Core:
    """Books with a purchase, bonus coins, gifts, and people and keys whose names are meant to break a journal."""
    asyncio.run(money.purchases.buy("ada", "coins-350", "k"))
    database.write(lambda c: money.grant(c, "ada", 40, 'a "quoted" \\ key\n; |', "welcome"))
    for n in range(5):
        order = GiftOrder(f"k{n}", "ada", "bob", "cake", 1, "room", START + n)
        database.write(lambda c: money.gifts.give(c, [order]))  # noqa: B023
    moved = {wallet("ada"): -1, wallet("Zoë :;\n  x"): 1}
    odd = Transfer("odd\n2000-01-01 open Assets:X", "other", START, "", moved, {})
    yen = Transfer(
        "yen", "other", START, "", {Account("s", "provider", "JPY"): -70, Account("platform", "cash", "JPY"): 70}, {}
    )
    database.write(lambda c: Ledger().post(c, [odd, yen]))
    return core_over(database, tmp_path)


def exported(core: Core, kind: str, tmp_path: Path) -> Path:
    file = tmp_path / f"journal.{kind}"
    assert export_ledger(core, argparse.Namespace(format=kind, file=str(file))) == 0
    assert file.stat().st_mode & 0o077 == 0, "nobody else may read it"
    return file


def test_beancount_accepts_the_journal_and_agrees_with_every_balance(core: Core, tmp_path: Path) -> None:
    found, errors, _ = loader.load_file(str(exported(core, "beancount", tmp_path)))
    assert errors == []
    rows = core.database.read(
        lambda c: c.execute(select(accounts.c.owner, accounts.c.kind, accounts.c.unit, accounts.c.balance)).all()
    )
    tree = realization.realize(found)  # type: ignore[no-untyped-call]
    for owner, kind, unit, balance in rows:
        account = realization.get(tree, account_name(Account(owner, kind, unit)))  # type: ignore[no-untyped-call]
        held = account.balance.get_currency_units(commodity(unit)).number
        assert held == decimal(-balance, unit), (owner, kind, unit)
    posted = core.database.read(lambda c: c.execute(select(func.count()).select_from(transfers)).scalar_one())
    assert sum(isinstance(entry, Transaction) for entry in found) == posted


def test_csv_has_a_line_for_each_entry_in_the_ledgers_own_signs(core: Core, tmp_path: Path) -> None:
    with exported(core, "csv", tmp_path).open(newline="") as file:
        lines = list(csv.DictReader(file))
    count = core.database.read(lambda c: c.execute(select(func.count()).select_from(entries)).scalar_one())
    assert len(lines) == count
    assert [line["amount"] for line in lines if (line["owner"], line["account"]) == ("ada", "bonus")][:2] == [
        "40",
        "-30",
    ]


def test_an_hledger_journal_has_two_balanced_postings_or_more_for_each_transfer(core: Core, tmp_path: Path) -> None:
    blocks = exported(core, "hledger", tmp_path).read_text().strip().split("\n\n")
    for block in blocks:
        head, *postings = block.split("\n")
        assert head[:4].isdigit()
        assert len(postings) >= 2
        sums: dict[str, Decimal] = {}
        for posting in postings:
            _, amount, unit = posting.strip().rsplit(" ", 2)
            sums[unit] = sums.get(unit, Decimal()) + Decimal(amount)
        assert not any(sums.values())


@given(st.text(min_size=1, max_size=20), st.text(min_size=1, max_size=20))
def test_two_owners_never_share_a_name(one: str, other: str) -> None:
    assert (account_name(wallet(one)) == account_name(wallet(other))) == (one == other)


def test_nothing_is_left_of_an_export_that_fails(core: Core, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> list[str]:
        raise OSError("no space left on device")

    monkeypatch.setitem(FORMATS, "csv", broken)
    with pytest.raises(OSError, match="space"):
        export_ledger(core, argparse.Namespace(format="csv", file=str(tmp_path / "out")))
    assert not list(tmp_path.glob("out*"))
