"""Opens `money`: ledger, wallets, gifts, purchases."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, text

from core.core import Core
from core.database import Database
from core.jobs import JobKind, Lane, Schedule
from core.part import Part
from money.commands import COMMANDS
from money.earnings import RELEASE_EVERY_S, Earnings, Holds
from money.earnings.hold import Joined
from money.earnings.proofs import PROOFS as EARNINGS_PROOFS
from money.earnings.report import EarningsReport
from money.earnings.routes import EarningsRoutes
from money.gifts import Gifts
from money.ledger import Finding, Ledger, verify
from money.payouts.open import PayoutPart, open_payouts
from money.payouts.proofs import PROOFS as PAYOUT_PROOFS
from money.payouts.sending import SEND, SEND_EVERY_S
from money.providers import PROVIDERS
from money.purchases import Purchases
from money.rates import Rates
from money.rates.routes import RateRoutes
from money.routes import MoneyRoutes
from money.wallets import Brief, Wallets
from people.inbox.notices import SILENCE, Notifies


@dataclass(frozen=True, slots=True)
class Money:
    """What other domains may use of `money`."""

    database: Database
    ledger: Ledger
    earnings: Earnings
    reports: EarningsReport
    rates: Rates
    payouts: PayoutPart
    gifts: Gifts
    wallets: Wallets
    purchases: Purchases

    def grant(self, connection: Connection, person: str, coins: int, key: str, reason: str) -> int:
        """Credit free coins in the caller's transaction; see `Wallets.grant`."""
        return self.wallets.grant(connection, person, coins, key, reason)

    def verify(self, connection: Connection) -> list[Finding]:
        """Verify the ledger; returns an empty list if it is consistent."""
        return verify(connection) + [
            Finding(rule, str(subject), str(value))
            for rule, sql in (EARNINGS_PROOFS | PAYOUT_PROOFS).items()
            for subject, value in connection.execute(text(sql))
        ]


def open(core: Core, *, brief: Brief, joined: Joined = lambda _, __: {}, inbox: Notifies = SILENCE) -> Part[Money]:
    """`brief` resolves the counterparties of statement lines, `joined` says how old accounts are. The settings refuse
    the sandbox in production. Raises SettingsError for rates and terms that make no sense."""
    settings, database, clock = core.settings, core.database, core.clock
    ledger = Ledger()
    holds = Holds(joined, standard_days=settings.earnings_hold_days, new_days=settings.earnings_new_hold_days)
    earnings = Earnings(database, clock, ledger, holds)
    rates = Rates.from_settings(settings, clock)
    wallets = Wallets(database, clock, ledger, brief, earnings.due)
    payouts = open_payouts(core, ledger, earnings, rates, wallets, brief, inbox)
    provider = PROVIDERS[settings.payments](settings, clock)
    money = Money(
        database=database,
        ledger=ledger,
        earnings=earnings,
        reports=EarningsReport(clock),
        rates=rates,
        payouts=payouts,
        gifts=Gifts(ledger, earnings, settings.commission_percent),
        wallets=wallets,
        purchases=Purchases(database, clock, ledger, provider, core.executors.payments),
    )

    def close() -> None:
        provider.close()
        payouts.close()

    return Part(
        name="money",
        api=money,
        routes=[
            *MoneyRoutes(database, money.wallets, money.purchases, provider).operations(),
            *EarningsRoutes(database, earnings, money.reports).operations(),
            *RateRoutes(database, rates, files=payouts.files is not None).operations(),
            *payouts.routes,
        ],
        # A schedule: one process of the deployment is enough, and a release that fails is tried again soon.
        schedules=[
            Schedule("money.release_earnings", RELEASE_EVERY_S, JobKind(earnings.release_all, Lane.TRUST)),
            Schedule(SEND, SEND_EVERY_S, JobKind(payouts.sending.run, Lane.TRUST)),
        ],
        commands=COMMANDS,
        close=close,
    )
