"""Opens payouts, and connects their pieces."""

from __future__ import annotations

from dataclasses import dataclass

from core.core import Core
from core.http import Operation
from money.earnings import Earnings
from money.ledger import Ledger
from money.payouts.approvals import Approvals
from money.payouts.bank.files import Files
from money.payouts.checks import Checks
from money.payouts.hand import ByHand
from money.payouts.notices import PayoutNotices
from money.payouts.payouts import Payouts
from money.payouts.people.destinations import Destinations
from money.payouts.people.identities import Identities
from money.payouts.people.offers import Offers
from money.payouts.people.onboarding import PayoutPeople
from money.payouts.rails import RAILS, Rail, Sepa
from money.payouts.routes.admin import AdminPayoutRoutes
from money.payouts.routes.own import PayoutRoutes
from money.payouts.sending import Sending
from money.payouts.states import States
from money.payouts.terms import Terms
from money.rates import Rates
from money.tax.forms import TaxForms
from money.wallets import Brief, Wallets
from people.inbox.notices import Notifies


@dataclass(frozen=True, slots=True)
class PayoutPart:
    """Payouts that are open. `files` is None where nobody is paid by SEPA."""

    payouts: Payouts
    approvals: Approvals
    by_hand: ByHand
    sending: Sending
    identities: Identities
    destinations: Destinations
    people: PayoutPeople
    files: Files | None
    rails: dict[str, Rail]
    tax: TaxForms
    routes: list[Operation]

    def close(self) -> None:
        for rail in self.rails.values():
            rail.close()


def open_payouts(
    core: Core, ledger: Ledger, earnings: Earnings, rates: Rates, wallets: Wallets, brief: Brief, inbox: Notifies
) -> PayoutPart:
    """Raises SettingsError."""
    settings, database, clock, providers = core.settings, core.database, core.clock, core.executors.payments
    terms = Terms.from_settings(settings)
    rails = {name: RAILS[name](settings, clock) for name in settings.payout_rails}
    notices = PayoutNotices(inbox)
    states, identities, destinations = States(ledger), Identities(clock), Destinations(clock, rails)
    tax = TaxForms(clock, settings.tax_form_from)
    checks = Checks(clock, states, identities, destinations, tax)
    approvals = Approvals(clock, states, checks, terms, notices)
    by_hand = ByHand(clock, states, checks, notices)
    sending = Sending(database, clock, states, checks, approvals, rails, notices, providers)
    payouts = Payouts(clock, states, checks, earnings, rates, terms, rails, identities, destinations)
    offers = Offers(wallets, rates, terms, rails, identities, destinations)
    people = PayoutPeople(
        database, clock, rails, identities, destinations, notices, sending, settings.stripe_connect_webhook_secret
    )
    sepa = rails.get(Sepa.name)
    files = Files(database, clock, states, checks, sending, notices, sepa) if isinstance(sepa, Sepa) else None
    routes = [
        *PayoutRoutes(database, payouts, offers, people, providers).operations(),
        *AdminPayoutRoutes(
            database, approvals, by_hand, identities, files, brief, providers, core.jobs
        ).operations(),
    ]  # fmt: skip
    return PayoutPart(payouts, approvals, by_hand, sending, identities, destinations, people, files, rails, tax, routes)
