"""Other programs accept the exported journals and find the same balance of every account."""

from __future__ import annotations

import argparse
import asyncio
import csv
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
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


def bean_check(file: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "beancount.scripts.check", "--no-cache", str(file)],
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_bean_check_accepts_the_journal(core: Core, tmp_path: Path) -> None:
    checked = bean_check(exported(core, "beancount", tmp_path))
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", "")


def test_bean_check_compares_the_balance_of_every_account_with_its_own_sum(core: Core, tmp_path: Path) -> None:
    file = exported(core, "beancount", tmp_path)
    journal = file.read_text()
    last = [line for line in journal.splitlines() if " balance " in line]
    assert len(last) == core.database.read(lambda c: c.execute(select(func.count()).select_from(accounts)).scalar_one())
    for line in last[::5]:
        head, amount, unit = line.rsplit(" ", 2)
        file.write_text(journal.replace(line, f"{head} {Decimal(amount) + 1} {unit}"))
        checked = bean_check(file)
        assert checked.returncode == 1, line
        assert "Balance failed" in checked.stdout + checked.stderr


def test_beancount_computes_the_ledgers_balances_from_the_journal(core: Core, tmp_path: Path) -> None:
    """In a process of its own, without the balances that the journal ends with."""
    file = exported(core, "beancount", tmp_path)
    file.write_text("\n".join(line for line in file.read_text().splitlines() if " balance " not in line) + "\n")
    read = subprocess.run([sys.executable, "-c", _SUMS, str(file)], capture_output=True, text=True, check=True)
    posted, *sums = read.stdout.splitlines()
    rows = core.database.read(
        lambda c: c.execute(select(accounts.c.owner, accounts.c.kind, accounts.c.unit, accounts.c.balance)).all()
    )
    expected = {
        f"{account_name(Account(owner, kind, unit))} {commodity(unit)}": decimal(-balance, unit)
        for owner, kind, unit, balance in rows if balance
    }  # fmt: skip
    assert {name: Decimal(n) for name, _, n in (line.rpartition(" ") for line in sums) if Decimal(n)} == expected
    count = core.database.read(lambda c: c.execute(select(func.count()).select_from(transfers)).scalar_one())
    assert int(posted) == count


_SUMS = """
import collections, sys
from beancount import loader
from beancount.core.data import Transaction
entries, errors, _ = loader.load_file(sys.argv[1])
assert errors == [], errors
found = [entry for entry in entries if isinstance(entry, Transaction)]
sums = collections.Counter()
for posting in (posting for entry in found for posting in entry.postings):
    sums[f"{posting.account} {posting.units.currency}"] += posting.units.number
print(len(found))
for name, total in sums.items():
    print(name, total)
"""


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
