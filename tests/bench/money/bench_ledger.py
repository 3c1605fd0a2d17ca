"""Measure the gifts per second to one creator and their latency: `python -m tests.bench ledger`.

Gifts go through `Database.group`, as those of a room do, into SQLite on disk with synchronous=FULL, then into a
PostgreSQL on the same disk. A gift counts when its commit is on disk. The CPU time is that of this process, its givers
included, but not that of PostgreSQL. `--postgres URL` measures an empty database instead, `--only sqlite` no other.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop
from sqlalchemy import Connection, insert

from cadeau.migrations import migrate
from core.clock import system_clock
from core.database import Database, normalized
from core.errors import Refusal
from core.garbage import freeze_gc
from core.ids import new_id
from core.settings import Settings
from money import part as money_part
from money.earnings import DAY_MS
from money.gifts import GiftOrder, GiftReceipt
from money.ledger.accounts import MINT, wallet
from money.ledger.rules import Transfer
from money.part import Money
from money.tables import purchases
from tests.bench.figure import figure
from tests.bench.machine import machine
from tests.cores import core_over
from tests.services import postgres_service, postgres_url_of

SENDERS = 256
WALLETS = 10_000  # SENDERS of them give
COINS_EACH = 100_000_000
RATE = 1_000
TARGET_PER_S = 10_000
TARGET_P99_MS = 5.0
TARGET_POSTGRES = 0.8  # of SQLite's rate in the same run
GIFTS = ("rose", "rose", "rose", "heart", "coffee", "cake", "bouquet", "crown")

Give = Callable[[], Awaitable[None]]


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--seconds", type=float, default=5.0)
    options.add_argument("--only", choices=("sqlite", "postgresql"))
    options.add_argument("--postgres", default="", help="URL of an empty database")
    given = options.parse_args()
    print(f"{machine()}; {WALLETS} wallets, one creator")
    rates = {}
    with tempfile.TemporaryDirectory(dir=Path.cwd(), prefix=".bench-") as folder:
        if given.only != "postgresql" and not given.postgres:
            rates["sqlite"] = bench(f"sqlite:///{folder}/cadeau.db", Path(folder), given.seconds)
        if given.postgres:
            bench(normalized(given.postgres), Path(folder), given.seconds)
        elif given.only != "sqlite":
            with postgres_service(Path(folder), durable=True) as service:
                rates["postgresql"] = bench(normalized(postgres_url_of(service.port)), Path(folder), given.seconds)
    if len(rates) == 2:
        share = rates["postgresql"] / rates["sqlite"]
        figure("PostgreSQL", share, "of SQLite's gifts/s", TARGET_POSTGRES, at_least=True)


def bench(url: str, folder: Path, seconds: float) -> float:
    """Print the figures of a database. Returns its gifts per second."""
    database = Database(url)
    print(database.engine.dialect.name)
    migrate(database)
    settings = Settings(data_dir=folder, spending_day_coins_max=10**9, spending_month_coins_max=10**9)
    money = money_part.open(core_over(database, folder, settings=settings), brief=lambda _c, _ids: {}).api
    fill(money)
    freeze_gc()
    rate = uvloop.run(measure(money, seconds))
    findings = database.read(money.verify)
    print("the books are in order" if not findings else f"the books are NOT in order: {findings[:3]}")
    database.close()
    return rate


def fill(money: Money) -> None:
    """Wallets, as if their coins had been bought a year ago."""
    at = system_clock() - 365 * DAY_MS

    def buy(connection: Connection, names: list[str]) -> None:
        openings = [
            Transfer(
                f"purchase:{name}",
                "purchase",
                at,
                "",
                {MINT: -COINS_EACH, wallet(name): COINS_EACH},
                {"purchase": name},
            )
            for name in names
        ]
        money.ledger.post(connection, openings)
        rows = [
            {"id": name, "person": name, "pack": "", "coins": COINS_EACH, "price_minor": 0, "currency": "USD",
             "provider": "sandbox", "state": "paid", "key": "", "at": at, "settled_at": at}
            for name in names
        ]  # fmt: skip
        connection.execute(insert(purchases), rows)

    names = [giver(n) for n in range(WALLETS)]
    for start in range(0, WALLETS, 1_000):
        some = names[start : start + 1_000]
        money.database.write(lambda c: buy(c, some))  # noqa: B023


def giver(n: int) -> str:
    return f"{n:020d}"


async def measure(money: Money, seconds: float) -> float:
    group = money.database.group("gifts", money.gifts.give)
    chance = random.Random()
    creator, room = new_id(), new_id()

    async def give() -> None:
        sender = chance.randrange(SENDERS) * (WALLETS // SENDERS)
        key = f"{chance.getrandbits(128):032x}"
        order = GiftOrder(key, giver(sender), creator, chance.choice(GIFTS), 1, room, system_clock())
        receipt: GiftReceipt | Refusal = await group.post(order)
        assert isinstance(receipt, GiftReceipt), receipt

    await closed_loop(give, 0.5)  # warm up: prepared statements, caches
    times, wall, cpu = await closed_loop(give, seconds)
    rate = len(times) / wall
    report(f"{SENDERS} senders", times, wall, cpu, rate >= TARGET_PER_S)
    times, wall, cpu = await open_loop(give, seconds)
    report(f"open loop at {RATE}/s", times, wall, cpu, percentile(times, 99) < TARGET_P99_MS)
    return rate


async def closed_loop(give: Give, seconds: float) -> tuple[list[float], float, float]:
    """Closed loop: every sender sends its next gift as soon as the last one is acknowledged."""
    times: list[float] = []
    began, cpu = time.perf_counter(), time.process_time()

    async def sender() -> None:
        while time.perf_counter() - began < seconds:
            sent = time.perf_counter()
            await give()
            times.append(time.perf_counter() - sent)

    await asyncio.gather(*(sender() for _ in range(SENDERS)))
    return times, time.perf_counter() - began, time.process_time() - cpu


async def open_loop(give: Give, seconds: float) -> tuple[list[float], float, float]:
    """Open loop: send at random moments, acknowledged or not. A late start counts as latency."""
    times: list[float] = []
    chance = random.Random(11)
    began, cpu = time.perf_counter(), time.process_time()

    async def one(due: float) -> None:
        await give()
        times.append(time.perf_counter() - due)

    due = began
    async with asyncio.TaskGroup() as tasks:
        while (due := due + chance.expovariate(RATE)) < began + seconds:
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            tasks.create_task(one(due))
    return times, time.perf_counter() - began, time.process_time() - cpu


def percentile(times: list[float], percent: float) -> float:
    """In milliseconds."""
    return sorted(times)[min(len(times) - 1, int(len(times) * percent / 100))] * 1e3


def report(name: str, times: list[float], wall: float, cpu: float, met: bool) -> None:
    print(
        f"{name:24s} {len(times) / wall:8.0f} gifts/s  p50 {percentile(times, 50):6.2f} ms  "
        f"p99 {percentile(times, 99):6.2f} ms  CPU {cpu / len(times) * 1e6:5.1f} us/gift  "
        f"{'ok' if met else 'TARGET MISSED'}"
    )


if __name__ == "__main__":
    main()
