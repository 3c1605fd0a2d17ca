"""Money, put together."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from core.clock import Clock
from core.database import Database
from core.part import Part
from core.settings import Settings
from money.earnings import Earnings
from money.gifts import Gifts
from money.ledger import Finding, Ledger, verify
from money.purchases import Provider, Purchases, Sandbox
from money.routes import MoneyRoutes
from money.stripe import Stripe
from money.wallets import Brief, Wallets


@dataclass(frozen=True, slots=True)
class Money:
    database: Database
    ledger: Ledger
    earnings: Earnings
    gifts: Gifts
    wallets: Wallets
    purchases: Purchases
    provider: Provider

    def part(self) -> Part:
        stripe = self.provider if isinstance(self.provider, Stripe) else None
        routes = MoneyRoutes(self.database, self.wallets, self.purchases, stripe)
        return Part("money", routes.operations(), {"earnings": self.earnings.run})

    def grant(self, connection: Connection, person: str, coins: int, key: str, reason: str) -> int:
        """Give coins away, in the caller's transaction; see `Wallets.grant`."""
        return self.wallets.grant(connection, person, coins, key, reason)

    def verify(self, connection: Connection) -> list[Finding]:
        """Prove the books; an empty list when they are in order."""
        return verify(connection)

    def close(self) -> None:
        self.provider.close()


def open_money(database: Database, clock: Clock, settings: Settings, brief: Brief) -> Money:
    """`brief` resolves the other side of a statement's lines. The settings have refused the sandbox in production."""
    ledger = Ledger()
    earnings = Earnings(database, clock, ledger, settings.earnings_hold_days)
    provider = _provider(settings, clock)
    return Money(
        database=database,
        ledger=ledger,
        earnings=earnings,
        gifts=Gifts(ledger, earnings, settings.commission_percent),
        wallets=Wallets(database, clock, ledger, brief),
        purchases=Purchases(database, clock, ledger, provider),
        provider=provider,
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
