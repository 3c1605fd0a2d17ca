"""Advertisers who pay in at a stand-in for Stripe."""

from __future__ import annotations

from tests.money.purchases.conftest import server, shop

__all__ = ["server", "shop"]
