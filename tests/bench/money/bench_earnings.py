"""Measure the CPU time of a creator's earnings page after a million gifts: `python -m tests.bench earnings`.

The gifts really are given, through the ledger, over a year and in three rooms a day.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

import msgspec

from cadeau.migrations import migrate
from core.clock import system_clock
from core.database import Database
from core.settings import Settings
from money import part as money_part
from money.earnings import DAY_MS
from money.earnings.report import Period
from money.gifts import GiftOrder, GiftReceipt
from money.part import Money
from tests.bench.machine import machine
from tests.coins import add_coins
from tests.cores import core_over

GIFTS = 1_000_000
BATCH = 1_000
DAYS = 365
ROOMS_A_DAY = 3
GIVERS = 100
READS = 500
TARGET_P99_MS = 5.0
PERIODS: tuple[Period, ...] = (28, 365)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--gifts", type=int, default=GIFTS)
    given = options.parse_args()
    print(f"{machine()}; {given.gifts} gifts to one creator")
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        database = Database(f"sqlite:///{folder}/cadeau.db")
        migrate(database)
        settings = Settings(data_dir=Path(folder), spending_day_coins_max=10**9, spending_month_coins_max=10**9)
        core = core_over(database, Path(folder), settings=settings)
        money = money_part.open(core, brief=lambda _c, _ids: {}).api
        fill(money, given.gifts)
        for days in PERIODS:
            spent = sorted(read(money, days) for _ in range(READS))
            p50, p99 = spent[READS // 2], spent[READS * 99 // 100]
            print(f"report of {days} days: CPU p50 {p50:.2f} ms, p99 {p99:.2f} ms (target {TARGET_P99_MS:.0f} ms)")
        database.close()


def fill(money: Money, gifts: int) -> None:
    for n in range(GIVERS):
        money.database.write(lambda c: add_coins(c, f"p{n}", 10**9, f"g{n}"))  # noqa: B023
    now, began = system_clock(), time.monotonic()
    for start in range(0, gifts, BATCH):
        day = start * DAYS // gifts
        at = now - (DAYS - 1 - day) * DAY_MS
        orders = [
            GiftOrder(f"{n}", f"p{n % GIVERS}", "creator", "coffee", 1, f"r{day}-{n % ROOMS_A_DAY}", at)
            for n in range(start, min(gifts, start + BATCH))
        ]
        receipts = money.database.write(lambda c: money.gifts.give(c, orders))  # noqa: B023
        assert all(isinstance(receipt, GiftReceipt) for receipt in receipts)
    print(f"given in {time.monotonic() - began:.0f} s")


def read(money: Money, days: Period) -> float:
    """The CPU time of one report as the server makes it, in ms."""
    began = time.thread_time()
    report = money.database.read(lambda c: money.reports.report(c, "creator", days))
    msgspec.json.encode(report)
    return (time.thread_time() - began) * 1000


if __name__ == "__main__":
    main()
