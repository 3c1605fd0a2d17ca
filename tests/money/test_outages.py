"""The database goes away for ten seconds amid purchases, refunds, gifts and payouts: each happens once all the same."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import TypeVar

import pytest

from cadeau.migrations import migrate
from core.clock import system_clock
from core.database import Database
from core.outages import is_outage
from core.settings import Settings
from money import part as money_part
from money.gifts import GiftOrder, GiftReceipt
from money.ledger.accounts import MINT, payable
from money.ledger.rules import Transfer
from money.part import Money
from money.payouts.rails import Standing
from money.payouts.sending import SILENCE_MS
from money.payouts.states import find
from money.providers import Purchase, Subject
from money.purchases import rows
from money.purchases.refunds import RETRY_AFTER_MS
from tests.cadeau.dependencies import Dependency, disk_full, postgres_frozen, postgres_stopped, sqlite_locked
from tests.coins import add_coins
from tests.cores import core_over
from tests.money.payouts.conftest import DETAILS, SETTINGS, Told
from tests.money.providers.stripe_server import SECRET_KEY, WEBHOOK_SECRET, StripeServer, stripe_server

T = TypeVar("T")

GONE_S = 10.0
WAIT_S_MAX = 120.0
BEFORE = AFTER = 2  # items that each worker gets done before and after the outage, at the least


class LaterClock:
    later = 0

    def __call__(self) -> int:
        return system_clock() + self.later


class Worker(threading.Thread):
    """Does one thing after the other, and each until it succeeds: what it raises must be an outage."""

    def __init__(self, name: str, do: Callable[[str], object], enough: threading.Event) -> None:
        super().__init__(name=name, daemon=True)
        self._do = do
        self._enough = enough
        self.done: list[str] = []
        self.met: set[str] = set()
        self.fault: Exception | None = None

    def run(self) -> None:
        left = AFTER
        while left and self.fault is None:
            name = f"{self.name}{len(self.done)}"
            try:
                self._do(name)
            except Exception as error:
                if is_outage(error):
                    self.met.add(type(error).__name__)
                    time.sleep(0.05)
                else:
                    self.fault = error
                continue
            self.done.append(name)
            left -= self._enough.is_set()


class Shop:
    """What workers do. Every deed may be repeated."""

    def __init__(self, money: Money, clock: LaterClock, server: StripeServer, rail: Told) -> None:
        self.money, self.clock, self.server, self.rail = money, clock, server, rail
        self.purchases = money.purchases
        self.database = money.database

    def buy(self, key: str) -> None:
        opened = asyncio.run(self.purchases.buy("ada", "coins-70", key))
        if self.server.session(opened.id)["payment_intent"] is None:
            self.server.pay(opened.id)
        payment = self.server.session(opened.id)["payment_intent"]["id"]
        heard = asyncio.run(self.purchases.hear(Subject("payment", payment)))
        assert heard is not None
        assert heard.state == "paid"

    def refund(self, key: str) -> None:
        if self.bought(key) is None:
            self.buy(key)
        purchase = self.bought(key)
        assert purchase is not None
        asked = asyncio.run(self.purchases.ask_refund(purchase.id, by="eve", key=key, reason="request"))
        if asked.state == "asked":
            self.clock.later += RETRY_AFTER_MS + 1
            self.purchases.look_after()
        now = self.bought(key)
        assert now is None or now.state in ("paid", "refunded")

    def bought(self, key: str) -> Purchase | None:
        found = self.database.read(lambda c: rows.find_by_key(c, "ada", key))
        return found if found is not None and found.state != "pending" else None

    def give(self, key: str) -> None:
        order = GiftOrder(key, "gil", "bob", "coffee", 1, "room", self.clock())
        [receipt] = self.database.write(lambda c: self.money.gifts.give(c, [order]))
        assert isinstance(receipt, GiftReceipt), receipt

    def pay_out(self, key: str) -> None:
        part = self.money.payouts
        asked = self.database.write(lambda c: part.payouts.request(c, "max", 1_000, "USD", key))
        if asked.state == "checked":
            self.database.write(lambda c: part.approvals.approve(c, asked.id, "root"))
        self.clock.later += SILENCE_MS + 1
        part.sending.round()
        paid = self.database.read(lambda c: find(c, asked.id))
        assert paid is not None
        if paid.state != "paid":
            raise TimeoutError("an answer could not be written: the next round asks")


@pytest.fixture(params=[postgres_stopped, postgres_frozen, sqlite_locked, disk_full], ids=lambda one: one.__name__)
def dependency(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Dependency]:
    make: Callable[[Path], AbstractContextManager[Dependency]] = request.param
    with make(tmp_path) as made:
        yield made


@pytest.fixture
def shop(dependency: Dependency, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setattr("core.database.engines.BUSY_TIMEOUT_MS", 300)
    clock, rail = LaterClock(), Told()
    with stripe_server() as server:
        settings = Settings(
            data_dir=tmp_path / "data", payments="stripe", stripe_secret_key=SECRET_KEY,
            stripe_webhook_secret=WEBHOOK_SECRET, stripe_api_url=server.url, payout_person_day_minor=100_000_000,
            payout_second_minor=100_000_000, payout_day_minor=100_000_000, **SETTINGS, **dependency.settings,
        )  # fmt: skip
        database = Database.from_settings(settings)
        migrate(database)
        part = money_part.open(core_over(database, tmp_path, settings=settings, clock=clock), brief=lambda _c, _ids: {})
        part.api.payouts.rails["sandbox"] = rail
        _people(part.api)
        yield Shop(part.api, clock, server, rail)
        part.close()
        database.close()


def _people(money: Money) -> None:
    """Gil has coins, and Max payable earnings."""
    payouts = money.payouts
    payouts.people.start("max", "Max", "FR")
    earned = Transfer("earned", "test", 1, "", {MINT: -(10**8), payable("max"): 10**8}, {})

    def fill(connection: object) -> None:
        add_coins(connection, "gil", 10**6, "gil")  # type: ignore[arg-type]
        payouts.identities.judge(connection, "max", Standing("verified"), "root")  # type: ignore[arg-type]
        payouts.people.set_destination(connection, "max", "sandbox", DETAILS)  # type: ignore[arg-type]
        money.ledger.post(connection, [earned])  # type: ignore[arg-type]

    money.database.write(fill)


def until(true: Callable[[], bool], workers: list[Worker]) -> None:
    deadline = time.monotonic() + WAIT_S_MAX
    while not true():
        assert [one.fault for one in workers if one.fault] == []
        assert time.monotonic() < deadline, [(one.name, one.done, one.met) for one in workers]
        time.sleep(0.05)


def test_each_purchase_gift_and_payout_happens_once_although_the_database_was_away(
    shop: Shop, dependency: Dependency, request: pytest.FixtureRequest
) -> None:
    enough = threading.Event()
    buys, refunds, gifts, payouts = workers = [
        Worker(do.__name__, do, enough) for do in (shop.buy, shop.refund, shop.give, shop.pay_out)
    ]
    for worker in workers:
        worker.start()
    until(lambda: all(len(one.done) >= BEFORE for one in workers), workers)
    dependency.stop()
    time.sleep(GONE_S)
    dependency.start()
    enough.set()
    until(lambda: not any(one.is_alive() for one in workers), workers)
    if "frozen" not in request.node.name:  # then everybody just waits
        assert all(one.met for one in workers), "everybody noticed"

    assert shop.database.read(shop.money.verify) == []
    paid = [s for s in shop.server.sessions.values() if s["payment_status"] == "paid"]
    assert len(paid) == len(shop.server.sessions) == len(buys.done) + len(refunds.done)
    for _ in range(2):  # what was refunded at Stripe, but could not be written
        shop.clock.later += RETRY_AFTER_MS + 1
        shop.purchases.look_after()
    assert len(shop.server.refunds) == len(refunds.done)
    ada, gil = (
        shop.database.read(lambda c: shop.money.wallets.wallet(c, who)).coins  # noqa: B023
        for who in ("ada", "gil")
    )
    assert (ada, gil) == (70 * len(buys.done), 10**6 - 10 * len(gifts.done))
    assert len(shop.rail.paid) == len({one.payout for one in shop.rail.paid.values()}) == len(payouts.done)
    assert shop.database.read(shop.money.verify) == []
