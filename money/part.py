"""Opens `money`: ledger, wallets, gifts, purchases."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from core.clock import Clock
from core.core import Core
from core.database import Database
from core.part import Part
from core.settings import Settings
from money.commands import COMMANDS
from money.earnings import Earnings
from money.gifts import Gifts
from money.ledger import Finding, Ledger, verify
from money.purchases import Provider, Purchases, Sandbox
from money.routes import MoneyRoutes
from money.stripe import Stripe
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
    earnings = Earnings(database, clock, ledger, settings.earnings_hold_days)
    provider = _provider(settings, clock)
    money = Money(
        database=database,
        ledger=ledger,
        earnings=earnings,
        gifts=Gifts(ledger, earnings, settings.commission_percent),
        wallets=Wallets(database, clock, ledger, brief),
        purchases=Purchases(database, clock, ledger, provider, core.executors.payments),
    )
    stripe = provider if isinstance(provider, Stripe) else None
    return Part(
        name="money",
        api=money,
        routes=MoneyRoutes(database, money.wallets, money.purchases, stripe).operations(),
        tasks={"earnings": earnings.run},
        commands=COMMANDS,
        close=provider.close,
    )


def _provider(settings: Settings, clock: Clock) -> Provider:
    if settings.payments == "sandbox":
        return Sandbox()
    return Stripe(
        secret_key=settings.stripe_secret_key,
        webhook_secret=settings.stripe_webhook_secret,
        api_url=settings.stripe_api_url,
        site_url=settings.base_url,
        clock=clock,
    )
