"""People who are to be paid: who they are, where their money goes, and what a provider says about them."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import structlog
from sqlalchemy import Connection

from core.clock import Clock
from core.database import Database
from money.errors import BadDestination
from money.payouts.notices import PayoutNotices
from money.payouts.people.destinations import Destination, Destinations
from money.payouts.people.identities import Identities, Identity
from money.payouts.rails import Rail, Standing, StripeConnect
from money.payouts.rails.rail import Details, IdentityState
from money.payouts.rails.stripe_events import Hint, hint_of
from money.payouts.sending import Sending

log = structlog.get_logger("payouts")


class Started(msgspec.Struct):
    """`url`: where to go on, at the provider that verifies; null where an admin does."""

    state: IdentityState
    url: str | None


class PayoutPeople:
    def __init__(
        self, database: Database, clock: Clock, rails: Mapping[str, Rail], identities: Identities,
        destinations: Destinations, notices: PayoutNotices, sending: Sending, events_secret: str,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._rails = rails
        self._identities = identities
        self._destinations = destinations
        self._notices = notices
        self._sending = sending
        self._events_secret = events_secret
        stripe = rails.get(StripeConnect.name)
        self._stripe = stripe if isinstance(stripe, StripeConnect) else None

    @property
    def has_events(self) -> bool:
        return self._stripe is not None and bool(self._events_secret)

    def start(self, person: str, name: str, country: str, rail: str = "") -> Started:
        """Raises InvalidRequest, Unavailable. Blocks; runs in the pool for providers."""
        trusted = "sandbox" in self._rails  # which pays nobody, and is refused in production
        standing = Standing("verified" if trusted else "started")
        identity = self._database.write(lambda c: self._identities.start(c, person, name, country, standing))
        chosen = rail or next(iter(self._rails))
        if self._stripe is None or trusted or chosen != StripeConnect.name:
            return Started(identity.state, None)
        account = identity.account or self._stripe.open_account(person, identity.country)
        self._database.write(lambda c: self._attach(c, person, account))
        return Started(self._judge(identity, account).state, self._stripe.onboarding(account))

    def set_destination(self, connection: Connection, person: str, rail: str, given: Details) -> Destination:
        """Raises BadDestination."""
        if rail == StripeConnect.name:  # the account is what Stripe told us, never what somebody types
            account = self._identities.of(connection, person).account
            if account is None:
                raise BadDestination("Set up your account at Stripe first.")
            given = {"account": account}
        destination, changed = self._destinations.put(connection, person, rail, given)
        if changed:
            self._notices.details_changed(connection, person, destination.id)
        return destination

    def event(self, body: bytes, signature: str) -> None:
        """Take a signed event of Stripe as a hint, and fetch what it names. Blocks.

        Raises BadSignature, InvalidRequest, Unavailable: Stripe sends it again.
        """
        assert self._stripe is not None
        hint = hint_of(body, signature, self._events_secret, self._clock)
        if hint is not None:
            self._follow(self._stripe, hint)

    def _follow(self, stripe: StripeConnect, hint: Hint) -> None:
        if hint.kind == "transfer":
            payout = stripe.payout_of(hint.id)
            if payout is not None:
                self._sending.ask_here(payout)
            return
        identity = self._database.read(lambda c: self._identities.by_account(c, hint.id))
        if identity is not None:
            self._judge(identity, hint.id)

    def _judge(self, identity: Identity, account: str) -> Identity:
        assert self._stripe is not None
        by_admin = identity.by not in ("", StripeConnect.name)
        # A closed account's, or an admin's word: nothing but an admin lifts it.
        if identity.state == "rejected" or (identity.state == "restricted" and by_admin):
            return identity
        standing = self._stripe.standing(account)
        if (standing.state, standing.reason, standing.until) == (identity.state, identity.reason, identity.until):
            return identity
        log.info("identity", person=identity.person, state=standing.state, reason=standing.reason)
        return self._database.write(lambda c: self._identities.judge(c, identity.person, standing, StripeConnect.name))

    def _attach(self, connection: Connection, person: str, account: str) -> None:
        self._identities.attach(connection, person, account)
        self.set_destination(connection, person, StripeConnect.name, {})
