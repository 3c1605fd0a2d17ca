"""The accounts. Their kind says what they hold; `rules.KINDS_BELOW_ZERO` lists those that may be negative.

| account | unit | holds |
| --- | --- | --- |
| `wallet` of a person | coins | coins they bought |
| `bonus` of a person | coins | coins they were given; spent first |
| `debt` of a person | coins | below zero: coins taken back that were spent already; repaid first by whatever comes in |
| `pending` of a person | coins | a creator's earnings in their hold period |
| `payable` of a person | coins | a creator's earnings after it |
| `promoted` of a person | coins | a creator's share of bonus coins, which is never paid out |
| `in_transit` of a person | currency | a payout that is on its way |
| `commission` of the platform | coins | its share of gifts |
| `redeemed` of the platform | coins | earnings exchanged for money |
| `mint`, `grant` of the platform | coins | below zero: the coins ever sold, and those ever given away |
| `marketing` of the platform | coins | below zero: what it paid creators for bonus coins |
| `provider` of a payment provider or bank | currency | below zero: the money there |
| `cash` of the platform | currency | what buyers paid, tax included |
| `cost` of the platform | currency | below zero: what creators were paid |
| `fees` of the platform | currency | below zero: what payment providers kept |
| `losses` of the platform | currency | below zero: what disputes cost beyond the payment |
"""

from __future__ import annotations

from money.ledger.rules import COINS, Account

PLATFORM = "platform"
COMMISSION = Account(PLATFORM, "commission", COINS)
REDEEMED = Account(PLATFORM, "redeemed", COINS)
MINT = Account(PLATFORM, "mint", COINS)
GRANT = Account(PLATFORM, "grant", COINS)
MARKETING = Account(PLATFORM, "marketing", COINS)


def wallet(person: str) -> Account:
    return Account(person, "wallet", COINS)


def bonus(person: str) -> Account:
    return Account(person, "bonus", COINS)


def debt(person: str) -> Account:
    return Account(person, "debt", COINS)


def pending(person: str) -> Account:
    return Account(person, "pending", COINS)


def payable(person: str) -> Account:
    return Account(person, "payable", COINS)


def promoted(person: str) -> Account:
    return Account(person, "promoted", COINS)


def in_transit(person: str, currency: str) -> Account:
    return Account(person, "in_transit", currency)


def provider(name: str, currency: str) -> Account:
    return Account(name, "provider", currency)


def cash(currency: str) -> Account:
    return Account(PLATFORM, "cash", currency)


def cost(currency: str) -> Account:
    return Account(PLATFORM, "cost", currency)


def fees(currency: str) -> Account:
    return Account(PLATFORM, "fees", currency)


def losses(currency: str) -> Account:
    return Account(PLATFORM, "losses", currency)
