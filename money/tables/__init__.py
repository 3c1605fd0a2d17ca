"""The tables of money."""

from money.tables.earnings import earnings, earnings_rooms, signals
from money.tables.ledger import TRIGGERS, accounts, entries, fractions, ledger_checkpoints, ledger_head, transfers
from money.tables.payouts import (
    coin_rates,
    payout_days,
    payout_destinations,
    payout_files,
    payout_identities,
    payout_steps,
    payouts,
)
from money.tables.purchases import differences, disputes, movements, purchases, refunds, taken_gifts, takes
from money.tables.spending import spending, spending_limits, spending_notices

__all__ = [
    "TRIGGERS",
    "accounts",
    "coin_rates",
    "differences",
    "disputes",
    "earnings",
    "earnings_rooms",
    "entries",
    "fractions",
    "ledger_checkpoints",
    "ledger_head",
    "movements",
    "payout_days",
    "payout_destinations",
    "payout_files",
    "payout_identities",
    "payout_steps",
    "payouts",
    "purchases",
    "refunds",
    "signals",
    "spending",
    "spending_limits",
    "spending_notices",
    "taken_gifts",
    "takes",
    "transfers",
]
