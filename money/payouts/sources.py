"""What can be paid out: of each source, the account it is on, what waits, and what a payout moves there."""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection

from money.ads.shares import payable_micro
from money.earnings.earnings import debts, repaying
from money.errors import CurrencyNotPaid, DebtOutstanding, InsufficientEarnings
from money.ledger.accounts import (
    AD_CURRENCY,
    AD_REDEEMED,
    MICRO_PER_MINOR,
    REDEEMED,
    ad_share,
    affiliate,
    affiliate_debt,
    cost,
    payable,
)
from money.ledger.rules import Account
from money.purchases.debts import balance

Source = Literal["gifts", "commissions", "ads"]
"""`gifts`: coins, exchanged at a rate; whatever earns coins. `commissions` of sales in the shop, and a creator's share
of `ads`: money already."""


def owed(connection: Connection, source: Source, person: str, currency: str) -> int:
    """What the person owes of what they are paid out of. Locked until the transaction ends."""
    if source == "gifts":
        return debts(connection, [person]).get(person, 0)
    return -balance(connection, affiliate_debt(person, currency)) if source == "commissions" else 0


def check_money(
    connection: Connection, source: Source, person: str, amount_minor: int, currency: str, *, waits_minor: int, now: int
) -> None:
    """Whether so much of a source that is money may be paid out. `waits_minor`: of commissions that are settled.

    Raises CurrencyNotPaid, DebtOutstanding, InsufficientEarnings.
    """
    if source == "ads":
        if currency != AD_CURRENCY:
            raise CurrencyNotPaid
        if amount_minor * MICRO_PER_MINOR > payable_micro(connection, person, now, lock=True):
            raise InsufficientEarnings
        return
    if balance(connection, affiliate_debt(person, currency)) < 0:
        raise DebtOutstanding
    if amount_minor > balance(connection, affiliate(person, currency)) - waits_minor:
        raise InsufficientEarnings


def value(source: Source, person: str, currency: str, coins: int, minor: int, owed: int) -> dict[Account, int]:
    """What the person gets back of a payout, or pays with a minus sign. What is owed by now is paid first."""
    if source == "commissions":
        repaid = min(minor, owed) if minor > 0 else 0
        return {affiliate_debt(person, currency): repaid, affiliate(person, currency): minor - repaid}
    if source == "ads":
        micro = minor * MICRO_PER_MINOR
        return {ad_share(person): micro, AD_REDEEMED: -micro, cost(currency): minor}
    given = repaying(person, coins, owed) if coins > 0 else {payable(person): coins}
    return {**given, REDEEMED: -coins, cost(currency): minor}
