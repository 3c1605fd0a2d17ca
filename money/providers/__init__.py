"""Payment providers. Another one is a file here, its line in `PROVIDERS`, and its settings."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from core.clock import Clock
from core.settings import Settings
from money.providers.provider import (
    Checkout,
    Dispute,
    Movement,
    Payment,
    Provider,
    Purchase,
    Refund,
    RefundAnswer,
    SavedCard,
    Subject,
)
from money.providers.sandbox import Sandbox
from money.providers.stripe import Stripe

__all__ = [
    "PROVIDERS",
    "Checkout",
    "Dispute",
    "Movement",
    "Payment",
    "Provider",
    "Purchase",
    "Refund",
    "RefundAnswer",
    "Sandbox",
    "SavedCard",
    "Stripe",
    "Subject",
]

PROVIDERS: Mapping[str, Callable[[Settings, Clock], Provider]] = {
    Sandbox.name: Sandbox.from_settings,
    Stripe.name: Stripe.from_settings,
}
"""How to open each, by what CADEAU_PAYMENTS calls it."""
