"""The accounts. Their kind says what they hold; `rules.KINDS_BELOW_ZERO` lists those that may be negative.

| account | holds |
| --- | --- |
| `wallet` of a person | coins to give |
| `pending` of a person | a creator's earnings in their hold period |
| `payable` of a person | a creator's earnings after it |
| `commission` of the platform | its share of gifts |
| `mint`, `grant` of the platform | below zero: the coins ever sold, and those ever given away |
| `provider` of a payment provider | below zero: what people paid through it, in a currency's minor unit |
| `cash` of the platform | the other leg of that |
"""

from __future__ import annotations

from money.ledger.rules import COINS, Account

COMMISSION = Account("platform", "commission", COINS)
MINT = Account("platform", "mint", COINS)
GRANT = Account("platform", "grant", COINS)


def wallet(person: str) -> Account:
    return Account(person, "wallet", COINS)


def pending(person: str) -> Account:
    return Account(person, "pending", COINS)


def payable(person: str) -> Account:
    return Account(person, "payable", COINS)


def provider(name: str, currency: str) -> Account:
    return Account(name, "provider", currency)


def cash(currency: str) -> Account:
    return Account("platform", "cash", currency)
