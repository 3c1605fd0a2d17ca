"""The currencies of the shop, and what a price may be."""

from __future__ import annotations

CURRENCIES = ("EUR", "USD", "GBP", "CHF", "CAD", "AUD", "SEK", "NOK", "DKK", "PLN", "CZK", "BRL", "JPY")
PRICE_MINOR_MIN = 1
PRICE_MINOR_MAX = 10_000_000
ORDER_MINOR_MIN = 50  # a payment provider charges no less
ORDER_MINOR_MAX = 100_000_000


def is_currency(code: str) -> bool:
    return code in CURRENCIES
