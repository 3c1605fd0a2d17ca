"""Opens `money`: ledger, wallets, gifts, purchases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection

from core.core import Core
from core.database import Database
from core.database.proofs import Finding, Proof, findings
from core.jobs import Job, JobKind, Lane, Schedule
from core.part import Part
from money.commands import COMMANDS
from money.earnings import RELEASE_EVERY_S, Earnings, Holds
from money.earnings.hold import Joined
from money.earnings.proofs import PROOFS as EARNINGS_PROOFS
from money.earnings.report import EarningsReport
from money.earnings.routes import EarningsRoutes
from money.gifts import Gifts
from money.ledger import Ledger
from money.ledger.checkpoints import CHECKPOINT_EVERY_S, Checkpoints
from money.ledger.proofs import PROOFS
from money.ledger.reading import use_one_state
from money.payouts.open import PayoutPart, open_payouts
from money.payouts.proofs import PROOFS as PAYOUT_PROOFS
from money.payouts.sending import SEND, SEND_EVERY_S
from money.providers import PROVIDERS
from money.purchases.proofs import PROOFS as PURCHASE_PROOFS
from money.purchases.purchases import LOOK_AFTER_EVERY_S, Purchases
from money.purchases.review import Review
from money.purchases.routes import PurchaseRoutes
from money.rates import Rates
from money.rates.routes import RateRoutes
from money.reconciliation.reconciliation import RECONCILE_EVERY_S, Reconciliation
from money.routes import MoneyRoutes
from money.signals import Signals
from money.signals.earned import Airtime
from money.signals.routes import SignalRoutes
from money.signals.signals import LOOK_EVERY_S
from money.spending import Caps, SpendingLimits
from money.spending.limits import FORGET_EVERY_S
from money.spending.routes import SpendingRoutes
from money.wallets import Brief, Wallets
from people.inbox.notices import SILENCE, Notifies

MONEY_PROOFS: Mapping[str, Proof] = {**PROOFS, **EARNINGS_PROOFS, **PAYOUT_PROOFS, **PURCHASE_PROOFS}


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
    limits: SpendingLimits
    signals: Signals
    wallets: Wallets
    purchases: Purchases
    reconciliation: Reconciliation

    def grant(self, connection: Connection, person: str, coins: int, key: str, reason: str) -> int:
        """Credit free coins in the caller's transaction; see `Wallets.grant`."""
        return self.wallets.grant(connection, person, coins, key, reason)

    def verify(self, connection: Connection) -> list[Finding]:
        """Verify the ledger; returns an empty list if it is consistent."""
        use_one_state(connection)
        return list(findings(connection, MONEY_PROOFS))


def open(
    core: Core,
    *,
    brief: Brief,
    joined: Joined = lambda _, __: {},
    airtime: Airtime = lambda _, __, ___: (),
    inbox: Notifies = SILENCE,
) -> Part[Money]:
    """`brief` resolves the counterparties of statement lines, `joined` says how old accounts are, `airtime` what
    a host's rooms showed. The settings refuse the sandbox in production. Raises SettingsError for rates and terms that
    make no sense."""
    settings, database, clock = core.settings, core.database, core.clock
    ledger = Ledger()
    checkpoints = Checkpoints(database, clock, settings.ledger_anchor_file)
    caps = Caps(settings.spending_day_coins_max, settings.spending_month_coins_max, settings.spending_notice_coins)
    limits = SpendingLimits(caps, clock)
    holds = Holds(joined, standard_days=settings.earnings_hold_days, new_days=settings.earnings_new_hold_days)
    signals = Signals(database, clock, joined, airtime, holds)
    earnings = Earnings(database, clock, ledger, holds)
    rates = Rates.from_settings(settings, clock)
    wallets = Wallets(database, clock, ledger, brief, limits, earnings.due)
    payouts = open_payouts(core, ledger, earnings, rates, wallets, brief, inbox)
    provider = PROVIDERS[settings.payments](settings, clock)
    purchases = Purchases(database, clock, ledger, earnings, provider, core.executors.payments)
    reconciliation = Reconciliation(database, clock, ledger, provider, purchases.differences)
    money = Money(
        database=database,
        ledger=ledger,
        earnings=earnings,
        gifts=Gifts(
            ledger, earnings, settings.commission_percent, caps, marketing_funds_bonus=settings.marketing_funds_bonus
        ),
        limits=limits,
        signals=signals,
        wallets=wallets,
        reports=EarningsReport(clock),
        rates=rates,
        payouts=payouts,
        purchases=purchases,
        reconciliation=reconciliation,
    )

    def forget_spending(_: Job) -> None:
        database.write(limits.forget_old)

    def close() -> None:
        provider.close()
        payouts.close()

    return Part(
        name="money",
        api=money,
        routes=[
            *MoneyRoutes(database, money.wallets, provider).operations(),
            *PurchaseRoutes(database, purchases, Review(brief, purchases.refunds), provider).operations(),
            *SpendingRoutes(database, limits).operations(),
            *SignalRoutes(database, signals, brief).operations(),
            *EarningsRoutes(database, earnings, money.reports).operations(),
            *RateRoutes(database, rates, files=payouts.files is not None).operations(),
            *payouts.routes,
        ],
        # A schedule: one process of the deployment is enough, and a release that fails is tried again soon.
        schedules=[
            Schedule("money.signals", LOOK_EVERY_S, JobKind(signals.look, Lane.TRUST)),
            Schedule("money.forget_spending", FORGET_EVERY_S, JobKind(forget_spending, Lane.PRIVACY)),
            Schedule("money.release_earnings", RELEASE_EVERY_S, JobKind(earnings.release_all, Lane.TRUST)),
            Schedule("money.checkpoint", CHECKPOINT_EVERY_S, JobKind(checkpoints.make_daily, Lane.TRUST)),
            Schedule(SEND, SEND_EVERY_S, JobKind(payouts.sending.run, Lane.TRUST)),
            Schedule("money.purchases", LOOK_AFTER_EVERY_S, JobKind(lambda _: purchases.look_after(), Lane.TRUST)),
            Schedule("money.reconcile", RECONCILE_EVERY_S, JobKind(reconciliation.run_daily, Lane.TRUST)),
        ],
        commands=COMMANDS,
        proofs=MONEY_PROOFS,
        close=close,
    )
