"""Payouts on a real database: creators with earnings, a clock that a test moves, and a rail that does as it is told."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from core.database import Database
from core.errors import Unavailable
from core.settings import Settings
from money import part as money_part
from money.ledger.accounts import MINT, debt, payable
from money.ledger.rules import Posted, Transfer
from money.part import Money
from money.payouts.rails import Outcome, Paid, Payment, Sandbox, Standing
from money.payouts.states import Payout, find
from tests.cores import core_over
from tests.money.conftest import START, HeldClock, brief

IBAN = "FR7630006000011234567890189"
OTHER_IBAN = "DE89370400440532013000"
DETAILS = {"name": "Ada Lovelace", "iban": IBAN}
SETTINGS: dict[str, Any] = {
    "coin_rates": "USD=500,EUR=500", "exchange_rates": "EUR=1", "payout_terms": "USD=1000:50,EUR=1000:0",
    "sepa_name": "Cadeau SAS", "sepa_iban": OTHER_IBAN,
}  # fmt: skip


class Told(Sandbox):
    """A sandbox that remembers what it paid, and fails as `plan` says: a refusal, or `before` or `after` paying."""

    def __init__(self) -> None:
        self.plan: list[Outcome | str] = []
        self.paid: dict[str, Payment] = {}
        self.calls: list[str] = []
        self.funds: int | None = None

    def send(self, payment: Payment) -> Outcome:
        self.calls.append(f"send {payment.attempt}")
        next_one = self.plan.pop(0) if self.plan else ""
        if next_one == "before":
            raise Unavailable
        if not isinstance(next_one, str):
            return next_one
        self.paid[payment.key] = payment
        if next_one == "after":
            raise Unavailable
        return Paid(payment.key)

    def ask(self, payment: Payment) -> Outcome | None:
        self.calls.append(f"ask {payment.attempt}")
        if self.plan and self.plan[0] == "deaf":
            self.plan.pop(0)
            raise Unavailable
        return next((Paid(key) for key, one in self.paid.items() if one.payout == payment.payout), None)

    def available(self, currency: str) -> int | None:
        return self.funds


class World:
    """Payouts, and what tests do with them."""

    def __init__(self, money: Money, database: Database, clock: HeldClock) -> None:
        self.money = money
        self.part = money.payouts
        self.database = database
        self.clock = clock
        self._keys = itertools.count()

    def creator(self, person: str = "bob", coins: int = 1_000_000, iban: str = IBAN, rail: str = "") -> str:
        """Somebody verified, with bank details and payable coins."""
        self.part.people.start(person, "Bob Marley", "FR")
        self.judge(person, "verified")
        rail = rail or next(iter(self.part.rails))
        given = {"name": "Bob Marley", "iban": iban, "text": "in cash"}
        self.write(lambda c: self.part.people.set_destination(c, person, rail, given))
        self.earn(person, coins)
        return person

    def judge(self, person: str, state: str, reason: str = "", until: int | None = None) -> None:
        standing = Standing(state, reason, until)  # type: ignore[arg-type]
        self.write(lambda c: self.part.identities.judge(c, person, standing, "root"))

    def earn(self, person: str, coins: int) -> None:
        self.post(f"earn:{next(self._keys)}", {MINT: -coins, payable(person): coins})

    def owe(self, person: str, coins: int) -> None:
        self.post(f"owe:{next(self._keys)}", {MINT: coins, debt(person): -coins})

    def post(self, key: str, entries: dict[Any, int]) -> None:
        [verdict] = self.write(lambda c: self.money.ledger.post(c, [Transfer(key, "test", START, "", entries, {})]))
        assert isinstance(verdict, Posted), verdict

    def ask(self, amount: int = 2_000, person: str = "bob", currency: str = "USD", key: str = "") -> Payout:
        key = key or f"k{next(self._keys)}"
        return self.database.write(lambda c: self.part.payouts.request(c, person, amount, currency, key))

    def approve(self, payout: Payout | str, admin: str = "root") -> Payout:
        name = payout if isinstance(payout, str) else payout.id
        return self.database.write(lambda c: self.part.approvals.approve(c, name, admin))

    def approved(self, amount: int = 2_000, person: str = "bob", **more: Any) -> Payout:
        payout = self.approve(self.ask(amount, person, **more))
        assert payout.state == "approved"
        return payout

    def see(self, payout: Payout | str) -> Payout:
        name = payout if isinstance(payout, str) else payout.id
        found = self.database.read(lambda c: find(c, name))
        assert found is not None
        return found

    def round(self, later_ms: int = 0) -> None:
        self.clock.now += later_ms
        self.part.sending.round()

    def payable(self, person: str = "bob") -> int:
        return self.database.read(lambda c: self.money.wallets.wallet(c, person)).earnings.payable

    def write(self, run: Callable[..., Any]) -> Any:
        return self.database.write(run)


Open = Callable[..., World]


@pytest.fixture
def open_world(database: Database, clock: HeldClock, tmp_path: Path) -> Iterator[Open]:
    """Opens money with these settings; everything must add up at the end."""
    opened = []

    def open_one(**given: Any) -> World:
        settings = Settings(data_dir=tmp_path, **{**SETTINGS, **given})
        part = money_part.open(core_over(database, tmp_path, settings=settings, clock=clock), brief=brief)
        opened.append(part)
        return World(part.api, database, clock)

    yield open_one
    for part in opened:
        assert database.read(part.api.verify) == []
        part.close()


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def world(open_world: Open, told: Told) -> World:
    """A world whose only rail is `told`."""
    made = open_world()
    made.part.rails["sandbox"] = told
    return made
