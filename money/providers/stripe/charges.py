"""Payments with a saved card: made, noted by us, then confirmed; or ended for sure.

https://docs.stripe.com/payments/save-during-payment
"""

from __future__ import annotations

import structlog

from core.errors import Unavailable
from money.providers.provider import Purchase, SavedCard
from money.providers.stripe.api import StripeApi, StripeRefused
from money.providers.stripe.objects import PaymentIntent, SessionId

_INTENTS = "/v1/payment_intents"
_EXPAND = "latest_charge.balance_transaction"

log = structlog.get_logger("stripe")


def is_intent(ref: str | None) -> bool:
    """Whether a reference is that of a payment that has no checkout page."""
    return ref is not None and ref.startswith("pi_")


class Charges:
    def __init__(self, api: StripeApi) -> None:
        self._api = api

    def begin(self, purchase: Purchase, card: SavedCard) -> str | None:
        """Nothing is charged yet. None: Stripe does not take this card."""
        body = {
            "amount": str(purchase.price_minor),
            "currency": purchase.currency.lower(),
            "customer": card.customer,
            "payment_method": card.method,
            "payment_method_types[0]": "card",
            "description": purchase.title,
            "metadata[purchase]": purchase.id,
        }
        try:
            return self._api.post(_INTENTS, SessionId, body, f"cadeau-charge-{purchase.id}").id
        except StripeRefused as refused:
            log.info("stripe does not take a saved card", purchase=purchase.id, trouble=str(refused))
            return None

    def confirm(self, purchase: Purchase) -> PaymentIntent:
        """Charge the card, and say what became of it: `succeeded`, `processing`, or `canceled` for whatever needs the
        buyer. Repeated, it says the same. Raises Unavailable."""
        ref = purchase.provider_ref
        body = {"off_session": "true", "expand[]": _EXPAND}
        try:
            intent = self._api.post(f"{_INTENTS}/{ref}/confirm", PaymentIntent, body, f"cadeau-confirm-{purchase.id}")
        except StripeRefused as refused:
            log.info("stripe did not charge a saved card", purchase=purchase.id, code=refused.code)
            return self.cancel(purchase)
        return intent if intent.status in ("succeeded", "processing") else self.cancel(purchase)

    def cancel(self, purchase: Purchase) -> PaymentIntent:
        """End it. Refused for one that is paid, or has ended already: what it is now is fetched. Raises Unavailable."""
        ref = purchase.provider_ref or ""
        try:
            self._api.post(f"{_INTENTS}/{ref}/cancel", SessionId, {}, f"cadeau-cancel-{purchase.id}")
        except StripeRefused as refused:
            log.info("stripe did not end a payment", purchase=purchase.id, trouble=str(refused))
        intent = self.find(ref)
        if intent is None:
            raise Unavailable("The payment provider does not know its payment.")
        return intent

    def find(self, ref: str) -> PaymentIntent | None:
        """None for one of another account or mode. Raises Unavailable."""
        try:
            return self._api.get(f"{_INTENTS}/{ref}", PaymentIntent, {"expand[]": _EXPAND})
        except StripeRefused as refused:
            if refused.status == 404:
                return None
            log.error("stripe refused to show a payment", ref=ref, trouble=str(refused))
            raise Unavailable from None

    def forget(self, card: SavedCard) -> None:
        """https://docs.stripe.com/api/payment_methods/detach"""
        try:
            self._api.post(f"/v1/payment_methods/{card.method}/detach", SessionId, {}, f"cadeau-forget-{card.method}")
        except StripeRefused as refused:
            log.info("stripe did not forget a card", trouble=str(refused))
