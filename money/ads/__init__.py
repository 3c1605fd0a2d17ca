"""The money of advertisers: what they pay in, and what is held and spent for their campaigns and challenges."""

from money.ads.budgets import AdBudgets, Capture, Release, Reserve, Spending
from money.ads.captures import Captured, captures
from money.ads.shares import HELD_DAYS, Shares, payable_micro, shares_of

__all__ = [
    "HELD_DAYS", "AdBudgets", "Capture", "Captured", "Release", "Reserve", "Shares", "Spending", "captures",
    "payable_micro", "shares_of",
]  # fmt: skip
