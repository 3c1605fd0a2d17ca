"""Books in which everything has happened once: bought, given, shared, refunded, disputed, taxed, released, paid out."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from core.database import Database
from core.executors import Executors
from core.settings import Settings
from money import part as money_part
from money.ads.billing import AdBilling, set_billing
from money.ads.budgets import Capture, Release, Reserve
from money.earnings import DAY_MS
from money.fund import QualifiedView
from money.fund.fund import open_fund
from money.ledger.accounts import AD_MINT, ad_balance
from money.ledger.checkpoints import Checkpoints
from money.ledger.rules import Transfer
from money.part import Money
from money.providers import Purchase
from money.providers.stripe import Stripe
from money.purchases.purchases import Purchases
from money.reconciliation.reconciliation import LAG_MS, Reconciliation
from money.reports.months import month_of, span
from tests.cores import core_over
from tests.money.agreements.conftest import agree
from tests.money.conftest import HeldClock, brief
from tests.money.payouts.conftest import SETTINGS, World
from tests.money.providers.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer
from tests.money.purchases.conftest import Shop
from tests.money.vat.conftest import FRENCH

EURO = 1_000_000  # millionths
COUNTRIES = {"dan": "DE", "fay": "FI", "eve": "HU", "kim": "DE", "pat": "US"}  # of buyers; all others live in France


def fill(database: Database, folder: Path, server: StripeServer) -> Money:
    """Fills a migrated database, and closes what it opened beside it."""
    clock = HeldClock()
    settings = Settings(
        data_dir=folder, commission_percent=40, earnings_new_hold_days=7, payouts="sandbox,sepa", vat_oss=True,
        **FRENCH | SETTINGS,
    )  # fmt: skip
    part = money_part.open(core_over(database, folder, settings=settings, clock=clock), brief=brief)
    stripe = Stripe(
        secret_key=SECRET_KEY, webhook_secret=WEBHOOK_SECRET, api_url=server.url, site_url="https://live.example",
        clock=clock,
    )  # fmt: skip
    api = part.api
    purchases = Purchases(database, clock, api.ledger, api.earnings, stripe, Executors().payments, api.receipts)
    shop = Shop(part.api, server, purchases, stripe, clock)
    agree(part.api, clock, 30, 20, creator="carl", agency="zed")
    lasting = _gifts(shop)
    clock.now += 9 * DAY_MS  # the first gifts are released
    database.write(part.api.earnings.release)
    _outcomes(shop, lasting)
    _payouts(World(part.api, database, clock))
    _ads(shop)
    _prizes(part.api, clock)
    server.move("payout", -400, 0, "po")
    server.move("stripe_fee", -25, 0, "fee")
    clock.now += LAG_MS + 2_000
    server.now = clock.now // 1000
    Reconciliation(database, clock, part.api.ledger, stripe, purchases.differences).run()
    _fund(World(part.api, database, clock))
    Checkpoints(database, clock, "").make()
    part.api.sums.bring_up_all()
    stripe.close()
    part.close()
    return part.api


def _fund(world: World) -> None:
    """A month that was posted, in which somebody lacks followers, and with something of no use carried on."""
    money, clock = world.money, world.clock
    settings = Settings(fund_creator_views=1, fund_creator_days=1)
    fund = open_fund(
        settings, money.database, clock, money.ledger, money.rates,
        joined=lambda _, people: dict.fromkeys(people, 0),
        followers=lambda _, people: {one: 5 if one == "poor" else 50 for one in people},
    )  # fmt: skip
    now, day = clock.now, clock.now // DAY_MS * DAY_MS
    while month_of(day) == month_of(now):
        for viewer in ("ada", "hal"):
            views = [QualifiedView(f"{who}/1", who, 9_000, 3) for who in ("bob", "carl", "poor")]
            copy = QualifiedView("carl/2", "carl", 9_000, 0)
            world.write(partial(fund.views.record, viewer=viewer, at=day, views=[*views, copy]))
        day -= DAY_MS
    period = month_of(now)
    world.write(lambda c: fund.originality.found(c, "carl/2", "carl", "bob/1", "bob", 90))
    world.write(lambda c: fund.periods.fill(c, period, 1_001, "k", by="root", note="n"))
    clock.now = span(period).end + 2 * 3_600_000
    fund.closing.close(period, "root")
    world.write(lambda c: fund.posting.review(c, period, "root"))
    fund.posting.post(period, "root")
    for creator, coins in (("carl", -3), ("bob", 3)):
        correct = partial(fund.corrections.correct, month=period, creator=creator, coins=coins, key=creator)
        world.write(partial(correct, by="root", reason="A view too many"))
    later = month_of(clock.now)
    clock.now = span(later).end + 2 * 3_600_000
    fund.closing.close(later, "root")
    world.write(lambda c: fund.posting.review(c, later, "root"))
    fund.posting.post(later, "root")


def _buy(shop: Shop, person: str) -> Purchase:
    """Paid with a card of the person's country, whose VAT it bears."""
    opened = shop.open(person, "coins-350", f"books of {person}")
    shop.server.pay(opened.id)
    charge = shop.server.charge_of(opened.id)
    charge["payment_method_details"]["card"]["country"] = COUNTRIES.get(person, "FR")
    return shop.hear(opened)


def _gifts(shop: Shop) -> Purchase:
    """To two creators, of bought and of bonus coins, which leave fractions of a coin. Returns a purchase to dispute
    when the creator has their share already."""
    shop.money.database.write(lambda c: shop.money.grant(c, "ada", 41, "ada", "welcome"))
    _buy(shop, "ada")
    for gift, creator in (("rose", "bob"), ("bouquet", "bob"), ("teddy", "carl")):
        shop.give(gift, giver="ada", creator=creator)
    lasting = _buy(shop, "hal")
    for _ in range(3):
        shop.give("bouquet", giver="hal")
    asyncio.run(shop.purchases.buy("ivy", "coins-70", "begun"))
    return lasting


def _outcomes(shop: Shop, late: Purchase) -> None:
    def disputed(person: str, then: str = "") -> Purchase:
        bought = _buy(shop, person)
        shop.give("bouquet", giver=person)
        shop.give("teddy", giver=person, creator="carl")
        dispute = shop.server.dispute(bought.id)
        shop.hear(bought)
        if then:
            shop.server.decide(dispute, then)
            shop.hear(bought)
        return bought

    disputed("dan", "lost")
    disputed("fay", "won")
    disputed("pat")
    shop.refund(_buy(shop, "mia"), 100)
    shop.refund(_buy(shop, "kim"))
    _withdraw(shop, _buy(shop, "gil"))
    shop.server.dispute(late.id, amount=530)
    shop.hear(late)


def _prizes(money: Money, clock: HeldClock) -> None:
    """Of challenges, in each of their states."""

    def write(connection: Connection) -> None:
        entries = {ad_balance("butcher"): 900 * EURO, AD_MINT: -900 * EURO}
        money.ledger.post(connection, [Transfer("butcher", "ad_top_up", clock.now, "", entries, {})])
        for challenge in ("won", "lasting", "over", "waiting"):
            money.prizes.hold(connection, challenge, "butcher", 100 * EURO, 20 * EURO)
        money.prizes.give_back(connection, "waiting")
        money.prizes.hold(connection, "waiting", "butcher", 50 * EURO, 10 * EURO)
        clock.now += 1_000
        for challenge in ("won", "lasting", "over"):
            money.prizes.begin(connection, challenge)
        clock.now += 1_000
        money.prizes.pay(connection, "won", "bob")
        money.prizes.give_back(connection, "over")

    money.database.write(write)


def _withdraw(shop: Shop, purchase: Purchase) -> None:
    shop.give("rose", giver="gil")
    now = shop.now(purchase)
    offer = shop.money.database.read(lambda c: shop.purchases.withdrawals.offer(c, now))
    assert offer is not None
    asyncio.run(shop.purchases.withdraw("gil", purchase.id, offer.coins, offer.amount_minor, "w"))


def _ads(shop: Shop) -> None:
    """A bakery pays in, and a campaign spends part of what was set aside for it. A butcher owes its VAT itself."""
    said = {"bakery": AdBilling("1 rue du Four", "", "Four SARL", "FR"),
            "butcher": AdBilling("Marktplatz 1", "DE136695976", "Metzger GmbH", "DE")}  # fmt: skip
    for advertiser, one in said.items():
        shop.money.database.write(partial(set_billing, advertiser=advertiser, said=one))
    for cents, key in ((900, "ads lost"), (2_000, "ads")):
        paid = asyncio.run(shop.purchases.pay_in("lou", "bakery", cents, key))
        shop.server.pay(paid.id)
        shop.hear(paid)
        if key == "ads lost":
            shop.server.decide(shop.server.dispute(paid.id), "lost")
            shop.hear(paid)
    asyncio.run(shop.purchases.pay_back("lou", "bakery", paid.id, 300, "back"))
    shop.hear(paid)
    reverse = asyncio.run(shop.purchases.pay_in("lou", "butcher", 1_000, "ads reverse"))
    shop.server.pay(reverse.id)
    shop.hear(reverse)
    database, budgets = shop.money.database, shop.money.ad_budgets
    database.write(lambda c: budgets.reserve(c, [Reserve("1", "bakery", "bread", 3_000_000, 10_000_000)]))
    shared = Capture("2", "bakery", "bread", 400_000, {}, "max", 120_000)
    database.write(lambda c: budgets.capture(c, [Capture("1", "bakery", "bread", 600_000), shared]))
    database.write(lambda c: budgets.release(c, [Release("1", "bakery", "bread", 500_000)]))


def _payouts(world: World) -> None:
    world.write(lambda c: world.money.rates.add(c, "USD", 600, 0, "root"))
    world.clock.now += DAY_MS
    world.creator("max")
    paid, back = world.approved(person="max"), world.ask(person="max")
    world.write(lambda c: world.part.payouts.cancel(c, "max", back.id))
    world.round()
    assert world.see(paid).state == "paid"
    world.ask(3_000, person="max")
    world.creator("zoe", rail="sepa")
    world.approved(person="zoe", currency="EUR")
    files = world.part.files
    assert files is not None
    made = world.write(lambda c: files.make(c, "root"))
    files.approve(made.id, "other", made.count, made.total_minor)
