"""Whatever happens in whatever order, the books stay right after every step. A failure prints its seed.

To add a step, write a function of a `World` and list it in STEPS. `MODEL_SEED=7` repeats a run, and
`MODEL_STEPS=100000` makes it longer.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from core.database import Database
from core.errors import Refusal
from core.settings import Settings
from money import part as money_part
from money.catalogue import GIFTS
from money.earnings import DAY_MS
from money.gifts import GiftOrder, count_max
from money.ledger.chain import GENESIS, linked
from money.ledger.reading import stored_transfers
from money.ledger.rules import KINDS_BELOW_ZERO
from money.part import Money
from tests.coins import add_coins
from tests.cores import core_over
from tests.money.conftest import HeldClock, brief

SEED = int(os.environ.get("MODEL_SEED", time.time_ns() % 10**9))
STEPS_EACH = int(os.environ.get("MODEL_STEPS", 400))
STEPS_A_COMMIT = 100
PEOPLE = "abcdef"


class World:
    """The books, and chance. `connection` is in a transaction that lasts for many steps, which makes them cheap; not
    for the whole run, because PostgreSQL would then keep every version of every balance and read them all."""

    def __init__(self, money: Money, clock: HeldClock, connection: Connection, chance: random.Random) -> None:
        self.money, self.clock, self.connection, self.chance = money, clock, connection, chance
        self.step = 0
        self.head = (0, GENESIS)

    def person(self) -> str:
        return self.chance.choice(PEOPLE)


def buy(world: World) -> None:
    add_coins(world.connection, world.person(), world.chance.randint(1, 500), f"{world.step}")


def grant(world: World) -> None:
    world.money.grant(world.connection, world.person(), world.chance.randint(1, 200), f"{world.step}", "model")


def give(world: World) -> None:
    """Several at once, some of them too dear, repeated, or to oneself."""
    orders = []
    for n in range(world.chance.randint(1, 6)):
        gift = world.chance.choice(list(GIFTS))
        count = world.chance.randint(1, min(9, count_max(gift)))
        key = f"{world.step - world.chance.randint(0, 1)}:{n}"
        orders.append(GiftOrder(key, world.person(), world.person(), gift, count, "room", world.clock.now))
    world.money.gifts.give(world.connection, orders)


def release(world: World) -> None:
    world.clock.now += world.chance.randint(0, 9 * DAY_MS)
    world.money.earnings.release(world.connection)


def agree(world: World) -> None:
    """An agency or another rate for somebody, whatever they have now; or the end of it."""
    agreements, proposals, creator = world.money.agreements.agreements, world.money.agreements.proposals, world.person()
    platform = world.chance.randint(0, 60)
    try:
        match world.chance.randint(0, 5):
            case 0:
                agreements.end(world.connection, creator, world.clock.now + world.chance.randint(0, 40 * DAY_MS))
            case 1:
                agreements.leave(world.connection, creator)
            case 2:
                agreements.set_rate(world.connection, creator, platform, world.clock.now, "root")
            case _:
                share = world.chance.randint(1, 40)
                made = proposals.propose(world.connection, creator, world.person(), platform, share, 0, "root")
                proposals.accept(world.connection, creator, made.id)
    except Refusal:
        pass


STEPS: tuple[tuple[Callable[[World], None], int], ...] = ((buy, 3), (grant, 2), (give, 10), (release, 1), (agree, 2))
"""Each with its weight."""

_STATE = (  # one statement a step: the last transfer, and what is wrong
    "SELECT 'last', coalesce(max(id), 0) FROM transfers UNION ALL "
    "SELECT 'sum of ' || unit, sum(balance) FROM accounts GROUP BY unit HAVING sum(balance) <> 0 UNION ALL "
    f"SELECT owner || ' ' || kind, balance FROM accounts WHERE balance < 0 AND kind NOT IN {KINDS_BELOW_ZERO} "
    "OR balance > 0 AND kind = 'debt'"
)


def check(world: World) -> None:
    """Each unit sums to zero, only debts and sources are negative, and the new transfers continue the chain."""
    (_, last), *wrong = world.connection.exec_driver_sql(_STATE)
    assert wrong == []
    number, digest = world.head
    for stored in stored_transfers(world.connection, number) if last != number else ():
        assert stored.link is not None
        assert stored.id == number + 1
        entries = [(entry.account, entry.amount, entry.balance) for entry in stored.entries if entry.account]
        assert linked(digest, stored.link, entries) == stored.digest
        number, digest = stored.id, stored.digest
    assert number == last
    world.head = (number, digest)


@pytest.fixture
def world(database: Database, clock: HeldClock, tmp_path: Path) -> Iterator[World]:
    core = core_over(database, tmp_path, settings=Settings(data_dir=tmp_path, commission_percent=40), clock=clock)
    part = money_part.open(core, brief=brief)
    with database.engine.connect() as connection:
        connection.begin()
        yield World(part.api, clock, connection, random.Random(SEED))
    part.close()


def test_after_every_step_the_books_are_right(world: World, database: Database) -> None:
    print(f"MODEL_SEED={SEED}")
    choices, weights = zip(*STEPS, strict=True)
    began = time.perf_counter()
    for world.step in range(1, STEPS_EACH + 1):
        world.chance.choices(choices, weights)[0](world)
        check(world)
        if world.step % STEPS_A_COMMIT == 0:
            world.connection.commit()
            world.connection.begin()
    print(f"{STEPS_EACH / (time.perf_counter() - began):.0f} steps/s")
    world.connection.commit()
    assert database.read(world.money.verify) == []
