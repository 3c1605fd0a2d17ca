"""The share of a month's ad revenue that goes into the pot of that month."""

from __future__ import annotations

from sqlalchemy import Connection

from core.database import Database
from money.fund.periods import Periods, own_key
from money.ledger.accounts import AD_CURRENCY, AD_UNIT, MICRO_PER_MINOR, PLATFORM
from money.rates import Rates
from money.rates.break_even import PER
from money.reports.months import span
from money.reports.sums import Sums, sums_of

SOURCE = "ads"


class AdShare:
    """What ads brought stays where it is; the platform spends as much on creators, in coins at the rate of the month's
    end, rounded down. So a coin of the fund is worth as much as any other."""

    def __init__(self, database: Database, sums: Sums, rates: Rates, periods: Periods) -> None:
        self._database = database
        self._sums = sums
        self._rates = rates
        self._periods = periods

    def fill(self, period: str, percent: int) -> None:
        """Once a period. Blocks. Raises CurrencyNotPaid if an earned coin has no value in the currency of ads."""
        if not percent:
            return
        self._sums.bring_up(PLATFORM)

        def write(connection: Connection) -> None:
            if any(fill.source == SOURCE for fill in self._periods.fills(connection, period)):
                return
            micro = sum(
                one.net
                for one in sums_of(connection, PLATFORM, period)
                if (one.account, one.unit, one.month) == ("ad_revenue", AD_UNIT, period)
            )
            rate = self._rates.at(connection, AD_CURRENCY, span(period).end - 1)
            coins = micro * percent * PER // (100 * MICRO_PER_MINOR * rate)
            if coins > 0:
                note = f"{percent} % of {micro} {AD_UNIT} at {rate} for {PER}"
                self._periods.fill(connection, period, coins, own_key(SOURCE), by="", note=note, source=SOURCE)

        self._database.write(write)
