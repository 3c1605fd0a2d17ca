"""What keeps a payout from going on: judged when it is requested, approved and sent, by the clock."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from core.clock import Clock
from money.earnings.earnings import debts
from money.ledger.accounts import affiliate_debt
from money.payouts.people.destinations import Destination, Destinations
from money.payouts.people.identities import Identities
from money.payouts.states import Payout, State, States, change
from money.purchases.debts import balance
from money.tax.forms import TaxForms
from money.tax.lacking import TAX_REASON


@dataclass(frozen=True, slots=True)
class Obstacle:
    """`ends`: the payout is cancelled, and its coins are the person's again. Otherwise it waits, perhaps `until`."""

    reason: str
    until: int | None = None
    ends: bool = False


class Checks:
    def __init__(
        self, clock: Clock, states: States, identities: Identities, destinations: Destinations, tax: TaxForms
    ) -> None:
        self._clock = clock
        self._states = states
        self._identities = identities
        self._destinations = destinations
        self._tax = tax

    def obstacle(self, connection: Connection, payout: Payout) -> Obstacle | None:
        """What keeps its person from being paid now. Locks their identity and debt until the transaction ends."""
        person = payout.person
        identity = self._identities.of(connection, person, lock=True)
        owed = affiliate_debt(person, payout.currency)
        if debts(connection, [person]) or (payout.source == "commissions" and balance(connection, owed) < 0):
            return Obstacle("debt", ends=True)
        if identity.state == "rejected":
            return Obstacle("identity_rejected", ends=True)
        if identity.state != "verified":
            return Obstacle(f"identity_{identity.state}", identity.until)
        if self._tax.needed(connection, person):
            return Obstacle(TAX_REASON)
        return None

    def destination(self, connection: Connection, person: str) -> Destination | Obstacle:
        """Where the person's money goes, or why it cannot go there yet."""
        found = self._destinations.of(connection, person)
        if found is None:
            return Obstacle("no_destination")
        if self._clock() < found.usable_at:
            return Obstacle("destination_waits", found.usable_at)
        return found

    def stop(self, connection: Connection, payout: Payout, obstacle: Obstacle) -> Payout:
        """Let it wait for what stands in its way, or end it."""
        if obstacle.ends:
            ended = self._states.move(connection, payout.id, "cancelled", self._clock(), reason=obstacle.reason)
            return ended or payout
        return change(connection, payout, reason=obstacle.reason, waits_until=obstacle.until)

    def advance(self, connection: Connection, payout: Payout) -> Payout:
        """Check a payout that was requested."""
        if payout.state != "requested":
            return payout
        obstacle = self.obstacle(connection, payout)
        if obstacle is None:
            destination = self.destination(connection, payout.person)
            obstacle = destination if isinstance(destination, Obstacle) else None
        if obstacle is not None:
            return self.stop(connection, payout, obstacle)
        checked: State = "checked"
        return self._states.move(connection, payout.id, checked, self._clock()) or payout
