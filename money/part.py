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
from money.ledger import Finding, Ledger
from money.ledger.checkpoints import CHECKPOINT_EVERY_S, Checkpoints
from money.ledger.proofs import PROOFS, verify
from money.providers import PROVIDERS
from money.purchases import Purchases
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

    def grant(self, connection: Connection, person: str, coins: int, key: str, reason: str) -> int:
        """Credit free coins in the caller's transaction; see `Wallets.grant`."""
        return self.wallets.grant(connection, person, coins, key, reason)

    def verify(self, connection: Connection) -> list[Finding]:
        """Verify the ledger; returns an empty list if it is consistent."""
        return verify(connection)


def open(core: Core, *, brief: Brief) -> Part[Money]:
    """`brief` resolves the counterparties of statement lines. The settings refuse the sandbox in production."""
    settings, database, clock = core.settings, core.database, core.clock
    ledger = Ledger()
    checkpoints = Checkpoints(database, clock, settings.ledger_anchor_file)
    earnings = Earnings(database, clock, ledger, settings.earnings_hold_days)
    provider = PROVIDERS[settings.payments](settings, clock)
    money = Money(
        database=database,
        ledger=ledger,
        earnings=earnings,
        gifts=Gifts(
            ledger, earnings, settings.commission_percent, marketing_funds_bonus=settings.marketing_funds_bonus
        ),
        wallets=Wallets(database, clock, ledger, brief),
        purchases=Purchases(database, clock, ledger, provider, core.executors.payments),
    )
    return Part(
        name="money",
        api=money,
        routes=MoneyRoutes(database, money.wallets, money.purchases, provider).operations(),
        # A schedule: one process of the deployment is enough, and a release that fails is tried again soon.
        schedules=[
            Schedule("money.release_earnings", RELEASE_EVERY_S, JobKind(earnings.release_all, Lane.TRUST)),
            Schedule("money.checkpoint", CHECKPOINT_EVERY_S, JobKind(checkpoints.make_daily, Lane.TRUST)),
        ],
        commands=COMMANDS,
        proofs=PROOFS,
        close=provider.close,
    )
