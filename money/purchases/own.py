"""Purchases as their buyer sees them."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from core.http import Page
from money.providers.provider import Purchase, Refund, RefundState
from money.purchases import rows
from money.purchases.refunds import Refunds
from money.purchases.state import PublicState, public
from money.purchases.withdrawal import Offer, Withdrawals
from money.receipts.receipts import ReceiptName, Receipts
from money.tables import purchases


class RefundView(msgspec.Struct, frozen=True):
    """A refund as its buyer sees it. `reference` is what to name when asking about it."""

    reference: str
    state: RefundState
    amount_minor: int
    coins: int
    reason: str
    at: int
    settled_at: int | None


class OwnPurchase(msgspec.Struct, frozen=True):
    """A purchase as its buyer sees it. `withdrawal`: what withdrawing from the contract would refund now. `receipts`:
    its receipt and credit notes, oldest first; none for one that was paid before there were any."""

    id: str
    state: PublicState
    pack: str
    gift: str | None
    coins: int
    price_minor: int
    currency: str
    refunded_minor: int
    taken_coins: int
    at: int
    withdrawal: Offer | None
    refunds: list[RefundView]
    receipts: list[ReceiptName]


class OwnPurchases:
    def __init__(self, refunds: Refunds, withdrawals: Withdrawals) -> None:
        self._refunds = refunds
        self._withdrawals = withdrawals

    def page(self, connection: Connection, person: str, cursor: str, limit: int) -> Page[OwnPurchase]:
        """Newest first; those that were never paid are left out, and those for ads."""
        found = rows.PURCHASE.where(
            purchases.c.person == person,
            purchases.c.advertiser.is_(None),
            purchases.c.checkout.is_(None),
            purchases.c.state != "expired",
        )
        if cursor:
            found = found.where(purchases.c.id < cursor)
        newest = connection.execute(found.order_by(purchases.c.id.desc()).limit(limit + 1)).all()
        shown = [Purchase(*row) for row in newest[:limit]]
        receipts = Receipts.of(connection, [purchase.id for purchase in shown])
        items = [self._own(connection, purchase, receipts.get(purchase.id, [])) for purchase in shown]
        return Page(items, items[-1].id if len(newest) > limit else None)

    def _own(self, connection: Connection, purchase: Purchase, receipts: list[ReceiptName]) -> OwnPurchase:
        asked = self._refunds.of(connection, purchase.id) if purchase.state != "pending" else []
        return OwnPurchase(
            purchase.id, public(purchase.state), purchase.pack, purchase.gift, purchase.coins, purchase.price_minor,
            purchase.currency, purchase.refunded_minor, purchase.taken_coins, purchase.at,
            self._withdrawals.offer(connection, purchase), [refund_view(refund) for refund in asked], receipts,
        )  # fmt: skip


def refund_view(refund: Refund) -> RefundView:
    return RefundView(
        refund.id, refund.state, refund.amount_minor, refund.coins, refund.reason, refund.at, refund.settled_at
    )
