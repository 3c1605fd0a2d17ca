"""Payouts as a person sees them: what can be asked for, asking, and taking it back while it is not sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, func, insert, select
from sqlalchemy.exc import IntegrityError

from core.clock import Clock
from core.errors import IdempotencyKeyReused, NotFound
from core.http import Page
from core.ids import new_id
from money.earnings import Earnings
from money.earnings.earnings import debts
from money.errors import (
    CurrencyNotPaid,
    DebtOutstanding,
    IdentityNotVerified,
    NoDestination,
    PayoutNotOpen,
    PayoutTooSmall,
    TooManyPayouts,
)
from money.payouts.checks import Checks
from money.payouts.people.destinations import Destination, Destinations
from money.payouts.people.identities import Identities
from money.payouts.rails import Rail
from money.payouts.sources import Source, check_money
from money.payouts.states import COLUMNS, OPEN, Payout, State, States, find, payout_of
from money.payouts.terms import Terms
from money.rates import Rates
from money.rates.rates import coins_for
from money.tables import payout_steps, payouts

OPEN_PAYOUTS_MAX = 5

NotYet = Callable[[Connection, str, str], int]
"""(connection, person, currency) -> what of their commission is settled, but must not be paid out yet."""


class Step(msgspec.Struct):
    state: State
    at: int
    note: str


class PayoutView(msgspec.Struct):
    """`source`: what is paid out; only `gifts` have coins. `shown`: where it goes. `reason`:
    why it waits (perhaps until `waits_until`, Unix ms), failed or came back."""

    id: str
    state: State
    source: Source
    amount_minor: int
    currency: str
    fee_minor: int
    coins: int
    shown: str
    reason: str
    waits_until: int | None
    at: int
    steps: list[Step]


class Payouts:
    def __init__(
        self,
        clock: Clock,
        states: States,
        checks: Checks,
        earnings: Earnings,
        rates: Rates,
        terms: Terms,
        rails: Mapping[str, Rail],
        identities: Identities,
        destinations: Destinations,
    ) -> None:
        self._clock = clock
        self._states = states
        self._checks = checks
        self._earnings = earnings
        self._rates = rates
        self._terms = terms
        self._rails = rails
        self._identities = identities
        self._destinations = destinations
        self._not_yet: NotYet = lambda _, __, ___: 0

    def hold_commissions(self, not_yet: NotYet) -> None:
        """Let the domain of sales say what of a person's commission waits."""
        self._not_yet = not_yet

    def request(
        self, connection: Connection, person: str, amount_minor: int, currency: str, key: str,
        source: Source = "gifts",
    ) -> Payout:  # fmt: skip
        """Ask for a payout; a repeated key is the same one. Raises a Refusal, and reserves nothing then."""
        earlier = self._by_key(connection, person, key)
        if earlier is None:
            per_thousand = self._rates.now(connection, currency) if source == "gifts" else 0
            self._check_amount(amount_minor, currency)
            destination = self._check_person(connection, person, currency)
            if source == "gifts":
                self._earnings.release_of(connection, person)
            else:
                waits = self._not_yet(connection, person, currency)
                check_money(connection, source, person, amount_minor, currency, waits_minor=waits, now=self._clock())
            coins = coins_for(amount_minor, per_thousand) if source == "gifts" else 0
            payout = Payout(
                id=new_id(), person=person, state="requested", currency=currency, amount_minor=amount_minor,
                fee_minor=self._terms.currencies[currency].fee_minor, coins=coins,
                per_thousand=per_thousand, rail=destination.rail, destination=None, shown=destination.shown,
                fingerprint=destination.fingerprint, reason="", waits_until=None, approved_by=None, seconded_by=None,
                approved_at=None, file=None, attempt=0, answer="", called_at=0, ref=None, at=self._clock(),
                source=source,
            )  # fmt: skip
            if self._insert(connection, payout, key):
                self._states.begin(connection, payout, payout.at)
                return self._checks.advance(connection, payout)
            earlier = self._by_key(connection, person, key)
            assert earlier is not None
        if (earlier.amount_minor, earlier.currency, earlier.source) != (amount_minor, currency, source):
            raise IdempotencyKeyReused
        return earlier

    def cancel(self, connection: Connection, person: str, id: str) -> Payout:
        """Take back one's own payout. Again changes nothing. Raises NotFound, PayoutNotOpen."""
        payout = find(connection, id, lock=True)
        if payout is None or payout.person != person:
            raise NotFound("There is no such payout.")
        if payout.state == "cancelled":
            return payout
        cancelled = self._states.move(connection, id, "cancelled", self._clock(), by=person)
        if cancelled is None:
            raise PayoutNotOpen
        return cancelled

    def page(self, connection: Connection, person: str, cursor: str, limit: int) -> Page[PayoutView]:
        """A person's payouts, newest first."""
        own = select(*COLUMNS).where(payouts.c.person == person)
        if cursor:
            own = own.where(payouts.c.id < cursor)
        rows = connection.execute(own.order_by(payouts.c.id.desc()).limit(limit + 1)).all()
        shown = [payout_of(row) for row in rows[:limit]]
        return Page(views(connection, shown), shown[-1].id if len(rows) > limit else None)

    def _check_amount(self, amount_minor: int, currency: str) -> None:
        term = self._terms.currencies.get(currency)
        if term is None:
            raise CurrencyNotPaid
        if amount_minor < term.minimum_minor:
            raise PayoutTooSmall(f"The minimum is {term.minimum_minor} in the currency's smallest unit.")

    def _check_person(self, connection: Connection, person: str, currency: str) -> Destination:
        """Who cannot be paid at all is refused. Who only has to wait is not: the payout says for what."""
        identity = self._identities.of(connection, person, lock=True)
        if identity.state not in ("verified", "restricted"):
            raise IdentityNotVerified
        if debts(connection, [person]):
            raise DebtOutstanding
        destination = self._destinations.of(connection, person)
        rail = self._rails.get(destination.rail) if destination else None
        if destination is None or rail is None:
            raise NoDestination
        if rail.currencies is not None and currency not in rail.currencies:
            raise CurrencyNotPaid
        own_open = select(func.count()).select_from(payouts).where(
            payouts.c.person == person, payouts.c.state.in_(OPEN)
        )  # fmt: skip
        if connection.execute(own_open).scalar_one() >= OPEN_PAYOUTS_MAX:
            raise TooManyPayouts
        return destination

    @staticmethod
    def _by_key(connection: Connection, person: str, key: str) -> Payout | None:
        found = select(*COLUMNS).where(payouts.c.person == person, payouts.c.key == key)
        row = connection.execute(found).first()
        return payout_of(row) if row else None

    @staticmethod
    def _insert(connection: Connection, payout: Payout, key: str) -> bool:
        """Whether the key was free."""
        row: dict[str, Any] = msgspec.structs.asdict(payout) | {"key": key}
        try:
            with connection.begin_nested():
                connection.execute(insert(payouts).values(row))
        except IntegrityError:  # another node inserted the same key concurrently
            return False
        return True


def views(connection: Connection, shown: list[Payout]) -> list[PayoutView]:
    """Payouts as their owners see them."""
    steps: dict[str, list[Step]] = {payout.id: [] for payout in shown}
    taken = select(payout_steps).where(payout_steps.c.payout.in_(steps)).order_by(payout_steps.c.at)
    for row in connection.execute(taken):
        steps[row.payout].append(Step(row.state, row.at, row.note))
    order = list(State.__args__)  # type: ignore[attr-defined]
    return [
        PayoutView(
            id=one.id, state=one.state, source=one.source,
            amount_minor=one.amount_minor, currency=one.currency, fee_minor=one.fee_minor,
            coins=one.coins, shown=one.shown, reason=one.reason, waits_until=one.waits_until, at=one.at,
            steps=sorted(steps[one.id], key=lambda step: (step.at, order.index(step.state))),
        )
        for one in shown
    ]  # fmt: skip
