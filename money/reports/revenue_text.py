"""The platform's revenue as a table for the command line, and as CSV."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from money.ledger.journals import decimal
from money.ledger.rules import COINS
from money.reports.files import as_csv
from money.reports.revenue import Revenue

HEAD = ("month", "unit", "line", "amount")
MICRO_PLACES = 6
_TOTALS = ("kept", "opening", "closing")


def revenue_csv(months: Sequence[Revenue]) -> str:
    """One line for each figure. Lines enter the sum with their sign; what follows `=` in the table is a line, too."""
    return as_csv([HEAD, *(row for month in months for row in _rows(month))])


def revenue_table(revenue: Revenue) -> str:
    rows = list(_rows(revenue))
    wide = max(len(line) for _, _, line, _ in rows)
    parts = [f"{revenue.month}{'' if revenue.complete else ' (so far)'}"]
    unit = ""
    for _, of, line, amount in rows:
        if of != unit:
            unit = of
            parts.append(f"\n{unit}")
        parts.append(f"  {'=' if line in _TOTALS else ' '} {line:<{wide}}  {amount:>18,}")
    return "\n".join(parts) + "\n"


def _rows(revenue: Revenue) -> Iterator[tuple[str, str, str, object]]:
    month, coins = revenue.month, revenue.coins
    for money in revenue.money:
        unit = money.currency
        figures = [(line.name, line.amount) for line in money.lines]
        figures += [("kept", money.kept), ("at_providers", money.at_providers), ("in_transit", money.in_transit)]
        yield from ((month, unit, name, decimal(amount, unit)) for name, amount in figures)
    figures = [("opening", coins.opening), *((line.name, line.amount) for line in coins.lines)]
    figures += [("closing", coins.closing), *((f"owed_{line.name}", line.amount) for line in coins.owed)]
    figures += [("bonus", coins.bonus), ("promoted", coins.promoted), ("owed_to_us", coins.debts)]
    figures += [("granted", coins.granted)]
    yield from ((month, COINS, name, amount) for name, amount in figures)
    for value in coins.values:
        yield (
            month,
            f"{value.currency} at {value.per_thousand} for 1,000",
            "closing_worth",
            decimal(value.minor, value.currency),
        )
    if revenue.ads is not None:
        ads, unit = revenue.ads, f"{revenue.ads.currency} for ads"
        figures = [("opening", ads.opening), *((line.name, line.amount) for line in ads.lines)]
        figures += [("closing", ads.closing), *((f"owed_{line.name}", line.amount) for line in ads.owed)]
        figures += [("owed_to_us", ads.debts)]
        yield from ((month, unit, name, Decimal(amount).scaleb(-MICRO_PLACES)) for name, amount in figures)
