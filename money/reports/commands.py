"""`cadeau money revenue`."""

from __future__ import annotations

import argparse
import re
from typing import TYPE_CHECKING

from core.part import Argument, Command
from money.rates import Rates
from money.reports.months import YEAR_MAX, YEAR_MIN
from money.reports.revenue import RevenueReport
from money.reports.revenue_text import revenue_csv, revenue_table
from money.reports.sums import Sums

if TYPE_CHECKING:
    from core.core import Core

_MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])\Z")


def print_revenue(core: Core, options: argparse.Namespace) -> int:
    """A month as a table or as CSV."""
    Sums(core.database).bring_up_all()
    report = RevenueReport(core.clock, Rates.from_settings(core.settings, core.clock))
    months = core.database.read(lambda c: report.months(c, options.month, 1))
    print(revenue_csv(months) if options.format == "csv" else revenue_table(months[0]), end="")
    return 0


def _month(text: str) -> str:
    if not _MONTH.match(text) or not YEAR_MIN <= int(text[:4]) <= YEAR_MAX:
        raise ValueError
    return text


COMMANDS = (
    Command(
        words=("money", "revenue"),
        group_help="what the platform earned and owes",
        help="print a month's revenue, payouts and outstanding coins, from the ledger",
        arguments=(
            Argument("month", type=_month, help="UTC, as 2026-11"),
            Argument("--format", choices=("text", "csv"), default="text", help="text by default"),
        ),
        run=print_revenue,
    ),
)
