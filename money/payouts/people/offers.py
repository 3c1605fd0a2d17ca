"""What a person can be paid, and what they must know before they ask."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
from sqlalchemy import Connection

from core.errors import Refusal
from money.earnings.earnings import debts
from money.payouts.people.destinations import Destinations
from money.payouts.people.identities import Identities
from money.payouts.rails import Rail
from money.payouts.rails.rail import Asks, IdentityState
from money.payouts.terms import PAYOUT_MINOR_MAX, Terms
from money.rates import Rates
from money.rates.rates import worth
from money.wallets import Wallets


class RailView(msgspec.Struct):
    """`asks`: what must be said to be paid this way. `currencies` null: any."""

    rail: str
    asks: Asks
    currencies: list[str] | None


class CurrencyView(msgspec.Struct):
    """`per_thousand`: minor units for 1,000 coins. `available_minor`: what the payable coins are worth now."""

    currency: str
    per_thousand: int
    minimum_minor: int
    fee_minor: int
    available_minor: int


class IdentityView(msgspec.Struct):
    state: IdentityState
    name: str
    country: str
    reason: str
    until: int | None


class DestinationView(msgspec.Struct):
    rail: str
    shown: str
    usable_at: int


class Offer(msgspec.Struct):
    """Coins and amounts are as of now. `sandbox`: nobody is really paid."""

    payable: int
    debt: int
    identity: IdentityView
    destination: DestinationView | None
    rails: list[RailView]
    currencies: list[CurrencyView]
    sandbox: bool


class Offers:
    def __init__(
        self, wallets: Wallets, rates: Rates, terms: Terms, rails: Mapping[str, Rail], identities: Identities,
        destinations: Destinations,
    ) -> None:  # fmt: skip
        self._wallets = wallets
        self._rates = rates
        self._terms = terms
        self._rails = rails
        self._identities = identities
        self._destinations = destinations

    def offer(self, connection: Connection, person: str) -> Offer:
        owed = debts(connection, [person]).get(person, 0)
        payable = self._wallets.wallet(connection, person).earnings.payable
        identity = self._identities.of(connection, person)
        destination = self._destinations.of(connection, person)
        rail = self._rails.get(destination.rail) if destination else None
        return Offer(
            payable=payable,
            debt=owed,
            identity=IdentityView(identity.state, identity.name, identity.country, identity.reason, identity.until),
            destination=DestinationView(destination.rail, destination.shown, destination.usable_at)
            if destination and rail
            else None,
            rails=[
                RailView(one.name, one.asks, None if one.currencies is None else sorted(one.currencies))
                for one in self._rails.values()
            ],
            currencies=self._currencies(connection, payable, rail),
            sandbox="sandbox" in self._rails,
        )

    def _currencies(self, connection: Connection, payable: int, rail: Rail | None) -> list[CurrencyView]:
        """Those that this person can be paid in, or anybody if they have not said where yet."""
        found = []
        rails = [rail] if rail else list(self._rails.values())
        for currency, term in self._terms.currencies.items():
            if not any(one.currencies is None or currency in one.currencies for one in rails):
                continue
            try:
                per_thousand = self._rates.now(connection, currency)
            except Refusal:
                continue
            available = min(worth(payable, per_thousand), PAYOUT_MINOR_MAX)
            found.append(CurrencyView(currency, per_thousand, term.minimum_minor, term.fee_minor, available))
        return found
