"""Opens `money`: ledger, wallets, gifts, purchases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from sqlalchemy import Connection

from core.core import Core
from core.database import Database
from core.database.proofs import Finding, Proof, findings
from core.executors import BoundedExecutor
from core.http import Operation
from core.jobs import Job, JobKind, Lane, Schedule
from core.part import Part
from money.ads import AdBudgets
from money.ads.prize_proofs import PROOFS as PRIZE_PROOFS
from money.ads.prizes import Prizes
from money.ads.proofs import PROOFS as AD_PROOFS
from money.ads.vat.proofs import PROOFS as AD_VAT_PROOFS
from money.agreements.open import AgreementPart, ByHandle, open_agreements, unknown_handle
from money.agreements.proofs import PROOFS as AGREEMENT_PROOFS
from money.commands import COMMANDS
from money.earnings import RELEASE_EVERY_S, Earnings, Holds
from money.earnings.hold import Joined
from money.earnings.proofs import PROOFS as EARNINGS_PROOFS
from money.earnings.report import EarningsReport
from money.earnings.routes import EarningsRoutes
from money.fund.fund import Fund, open_fund
from money.fund.proofs import PROOFS as FUND_PROOFS
from money.fund.routes.admins import FundAdminRoutes
from money.fund.routes.creators import FundRoutes
from money.fund.routes.originality import OriginalityRoutes
from money.gifts import Gifts
from money.leaving import forget_cards, has_money, open_business
from money.ledger import Ledger
from money.ledger.checkpoints import CHECKPOINT_EVERY_S, Checkpoints
from money.ledger.proofs import PROOFS
from money.ledger.reading import use_one_state
from money.payouts.open import PayoutPart, open_payouts
from money.payouts.proofs import PROOFS as PAYOUT_PROOFS
from money.payouts.sending import SEND, SEND_EVERY_S
from money.providers import PROVIDERS, Provider
from money.purchases.methods.routes import MethodRoutes
from money.purchases.proofs import PROOFS as PURCHASE_PROOFS
from money.purchases.purchases import LOOK_AFTER_EVERY_S, Purchases
from money.purchases.review import Review
from money.purchases.routes import PurchaseRoutes
from money.rates import Rates
from money.rates.routes import RateRoutes
from money.receipts.receipts import Receipts
from money.receipts.routes import ReceiptRoutes, pdf_executor
from money.reconciliation.reconciliation import RECONCILE_EVERY_S, Reconciliation
from money.reports.admin_routes import RevenueRoutes
from money.reports.proofs import PROOFS as REPORT_PROOFS
from money.reports.revenue import RevenueReport
from money.reports.routes import StatementRoutes
from money.reports.statement import Statements
from money.reports.sums import SUM_EVERY_S, Sums
from money.routes import MoneyRoutes
from money.signals import Signals
from money.signals.earned import Airtime
from money.signals.routes import SignalRoutes
from money.signals.signals import LOOK_EVERY_S
from money.spending import Caps, SpendingLimits
from money.spending.limits import FORGET_EVERY_S
from money.spending.proofs import PROOFS as SPENDING_PROOFS
from money.spending.routes import SpendingRoutes
from money.tax.lacking import Payees
from money.tax.routes import TaxRoutes
from money.vat.flags import Flags
from money.vat.proofs import PROOFS as VAT_PROOFS
from money.vat.routes import VatRoutes
from money.vat.sales import VatSales
from money.vat.terms import euro_cents, rates_version, seller_of, terms_of
from money.wallets import Brief, Wallets
from people.inbox.notices import SILENCE, Notifies

MONEY_PROOFS: Mapping[str, Proof] = {
    **PROOFS, **AD_PROOFS, **AD_VAT_PROOFS, **AGREEMENT_PROOFS, **EARNINGS_PROOFS, **FUND_PROOFS, **PAYOUT_PROOFS,
    **PRIZE_PROOFS, **PURCHASE_PROOFS, **REPORT_PROOFS, **SPENDING_PROOFS, **VAT_PROOFS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Money:
    """What other domains may use of `money`."""

    database: Database
    ledger: Ledger
    earnings: Earnings
    agreements: AgreementPart
    reports: EarningsReport
    rates: Rates
    payouts: PayoutPart
    gifts: Gifts
    limits: SpendingLimits
    signals: Signals
    wallets: Wallets
    purchases: Purchases
    receipts: Receipts
    reconciliation: Reconciliation
    sums: Sums
    statements: Statements
    ad_budgets: AdBudgets
    pdfs: BoundedExecutor
    fund: Fund
    prizes: Prizes

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
    by_handle: ByHandle = unknown_handle,
    joined: Joined = lambda _, __: {},
    airtime: Airtime = lambda _, __, ___: (),
    inbox: Notifies = SILENCE,
) -> Part[Money]:
    """`brief` resolves the counterparties of statement lines, `by_handle` those whom admins name, `joined` says how old
    accounts are, `airtime` what a host's rooms showed. The settings refuse the sandbox in production. Raises
    SettingsError for rates and terms that make no sense."""
    settings, database, clock = core.settings, core.database, core.clock
    ledger = Ledger()
    caps = Caps(settings.spending_day_coins_max, settings.spending_month_coins_max, settings.spending_notice_coins)
    limits = SpendingLimits(caps, clock)
    holds = Holds(joined, standard_days=settings.earnings_hold_days, new_days=settings.earnings_new_hold_days)
    signals = Signals(database, clock, joined, airtime, holds)
    earnings = Earnings(database, clock, ledger, holds)
    rates = Rates.from_settings(settings, clock)
    agreements = open_agreements(database, clock, settings.commission_percent, rates, inbox, brief, by_handle)
    wallets = Wallets(database, clock, ledger, brief, limits, earnings.due)
    payouts = open_payouts(core, ledger, earnings, rates, wallets, brief, inbox)
    provider = PROVIDERS[settings.payments](settings, clock)
    sales = VatSales(terms_of(settings), partial(euro_cents, settings), partial(rates_version, settings))
    receipts = Receipts(sales, seller_of(settings), brief)
    pdfs = pdf_executor()
    purchases = Purchases(database, clock, ledger, earnings, provider, core.executors.payments, receipts)
    reconciliation = Reconciliation(
        database, clock, ledger, provider, purchases.differences, purchases.catch_up
    )  # fmt: skip
    reports, sums = EarningsReport(clock), Sums(database)
    statements = Statements(clock, brief, reports)
    money = Money(
        database=database,
        ledger=ledger,
        earnings=earnings,
        agreements=agreements,
        gifts=Gifts(ledger, earnings, agreements.in_force, caps, marketing_funds_bonus=settings.marketing_funds_bonus),
        limits=limits,
        signals=signals,
        wallets=wallets,
        reports=reports,
        rates=rates,
        payouts=payouts,
        purchases=purchases,
        receipts=receipts,
        reconciliation=reconciliation,
        sums=sums,
        statements=statements,
        ad_budgets=AdBudgets(clock, ledger),
        pdfs=pdfs,
        fund=open_fund(settings, database, clock, ledger, rates, inbox),
        prizes=Prizes(clock, ledger, rates),
    )
    core.privacy.holds(open_business)
    core.privacy.keeps("money", has_money)
    core.privacy.step("saved cards", forget_cards(database, purchases.methods, provider))
    fund_admin = FundAdminRoutes(database, core.jobs, money.fund, brief)

    def close() -> None:
        provider.close()
        payouts.close()
        pdfs.close()

    return Part(
        name="money",
        api=money,
        routes=[*_routes(core, money, provider, brief, pdfs), *fund_admin.operations()],
        jobs=fund_admin.kinds(),
        schedules=_schedules(money, Checkpoints(database, clock, settings.ledger_anchor_file)),
        commands=COMMANDS,
        proofs=MONEY_PROOFS,
        close=close,
    )


def _routes(core: Core, money: Money, provider: Provider, brief: Brief, pdfs: BoundedExecutor) -> list[Operation]:
    database, clock, payouts, purchases = money.database, core.clock, money.payouts, money.purchases
    return [
        *MoneyRoutes(database, money.wallets, provider).operations(),
        *MethodRoutes(database, purchases.methods, provider, core.executors.payments).operations(),
        *PurchaseRoutes(database, purchases, Review(brief, purchases.refunds), provider).operations(),
        *ReceiptRoutes(database, money.receipts, pdfs).operations(),
        *VatRoutes(database, clock, terms_of(core.settings), Flags(clock, brief)).operations(),
        *SpendingRoutes(database, money.limits).operations(),
        *SignalRoutes(database, money.signals, brief).operations(),
        *EarningsRoutes(database, money.earnings, money.reports).operations(),
        *money.agreements.routes,
        *FundRoutes(database, money.fund.explaining).operations(),
        *OriginalityRoutes(database, money.fund.originality, money.fund.explaining, brief).operations(),
        *StatementRoutes(database, clock, money.sums, money.statements).operations(),
        *RevenueRoutes(database, clock, money.sums, RevenueReport(clock, money.rates)).operations(),
        *RateRoutes(database, money.rates, files=payouts.files is not None).operations(),
        *TaxRoutes(database, clock, payouts.tax, Payees(brief)).operations(),
        *payouts.routes,
    ]


def _schedules(money: Money, checkpoints: Checkpoints) -> list[Schedule]:
    """One process of the deployment is enough for each, and one that fails is tried again soon."""

    def forget_spending(_: Job) -> None:
        money.database.write(money.limits.forget_old)

    def look_after_purchases(_: Job) -> None:
        money.purchases.look_after()

    def sum_months(_: Job) -> None:
        money.sums.bring_up_all()

    return [
        Schedule("money.signals", LOOK_EVERY_S, JobKind(money.signals.look, Lane.TRUST)),
        Schedule("money.forget_spending", FORGET_EVERY_S, JobKind(forget_spending, Lane.PRIVACY)),
        Schedule("money.release_earnings", RELEASE_EVERY_S, JobKind(money.earnings.release_all, Lane.TRUST)),
        Schedule("money.checkpoint", CHECKPOINT_EVERY_S, JobKind(checkpoints.make_daily, Lane.TRUST)),
        Schedule("money.sum_months", SUM_EVERY_S, JobKind(sum_months, Lane.TRUST)),
        Schedule(SEND, SEND_EVERY_S, JobKind(money.payouts.sending.run, Lane.TRUST)),
        Schedule("money.purchases", LOOK_AFTER_EVERY_S, JobKind(look_after_purchases, Lane.TRUST)),
        Schedule("money.reconcile", RECONCILE_EVERY_S, JobKind(money.reconciliation.run_daily, Lane.TRUST)),
    ]
