"""Stripe: its API over HTTP, its signatures, and purchases as Checkout Sessions."""

from money.providers.stripe.stripe import Stripe

__all__ = ["Stripe"]
