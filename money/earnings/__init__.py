"""Earnings: a creator's share of gifts by day and hold class, its release, and its report."""

from money.earnings.earnings import RELEASE_BATCH_MAX, RELEASE_EVERY_S, Earned, Earnings, Held
from money.earnings.hold import DAY_MS, RELEASE_GRACE_MS, HoldClass, Holds, day_name

__all__ = [
    "DAY_MS",
    "RELEASE_BATCH_MAX",
    "RELEASE_EVERY_S",
    "RELEASE_GRACE_MS",
    "Earned",
    "Earnings",
    "Held",
    "HoldClass",
    "Holds",
    "day_name",
]
