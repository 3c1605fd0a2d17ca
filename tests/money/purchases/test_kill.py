"""Wherever a process is killed within a purchase, a refund or a dispute, there is one outcome and the books verify."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.clock import system_clock
from core.database import Database
from money import part as money_part
from money.gifts import GiftOrder, GiftReceipt
from money.part import Money
from money.providers import Purchase, Subject
from money.purchases import rows
from money.purchases.refunds import RETRY_AFTER_MS
from tests.cores import core_over
from tests.forks import Forks
from tests.money.providers.stripe_server import StripeServer, stripe_server
from tests.money.purchases.doomed import do, stripe_settings

STEPS_MAX = 30


class LaterClock:
    later = 0

    def __call__(self) -> int:
        return system_clock() + self.later


class Runner:
    """The processes that are killed, and one that goes on after them."""

    def __init__(self, money: Money, clock: LaterClock, server: StripeServer, forks: Forks) -> None:
        self.money = money
        self.server = server
        self._clock = clock
        self._forks = forks

    def kill_in(self, deed: str, step: int, name: str) -> bool:
        """Returns whether it was killed, and not at its end already."""
        arguments = (self.money.database.url, self.server.url, deed, str(step), name)
        done = self._forks.run("tests.money.purchases.doomed", *arguments, environment=os.environ)
        assert done.returncode in (0, -9), done.stderr
        return done.returncode == -9

    def again(self, deed: str, name: str) -> None:
        """After the restart the same request comes again, and so do the schedules."""
        asyncio.run(do(self.money.purchases, deed, name))
        self._clock.later += RETRY_AFTER_MS + 1
        self.money.purchases.look_after()

    def purchase(self, key: str) -> Purchase:
        found = self.money.database.read(lambda c: rows.find_by_key(c, "ada", key))
        assert found is not None
        return found

    def bought(self, key: str) -> Purchase:
        """Paid, and half of its coins given."""
        asyncio.run(self.money.purchases.buy("ada", "coins-350", key))
        self.server.pay(self.purchase(key).id)
        asyncio.run(self.money.purchases.hear(Subject("payment", self.payment(key))))
        return self.purchase(key)

    def give(self, key: str) -> None:
        order = GiftOrder(key, "ada", "bob", "teddy", 1, "room", system_clock())
        [receipt] = self.money.database.write(lambda c: self.money.gifts.give(c, [order]))
        assert isinstance(receipt, GiftReceipt)

    def payment(self, key: str) -> str:
        intent: dict[str, str] = self.server.session(self.purchase(key).id)["payment_intent"]
        return intent["id"]

    def coins(self) -> int:
        return self.money.database.read(lambda c: self.money.wallets.wallet(c, "ada")).coins


@pytest.fixture
def runner(database_url: str, tmp_path: Path, forks: Forks) -> Iterator[Runner]:
    database = Database(database_url)
    with stripe_server() as server:
        settings, clock = stripe_settings(tmp_path, server.url), LaterClock()
        part = money_part.open(
            core_over(database, tmp_path, settings=settings, clock=clock), brief=lambda _c, _ids: {}
        )  # fmt: skip
        yield Runner(part.api, clock, server, forks)
        assert database.read(part.api.verify) == []
        part.close()
    database.close()


def killed_everywhere(runner: Runner, deed: str, prepare: Callable[[str], str], check: Callable[[str], None]) -> int:
    """Kill it at every step, each time with another purchase, and see what became of it. Returns how many there are."""
    for step in range(STEPS_MAX):
        key = f"{deed}{step}"
        name = prepare(key)
        killed = runner.kill_in(deed, step, name)
        runner.again(deed, name)
        check(key)
        if not killed:
            return step
    raise AssertionError("it never ends")


def test_a_purchase_begun_anywhere_is_one_checkout_and_is_paid_once(runner: Runner) -> None:
    def check(key: str) -> None:
        purchase = runner.purchase(key)
        [session] = [s for s in runner.server.sessions.values() if s["client_reference_id"] == purchase.id]
        assert (purchase.state, purchase.provider_ref) == ("pending", session["id"])

    steps = killed_everywhere(runner, "buy", lambda key: key, check)
    assert steps == 8, "two writes of three points each, and a call between them"


@pytest.mark.parametrize("outcome", ["paid", "disputed", "lost", "won", "refunded"])
def test_what_is_heard_anywhere_is_recorded_once(runner: Runner, outcome: str) -> None:
    def prepare(key: str) -> str:
        if outcome == "paid":
            asyncio.run(runner.money.purchases.buy("ada", "coins-350", key))
            runner.server.pay(runner.purchase(key).id)
            return runner.payment(key)
        purchase = runner.bought(key)
        runner.give(key)
        if outcome == "refunded":
            runner.server.refund(purchase.id, purchase.price_minor)
            return runner.payment(key)
        dispute = runner.server.dispute(purchase.id)
        if outcome != "disputed":
            asyncio.run(runner.money.purchases.hear(Subject("payment", runner.payment(key))))
            runner.server.decide(dispute, outcome)
        return runner.payment(key)

    def check(key: str) -> None:
        purchase = runner.purchase(key)
        taken = 0 if outcome in ("paid", "won") else 350
        assert (purchase.state, purchase.taken_coins) == (outcome, taken)
        kept.append(350 - taken - (0 if outcome == "paid" or taken else 199))
        assert runner.coins() == sum(kept)

    kept: list[int] = []
    assert killed_everywhere(runner, "hear", prepare, check) == 5, "a call, and a write of three points"


@pytest.mark.parametrize("deed", ["refund", "withdraw"])
def test_a_refund_asked_for_anywhere_is_made_once(runner: Runner, deed: str) -> None:
    def check(key: str) -> None:
        purchase = runner.purchase(key)
        assert (purchase.state, purchase.refunded_minor, purchase.taken_coins) == ("refunded", 499, 350)
        payment = runner.payment(key)
        assert [one["amount"] for one in runner.server.refunds.values() if one["payment_intent"] == payment] == [499]
        assert runner.coins() == 0

    assert killed_everywhere(runner, deed, lambda key: runner.bought(key).id, check) >= 8
