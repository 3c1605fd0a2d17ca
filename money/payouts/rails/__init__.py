"""Rails: the ways money reaches a creator. Another one is a file here, its line in `RAILS`, and its settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.clock import Clock
from core.settings import Settings
from money.payouts.rails.hand import Hand
from money.payouts.rails.rail import Accepted, Outcome, Paid, Payment, Rail, Refused, Standing
from money.payouts.rails.sandbox import Sandbox
from money.payouts.rails.sepa import Sepa
from money.payouts.rails.stripe import StripeConnect

__all__ = [
    "RAILS",
    "Accepted",
    "Hand",
    "Outcome",
    "Paid",
    "Payment",
    "Rail",
    "Refused",
    "Sandbox",
    "Sepa",
    "Standing",
    "StripeConnect",
]

RAILS: Mapping[str, Callable[[Settings, Clock], Rail]] = {
    Sandbox.name: Sandbox.from_settings,
    Hand.name: Hand.from_settings,
    Sepa.name: Sepa.from_settings,
    StripeConnect.name: StripeConnect.from_settings,
}
"""How to open each, by what CADEAU_PAYOUTS calls it."""
