"""Opens `money`: ledger, wallets, gifts, purchases."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from core.core import Core
from core.database import Database
from core.jobs import JobKind, Lane, Schedule
from core.part import Part
from money.commands import COMMANDS
from money.earnings import RELEASE_EVERY_S, Earnings
from money.gifts import Gifts
from money.ledger import Finding, Ledger, verify
from money.providers import PROVIDERS
from money.purchases.proofs import PROOFS
from money.purchases.purchases import LOOK_AFTER_EVERY_S, Purchases
from money.purchases.review import Review
from money.purchases.routes import PurchaseRoutes
from money.reconciliation.reconciliation import RECONCILE_EVERY_S, Reconciliation
from money.routes import MoneyRoutes
from money.wallets import Brief, Wallets


@dataclass(frozen=True, slots=True)
class Money:
    """What other domains may use of `money`."""

    database: Database
    ledger: Ledger
    earnings: Earnings
    gifts: Gifts
    wallets: Wallets
    purchases: Purchases
    reconciliation: Reconciliation

    def grant(self, connection: Connection, person: str, coins: int, key: str, reason: str) -> int:
        """Credit free coins in the caller's transaction; see `Wallets.grant`."""
        return self.wallets.grant(connection, person, coins, key, reason)

    def verify(self, connection: Connection) -> list[Finding]:
        """Verify the ledger; returns an empty list if it is consistent."""
        return verify(connection) + verify(connection, PROOFS)


def open(core: Core, *, brief: Brief) -> Part[Money]:
    """`brief` resolves the counterparties of statement lines. The settings refuse the sandbox in production."""
    settings, database, clock = core.settings, core.database, core.clock
    ledger = Ledger()
    earnings = Earnings(database, clock, ledger, settings.earnings_hold_days)
    provider = PROVIDERS[settings.payments](settings, clock)
    purchases = Purchases(database, clock, ledger, earnings, provider, core.executors.payments)
    reconciliation = Reconciliation(database, clock, ledger, provider, purchases.differences)
    money = Money(
        database=database,
        ledger=ledger,
        earnings=earnings,
        gifts=Gifts(ledger, earnings, settings.commission_percent),
        wallets=Wallets(database, clock, ledger, brief),
        purchases=purchases,
        reconciliation=reconciliation,
    )
    return Part(
        name="money",
        api=money,
        routes=[
            *MoneyRoutes(database, money.wallets, provider).operations(),
            *PurchaseRoutes(database, purchases, Review(brief, purchases.refunds), provider).operations(),
        ],
        # A schedule: one process of the deployment is enough, and a release that fails is tried again soon.
        schedules=[
            Schedule("money.release_earnings", RELEASE_EVERY_S, JobKind(earnings.release_all, Lane.TRUST)),
            Schedule("money.purchases", LOOK_AFTER_EVERY_S, JobKind(lambda _: purchases.look_after(), Lane.TRUST)),
            Schedule("money.reconcile", RECONCILE_EVERY_S, JobKind(reconciliation.run_daily, Lane.TRUST)),
        ],
        commands=COMMANDS,
        close=provider.close,
    )
