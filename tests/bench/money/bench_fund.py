"""Measure a month of the creator fund: `python -m tests.bench fund`.

100,000 creators and 5 million qualified views on SQLite: closing (reading the views, their digest, all amounts,
writing what explains them), then posting every amount to the ledger. The sums must be exact.
"""

from __future__ import annotations

import argparse
import random
import resource
import tempfile
import time
from pathlib import Path

from sqlalchemy import Connection, func, select

from cadeau.migrations import migrate
from core.database import Database
from core.settings import Settings
from money.earnings import DAY_MS
from money.fund.fund import Fund, open_fund
from money.fund.periods import locked
from money.fund.views import _RECORD, hashed
from money.ledger import Ledger
from money.rates import Rates
from money.tables import accounts
from tests.bench.figure import figure, line
from tests.bench.machine import machine

CREATORS, VIEWS, VIEWER_VIEWS, VIDEOS_EACH = 100_000, 5_000_000, 25, 4
BEGIN, PERIOD = 1_704_067_200_000, "2024-01"
NOW = BEGIN + 32 * DAY_MS
POT = 10_000_000
TARGET_S, TARGET_MB = 60.0, 2_048.0
ROWS_IN_WRITE = 50_000


def fill(database: Database, creators: int, views: int) -> None:
    """A few creators are watched by very many, most by few; each viewer on several days."""
    database.write(lambda c: locked(c, PERIOD))
    draw, first = random.Random(1), BEGIN // DAY_MS
    rows: list[tuple[object, ...]] = []

    def write(connection: Connection) -> None:
        _RECORD.write(connection, rows)

    for viewer in sorted(hashed(b"k", f"v{number}") for number in range(views // VIEWER_VIEWS)):
        for _ in range(VIEWER_VIEWS):
            creator = f"creator{int(creators * draw.random() ** 2):014}"
            video = f"video{creator[-8:]}{draw.randrange(VIDEOS_EACH):07}"
            row = (PERIOD, viewer, first + draw.randrange(31), video, creator, draw.randrange(5_000, 60_000))
            rows.append((*row, draw.randrange(8)))
        if len(rows) >= ROWS_IN_WRITE:
            database.write(write)
            rows.clear()
    database.write(write)


def open_at(database: Database) -> Fund:
    settings = Settings(fund_creator_views=1, fund_creator_days=1)

    def clock() -> int:
        return NOW

    return open_fund(
        settings, database, clock, Ledger(), Rates.from_settings(settings, clock),
        joined=lambda _, people: dict.fromkeys(people, 0), followers=lambda _, people: dict.fromkeys(people, 50),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench fund", description=__doc__)
    parser.add_argument("--creators", type=int, default=CREATORS)
    parser.add_argument("--views", type=int, default=VIEWS)
    options = parser.parse_args()
    line("machine", machine())
    with tempfile.TemporaryDirectory(prefix="cadeau-bench-") as folder:
        database = Database(f"sqlite:///{Path(folder) / 'bench.db'}")
        migrate(database)
        fill(database, options.creators, options.views)
        fund = open_at(database)
        database.write(lambda c: fund.periods.fill(c, PERIOD, POT, "k", by="bench"))
        begin, cpu = time.perf_counter(), time.process_time()
        closed = fund.closing.close(PERIOD, "bench")
        closing, closing_cpu = time.perf_counter() - begin, time.process_time() - cpu
        figure("close", closing, "s", TARGET_S, more=f"  {closing_cpu:.0f} s of CPU; {closed.views:,} views")
        database.write(lambda c: fund.posting.review(c, PERIOD, "bench"))
        begin, cpu = time.perf_counter(), time.process_time()
        posted = fund.posting.post(PERIOD, "bench")
        posting, posting_cpu = time.perf_counter() - begin, time.process_time() - cpu
        paid = select(func.sum(accounts.c.balance), func.count()).where(accounts.c.kind == "payable")
        coins, creators = database.read(lambda c: c.execute(paid).one())
        assert coins + posted.carried == POT, (coins, posted)
        figure("post", posting, "s", TARGET_S, more=f"  {posting_cpu:.0f} s of CPU; {creators:,} creators, exact")
        figure("memory", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB", TARGET_MB)
        database.close()


if __name__ == "__main__":
    main()
