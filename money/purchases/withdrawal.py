"""Withdrawal within 14 days (Directive 2011/83/EU, art. 9 and 11a): coins that were bought and are not spent yet.

Two steps: `offer` says what would be refunded, and confirming it asks for exactly that.
"""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from core.clock import Clock
from core.errors import IdempotencyKeyReused, NotFound
from money.errors import NotWithdrawable, WithdrawalChanged
from money.ledger.accounts import wallet
from money.providers.provider import Purchase, Refund
from money.purchases import rows
from money.purchases.debts import balance
from money.purchases.refunds import Refunds
from money.purchases.state import REFUNDABLE

WITHDRAWAL_DAYS = 14
DAY_MS = 86_400_000


class Offer(msgspec.Struct, frozen=True):
    """What a withdrawal would refund now, and until when (Unix ms) it is possible."""

    coins: int
    amount_minor: int
    currency: str
    until: int


class Withdrawals:
    def __init__(self, clock: Clock, refunds: Refunds) -> None:
        self._clock = clock
        self._refunds = refunds

    def offer(self, connection: Connection, purchase: Purchase, *, lock: bool = False) -> Offer | None:
        """None when nothing of it can be withdrawn. Coins that were given to the person never can,
        nor can money for ads, which a business pays in.

        `lock` the wallet, so that the offer holds until the transaction ends.
        """
        until = (purchase.settled_at or purchase.at) + WITHDRAWAL_DAYS * DAY_MS
        if purchase.state not in REFUNDABLE or self._clock() > until or purchase.advertiser is not None:
            return None
        left = purchase.coins - purchase.taken_coins
        coins = min(left, balance(connection, wallet(purchase.person), lock=lock))
        unpaid = purchase.price_minor - purchase.refunded_minor
        amount = unpaid if coins == left else min(unpaid, purchase.price_minor * coins // purchase.coins)
        return Offer(coins, amount, purchase.currency, until) if coins > 0 and amount > 0 else None

    def confirm(self, connection: Connection, person: str, id: str, coins: int, amount_minor: int, key: str) -> Refund:
        """Withdraw what was offered.

        Raises NotFound, NotWithdrawable, WithdrawalChanged, Conflict, IdempotencyKeyReused.
        """
        purchase = rows.find(connection, id, lock=True)
        if purchase is None or purchase.person != person:
            raise NotFound("There is no such purchase.")
        repeated = self._refunds.by_key(connection, id, key)
        if repeated is not None:
            if (repeated.coins, repeated.amount_minor, repeated.by) != (coins, amount_minor, person):
                raise IdempotencyKeyReused
            return repeated
        offer = self.offer(connection, purchase, lock=True)
        if offer is None:
            raise NotWithdrawable
        if (offer.coins, offer.amount_minor) != (coins, amount_minor):
            raise WithdrawalChanged
        return self._refunds.ask(
            connection, purchase, key=key, reason="withdrawal", amount_minor=offer.amount_minor, coins=offer.coins,
            by=person,
        )  # fmt: skip
