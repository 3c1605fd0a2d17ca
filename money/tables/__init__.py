"""The tables of money."""

from money.tables import privacy as _privacy  # noqa: F401  each says what it holds about people
from money.tables.ads import ad_billing, ad_budgets, ad_documents, ad_prizes, ad_shares, ad_vat
from money.tables.agreements import agency_earnings, agency_fractions, agreement_proposals, agreements
from money.tables.earnings import earnings, earnings_rooms, signals
from money.tables.fund import (
    fund_corrections,
    fund_creators,
    fund_fills,
    fund_left_out,
    fund_originality,
    fund_periods,
    fund_videos,
    fund_views,
)
from money.tables.ledger import accounts, entries, fractions, ledger_checkpoints, ledger_head, transfers
from money.tables.payouts import (
    coin_rates,
    payout_days,
    payout_destinations,
    payout_files,
    payout_identities,
    payout_steps,
    payouts,
)
from money.tables.purchases import (
    differences,
    disputes,
    movements,
    purchases,
    refunds,
    saved_methods,
    taken_gifts,
    takes,
)
from money.tables.reports import month_sums, summed_accounts, tax_details
from money.tables.spending import spending, spending_limits, spending_notices
from money.tables.triggers import TRIGGERS
from money.tables.vat import billing_details, receipts, sales_years, vat_lines, vat_sales

__all__ = [
    "TRIGGERS",
    "accounts",
    "ad_billing",
    "ad_budgets",
    "ad_documents",
    "ad_prizes",
    "ad_shares",
    "ad_vat",
    "agency_earnings",
    "agency_fractions",
    "agreement_proposals",
    "agreements",
    "billing_details",
    "coin_rates",
    "differences",
    "disputes",
    "earnings",
    "earnings_rooms",
    "entries",
    "fractions",
    "fund_corrections",
    "fund_creators",
    "fund_fills",
    "fund_left_out",
    "fund_originality",
    "fund_periods",
    "fund_videos",
    "fund_views",
    "ledger_checkpoints",
    "ledger_head",
    "month_sums",
    "movements",
    "payout_days",
    "payout_destinations",
    "payout_files",
    "payout_identities",
    "payout_steps",
    "payouts",
    "purchases",
    "receipts",
    "refunds",
    "sales_years",
    "saved_methods",
    "signals",
    "spending",
    "spending_limits",
    "spending_notices",
    "summed_accounts",
    "taken_gifts",
    "takes",
    "tax_details",
    "transfers",
    "vat_lines",
    "vat_sales",
]
