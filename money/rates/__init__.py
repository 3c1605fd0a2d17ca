"""The value of an earned coin: one rate per currency, never above what the coin brought in."""

from money.rates.break_even import Assumptions, BreakEven, PackResult
from money.rates.rates import Rate, Rates

__all__ = ["Assumptions", "BreakEven", "PackResult", "Rate", "Rates"]
