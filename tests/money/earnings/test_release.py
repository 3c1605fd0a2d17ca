"""A creator's share is pending for the hold period, then payable: never early, twice or for the wrong day."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from core.database import Database
from core.errors import Refusal
from core.jobs import Jobs
from core.part import Part
from money.earnings import DAY_MS, RELEASE_BATCH_MAX, RELEASE_GRACE_MS, day_name
from money.gifts import GiftOrder, GiftReceipt
from money.part import Money
from tests.coins import add_coins
from tests.money.conftest import START, HeldClock

RELEASE = "money.release_earnings"
HOLD = 7 * DAY_MS
MIDNIGHT = (START // DAY_MS + 1) * DAY_MS  # the end of the day the tests start on
DUE = MIDNIGHT + HOLD + RELEASE_GRACE_MS


@pytest.fixture(autouse=True)
def coins(money: Money) -> None:
    money.database.write(lambda c: add_coins(c, "ada", 1_000_000, "start"))


def give(money: Money, key: str, at: int, creator: str = "bob", count: int = 1) -> None:
    order = GiftOrder(key=key, giver="ada", creator=creator, gift="coffee", count=count, room="room", at=at)
    [receipt] = money.database.write(lambda c: money.gifts.give(c, [order]))
    assert isinstance(receipt, GiftReceipt)


def release(money: Money) -> int:
    return money.database.write(money.earnings.release)


def held(money: Money, person: str = "bob") -> tuple[int, int]:
    earnings = money.database.read(lambda c: money.wallets.wallet(c, person)).earnings
    return earnings.pending, earnings.payable


def test_a_day_is_released_only_after_its_hold_period(money: Money, clock: HeldClock) -> None:
    give(money, "first", START)
    give(money, "last of the day", MIDNIGHT - 1)
    give(money, "next day", MIDNIGHT)
    clock.now = DUE - 1
    assert release(money) == 0
    assert held(money) == (18, 0)
    clock.now = DUE
    assert release(money) == 1
    assert held(money) == (6, 12)
    clock.now = DUE + DAY_MS
    assert release(money) == 1
    assert held(money) == (0, 18)


def test_a_late_run_releases_every_day_that_is_due(money: Money, clock: HeldClock) -> None:
    for day in range(30):
        give(money, f"day {day}", START + day * DAY_MS, creator=f"c{day % 3}")
    clock.now = DUE + 27 * DAY_MS
    assert release(money) == 28
    assert [held(money, f"c{n}") for n in range(3)] == [(0, 60), (6, 54), (6, 54)]


def test_a_second_run_releases_nothing(money: Money, clock: HeldClock) -> None:
    give(money, "one", START)
    clock.now = DUE
    assert [release(money) for _ in range(3)] == [1, 0, 0]
    assert held(money) == (0, 6)


def test_concurrent_runs_on_two_nodes_release_once(money: Money, clock: HeldClock, database_url: str) -> None:
    for n in range(40):
        give(money, f"{n}", START, creator=f"c{n}")
    clock.now = DUE
    with ThreadPoolExecutor(4) as nodes:
        released = list(nodes.map(lambda _: release(money), range(4)))
    while release(money):
        pass
    assert sum(released) <= 40
    assert [held(money, f"c{n}") for n in range(40)] == [(0, 6)] * 40


def test_a_gift_posted_after_its_day_was_released_is_released_too(money: Money, clock: HeldClock) -> None:
    give(money, "one", START)
    clock.now = DUE
    release(money)
    give(money, "much too late", START)
    give(money, "and another", START)
    assert held(money) == (0, 18), "payable by the clock"
    assert release(money) == 1
    assert held(money) == (0, 18)


def test_a_zero_share_releases_nothing(money: Money, clock: HeldClock) -> None:
    order = GiftOrder(key="k", giver="ada", creator="bob", gift="rose", count=1, room="room", at=START)
    money.database.write(lambda c: money.gifts.give(c, [order]))  # 60 % of one coin, rounded down
    clock.now = DUE
    assert release(money) == 0


def test_a_run_uses_bounded_batches(money: Money, clock: HeldClock) -> None:
    orders = [
        GiftOrder(key=f"{n}", giver="ada", creator=f"c{n:04}", gift="coffee", count=1, room="room", at=START)
        for n in range(RELEASE_BATCH_MAX + 3)
    ]
    receipts = money.database.write(lambda c: money.gifts.give(c, orders))
    assert not any(isinstance(receipt, Refusal) for receipt in receipts)
    clock.now = DUE
    assert [release(money), release(money), release(money)] == [RELEASE_BATCH_MAX, 3, 0]


async def test_the_schedule_releases_what_is_due_as_soon_as_it_starts(
    part: Part[Money], database: Database, clock: HeldClock
) -> None:
    give(part.api, "one", START)
    clock.now = DUE
    async with scheduled(part, database, clock):
        async with asyncio.timeout(30):
            while held(part.api) != (0, 6):
                await asyncio.sleep(0.01)


async def test_the_schedule_outlives_a_table_that_is_away(
    part: Part[Money], database: Database, clock: HeldClock
) -> None:
    give(part.api, "one", START)
    clock.now = DUE
    database.write(lambda c: c.exec_driver_sql("ALTER TABLE earnings RENAME TO away"))
    async with scheduled(part, database, clock) as jobs, asyncio.timeout(30):
        while (run := database.read(lambda c: jobs.latest(c, RELEASE))) is None or not run.error:
            await asyncio.sleep(0.01)
        database.write(lambda c: c.exec_driver_sql("ALTER TABLE away RENAME TO earnings"))
        clock.now += 60_000  # it is tried again
        while held(part.api) != (0, 6):
            await asyncio.sleep(0.01)


@contextlib.asynccontextmanager
async def scheduled(part: Part[Money], database: Database, clock: HeldClock) -> AsyncIterator[Jobs]:
    """A process that does what is scheduled."""
    jobs = Jobs(database, clock)
    task = asyncio.create_task(jobs.run({}, part.schedules))
    try:
        yield jobs
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task


def test_days_are_utc() -> None:
    assert day_name(START // DAY_MS) == "2023-11-14"
    assert day_name(MIDNIGHT // DAY_MS) == "2023-11-15"
