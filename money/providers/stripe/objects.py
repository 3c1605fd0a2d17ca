"""Stripe's objects, as far as purchases need them. https://docs.stripe.com/api"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

from money.providers.provider import Dispute, DisputeState, Movement, MovementKind, SavedCard

T = TypeVar("T")


class Rows(msgspec.Struct, Generic[T]):
    data: list[T]


class BalanceTransaction(msgspec.Struct):
    id: str
    amount: int
    fee: int
    currency: str
    created: int
    type: str
    reporting_category: str = ""

    @property
    def movement(self) -> Movement:
        kind = self._kind()
        return Movement(self.id, kind, self.amount, self.fee, self.currency.upper(), self.created * 1000)

    def _kind(self) -> MovementKind:
        if self.type == "adjustment":
            return _ADJUSTMENTS.get(self.reporting_category, "dispute" if self.amount < 0 else "dispute_won")
        return _KINDS.get(self.type, "other")


class _Source(msgspec.Struct):
    """A charge, a refund or a dispute: whatever moved money."""

    payment_intent: str | None = None


class Sourced(msgspec.Struct):
    """A balance transaction with its source expanded."""

    source: _Source | None = None


_ADJUSTMENTS: dict[str, MovementKind] = {"dispute": "dispute", "dispute_reversal": "dispute_won"}
_KINDS: dict[str, MovementKind] = {
    "charge": "payment",
    "payment": "payment",
    "refund": "refund",
    "payment_refund": "refund",
    "transfer": "payout",
    "transfer_cancel": "payout",
    "transfer_failure": "payout",
    "transfer_refund": "payout",
    "payout": "bank",
    "payout_cancel": "bank",
    "payout_failure": "bank",
    "stripe_fee": "fee",
    "stripe_fx_fee": "fee",
    "tax_fee": "fee",
}


class _Address(msgspec.Struct):
    country: str | None = None


class _Billing(msgspec.Struct):
    address: _Address | None = None


class _Card(msgspec.Struct):
    country: str | None = None
    brand: str | None = None
    last4: str | None = None


class _Method(msgspec.Struct):
    card: _Card | None = None


class Charge(msgspec.Struct):
    id: str
    amount_refunded: int = 0
    disputed: bool = False
    balance_transaction: BalanceTransaction | None = None
    billing_details: _Billing | None = None
    payment_method_details: _Method | None = None

    @property
    def countries(self) -> tuple[str | None, str | None]:
        """Of the buyer's address, and of their card."""
        address = self.billing_details.address if self.billing_details else None
        card = self.payment_method_details.card if self.payment_method_details else None
        return address.country if address else None, card.country if card else None

    @property
    def label(self) -> str:
        """What its owner knows the card by."""
        card = self.payment_method_details.card if self.payment_method_details else None
        return f"{(card.brand or 'card').title()} {card.last4 or ''}".strip() if card else "Card"


class PaymentIntent(msgspec.Struct):
    id: str
    status: str = ""
    latest_charge: Charge | None = None
    amount: int = 0
    currency: str = ""
    customer: str | None = None
    payment_method: str | None = None
    setup_future_usage: str | None = None
    metadata: dict[str, str] = {}

    @property
    def failed(self) -> bool:
        return self.status in ("requires_payment_method", "canceled")

    @property
    def saved(self) -> SavedCard | None:
        """The card that the buyer let Stripe keep."""
        if not (self.setup_future_usage and self.customer and self.payment_method and self.latest_charge):
            return None
        return SavedCard(self.customer, self.payment_method, self.latest_charge.label)


class Session(msgspec.Struct):
    id: str
    url: str | None = None
    status: str = ""
    client_reference_id: str | None = None
    payment_status: str = ""
    amount_total: int | None = None
    currency: str | None = None
    payment_intent: PaymentIntent | None = None


class SessionId(msgspec.Struct):
    """A session where only its id is wanted, or nothing in it is expanded."""

    id: str
    url: str | None = None


class Made(msgspec.Struct):
    """A refund as it was just made: nothing in it is expanded."""

    id: str
    status: str | None = None
    metadata: dict[str, str] = {}


class StripeRefund(Made):
    balance_transaction: BalanceTransaction | None = None


class StripeDispute(msgspec.Struct):
    id: str
    amount: int
    currency: str
    status: str
    reason: str = ""
    evidence_details: dict[str, int | bool | str | None] = {}
    balance_transactions: list[BalanceTransaction] = []

    @property
    def dispute(self) -> Dispute | None:
        """None while it is an inquiry: no money has moved."""
        state = _DISPUTES.get(self.status)
        if state is None:
            return None
        # What was taken from us, which may be more than the payment: exchange rates move.
        taken = [row for row in self.balance_transactions if row.amount < 0]
        amount = -sum(row.amount for row in taken) if taken else self.amount
        currency = taken[0].currency if taken else self.currency
        due = self.evidence_details.get("due_by")
        due_at = due * 1000 if isinstance(due, int) else None
        return Dispute(self.id, state, amount, currency.upper(), self.reason, due_at)


_DISPUTES: dict[str, DisputeState] = {
    "needs_response": "open",
    "under_review": "open",
    "won": "won",
    "lost": "lost",
}


class FraudWarning(msgspec.Struct):
    id: str
    actionable: bool = False


def movements(rows: Iterable[BalanceTransaction | None]) -> list[Movement]:
    return [row.movement for row in rows if row is not None]
