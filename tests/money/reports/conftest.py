"""A winter of everything that can happen to money, from November to February, and the entries it left."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator
from typing import Any, NamedTuple

import pytest
from sqlalchemy import text

from core.database import Database
from core.errors import Refusal
from core.executors import Executors
from money.ads import Capture, Release, Reserve
from money.earnings import DAY_MS
from money.gifts import GiftOrder
from money.payouts.rails import Paid
from money.providers.stripe import Stripe
from money.purchases.purchases import Purchases
from money.reports.months import month_of
from tests.money.conftest import HeldClock
from tests.money.payouts.conftest import IBAN, OTHER_IBAN, Open, World
from tests.money.payouts.conftest import open_world as open_world
from tests.money.providers.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer, stripe_server
from tests.money.purchases.conftest import Shop

GIVERS = ("ada", "ann", "eve")
CREATORS = ("bob", "carl")
WEEKS = 12
GIFTS = ("coffee", "cake", "bouquet", "teddy", "crown", "fireworks")


class Entry(NamedTuple):
    """An entry with its transfer."""

    transfer: int
    key: str
    what: str
    month: str
    at: int
    owner: str
    account: str
    unit: str
    amount: int


def entries_of(database: Database) -> list[Entry]:
    """Every entry of the books, read one by one."""
    rows = database.read(
        lambda c: c.execute(
            text(
                "SELECT t.id, t.key, t.kind, t.at, a.owner, a.kind, a.unit, e.amount FROM entries e "
                "JOIN transfers t ON t.id = e.transfer JOIN accounts a ON a.id = e.account ORDER BY t.id"
            )
        ).all()
    )
    return [
        Entry(number, key, kind, month_of(at), at, owner, account, unit, amount)
        for number, key, kind, at, owner, account, unit, amount in rows
    ]


class Winter(NamedTuple):
    world: World
    shop: Shop
    entries: list[Entry]

    @property
    def months(self) -> list[str]:
        return sorted({entry.month for entry in self.entries})


@pytest.fixture
def stripe_double() -> Iterator[StripeServer]:
    with stripe_server() as running:
        yield running


@pytest.fixture
def shop_world(open_world: Open, clock: HeldClock, stripe_double: StripeServer) -> Iterator[tuple[World, Shop]]:
    """Two verified creators, a shop, one fee of a payout; everything must add up at the end."""
    world = open_world(commission_percent=40, payout_person_day_minor=10**9, payout_second_minor=10**9)
    stripe = Stripe(
        secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, api_url=stripe_double.url,
        site_url="https://live.example", clock=clock, timeout_s=1.0,
    )  # fmt: skip
    money = world.money
    pay, receipts = Executors().payments, money.receipts
    purchases = Purchases(world.database, clock, money.ledger, money.earnings, stripe, pay, receipts)
    for person, iban in zip(CREATORS, (IBAN, OTHER_IBAN), strict=True):
        world.creator(person, coins=10_000, iban=iban)
    yield world, Shop(money, stripe_double, purchases, stripe, clock)
    stripe.close()


@pytest.fixture
def winter(shop_world: tuple[World, Shop]) -> Winter:
    world, shop = shop_world
    live(world, shop, random.Random(7))
    return Winter(world, shop, entries_of(world.database))


def live(world: World, shop: Shop, chance: random.Random) -> None:
    """Every week people buy and give; payments go back; payouts are sent, taken back and returned, also in parts."""
    bought: list[Any] = []
    sent: list[str] = []
    for week in range(WEEKS):
        giver, creator = chance.choice(GIVERS), chance.choice(CREATORS)
        bought.append(shop.buy(giver, chance.choice(("coins-350", "coins-1400"))))
        if chance.random() < 0.3:
            world.write(lambda c: world.money.grant(c, giver, 25, f"g{week}", "a present"))  # noqa: B023
        for number in range(3):
            gift = GiftOrder(f"w{week}.{number}", giver, creator, chance.choice(GIFTS), 1, f"room{week % 4}", 0)
            give(world, gift)
            world.clock.now += DAY_MS + chance.randrange(DAY_MS)
        advertise(world, shop, week)
        purchase = shop.now(chance.choice(bought))
        if purchase.state == "paid":
            happen(shop, purchase, chance)
        world.write(world.money.earnings.release)
        pay(world, creator, sent, chance)
        world.clock.now += 3 * DAY_MS


def advertise(world: World, shop: Shop, week: int) -> None:
    """A bakery pays in and spends part of what it set aside; one payment goes back in part, another is disputed."""
    if week % 3 == 0:
        paid = asyncio.run(shop.purchases.pay_in("ann", "bakery", 2_000, f"ads{week}"))
        shop.server.pay(paid.id)
        paid = shop.hear(paid)
        if week == 3:
            asyncio.run(shop.purchases.pay_back("ann", "bakery", paid.id, 700, f"back{week}"))
        elif week == 6:
            shop.server.dispute(paid.id)
            shop.hear(paid)
    if week == 0:
        prizes = world.money.prizes
        world.write(lambda c: prizes.hold(c, "best", "bakery", 10_000_000, 1_000_000))
        world.write(lambda c: prizes.begin(c, "best"))
        world.write(lambda c: prizes.pay(c, "best", "carl"))
    key, budgets = f"{week}", world.money.ad_budgets
    world.write(lambda c: budgets.reserve(c, [Reserve(key, "bakery", "bread", 3_000_001, 10**9)]))
    world.write(lambda c: budgets.capture(c, [Capture(key, "bakery", "bread", 1_234_567, {}, "carl", 370_370)]))
    world.write(lambda c: budgets.release(c, [Release(key, "bakery", "bread", 1_000_000)]))


def happen(shop: Shop, purchase: Any, chance: random.Random) -> None:
    """A payment goes back, wholly or in part, and perhaps comes again."""
    kind = chance.random()
    if kind < 0.2:
        shop.refund(purchase, purchase.price_minor // 3)
    elif kind < 0.6:
        dispute = shop.server.dispute(purchase.id)
        shop.hear(purchase)
        if kind > 0.3:
            shop.server.decide(dispute, "won" if kind < 0.45 else "lost")
            shop.hear(purchase)


def pay(world: World, creator: str, sent: list[str], chance: random.Random) -> None:
    try:
        payout = world.ask(chance.choice((1_000, 1_500)), creator, chance.choice(("USD", "EUR")))
    except Refusal:
        return
    if chance.random() < 0.2:
        world.write(lambda c: world.part.payouts.cancel(c, creator, payout.id))
        return
    world.approve(payout)
    world.round()
    sent.append(payout.id)
    come_back(world, sent[0], 300)
    if chance.random() < 0.4:
        back = sent.pop(0)
        world.write(lambda c: world.part.by_hand.note(c, back, "returned", "account closed", "root"))


def come_back(world: World, payout: str, minor: int) -> None:
    """So much more of a payout that was sent, as its rail tells."""
    known = world.see(payout)
    told = Paid("sandbox", known.returned_minor + minor)
    world.write(lambda c: world.part.sending.record(c, payout, told, known.attempt))


def give(world: World, order: GiftOrder) -> None:
    """Give now, or nothing for lack of coins."""
    order = GiftOrder(order.key, order.giver, order.creator, order.gift, order.count, order.room, world.clock.now)
    world.write(lambda c: world.money.gifts.give(c, [order]))
