"""Stripe: a purchase is a Checkout Session. A signed webhook says that something changed, and what is true is fetched.

https://docs.stripe.com/api/checkout/sessions/create
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

import msgspec
import structlog

from core.clock import Clock
from core.errors import InvalidRequest, Unavailable
from core.settings import Settings
from money.providers.provider import (
    Checkout,
    Movement,
    Payment,
    Purchase,
    Refund,
    RefundAnswer,
    SavedCard,
    Subject,
)
from money.providers.stripe.api import TIMEOUT_S, StripeApi, StripeRefused
from money.providers.stripe.charges import Charges, is_intent
from money.providers.stripe.objects import (
    BalanceTransaction,
    FraudWarning,
    Made,
    PaymentIntent,
    Rows,
    Session,
    SessionId,
    Sourced,
    StripeDispute,
    StripeRefund,
    movements,
)
from money.providers.stripe.signature import check_signature

_TEST_KEYS = ("sk_test_", "rk_test_")  # https://docs.stripe.com/keys
_SESSIONS = "/v1/checkout/sessions"
SHOP_CHECKOUT_S = 1_920  # Stripe's least is 30 minutes; two more, in which a silent attempt may be repeated
_NOT_YET = ("balance_insufficient", "charge_not_captured")

log = structlog.get_logger("stripe")


class _Object(msgspec.Struct):
    id: str | None = None
    payment_intent: str | None = None


class _Data(msgspec.Struct):
    object: _Object


class _Event(msgspec.Struct):
    type: str
    data: msgspec.Raw


class Stripe:
    """Stripe's side of a purchase. Thread-safe; `close` closes its connections."""

    name = "stripe"
    signature_header = "stripe-signature"

    def __init__(
        self,
        *,
        secret_key: str,
        webhook_secret: str,
        api_url: str,
        site_url: str,
        clock: Clock,
        timeout_s: float = TIMEOUT_S,
    ) -> None:
        self.sandbox = secret_key.startswith(_TEST_KEYS)
        self._webhook_secret = webhook_secret.encode()
        self._site_url = site_url
        self._clock = clock
        self._api = StripeApi(secret_key, api_url, timeout_s)
        self._charges = Charges(self._api)

    @classmethod
    def from_settings(cls, settings: Settings, clock: Clock) -> Stripe:
        return cls(
            secret_key=settings.stripe_secret_key,
            webhook_secret=settings.stripe_webhook_secret,
            api_url=settings.stripe_api_url,
            site_url=settings.base_url,
            clock=clock,
        )

    def close(self) -> None:
        self._api.close()

    def checkout(self, purchase: Purchase) -> Checkout:
        """Create the session. The purchase's id is the idempotency key, so a retry returns the same session."""
        back = f"{self._site_url}{purchase.page}?purchase={purchase.id}"
        body = {
            "mode": "payment",
            "client_reference_id": purchase.id,
            "success_url": back,
            "cancel_url": back,
            "billing_address_collection": "required",  # its country is a proof of place, for the VAT
            "adaptive_pricing[enabled]": "false",  # else Stripe shows another currency, and the sums do not match
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": purchase.currency.lower(),
            "line_items[0][price_data][unit_amount]": str(purchase.price_minor),
            "line_items[0][price_data][product_data][name]": purchase.title,
        }
        if purchase.checkout is not None:  # what is in it is held only for a while
            body["expires_at"] = str(purchase.at // 1000 + SHOP_CHECKOUT_S)
        if purchase.saves:
            body["customer_creation"] = "always"
            body["payment_intent_data[setup_future_usage]"] = "off_session"
        try:
            session = self._api.post(_SESSIONS, SessionId, body, f"cadeau-{purchase.id}")
        except StripeRefused as refused:
            log.error("stripe refused a checkout", purchase=purchase.id, trouble=str(refused))
            raise Unavailable("The payment provider refused; nothing was charged.") from None
        if not session.id or session.url is None:
            log.error("no checkout session in stripe's response", purchase=purchase.id)
            raise Unavailable("The payment provider returned no checkout page.")
        return Checkout(session.id, session.url)

    def begin_charge(self, purchase: Purchase, card: SavedCard) -> str | None:
        return self._charges.begin(purchase, card)

    def charge(self, purchase: Purchase) -> Checkout | None:
        intent = self._charges.confirm(purchase)
        if intent.failed:
            return None
        return Checkout(intent.id, payment=self._payment_of_intent(intent, purchase.id))

    def forget(self, card: SavedCard) -> None:
        self._charges.forget(card)

    def end(self, purchase: Purchase) -> Payment | None:
        """https://docs.stripe.com/api/checkout/sessions/expire. Refused for one that is paid or has ended already."""
        if purchase.provider_ref is None:
            return None
        if is_intent(purchase.provider_ref):
            return self._payment_of_intent(self._charges.cancel(purchase), purchase.id)
        try:
            self._api.post(f"{_SESSIONS}/{purchase.provider_ref}/expire", SessionId, {}, f"cadeau-end-{purchase.id}")
        except StripeRefused as refused:
            log.info("stripe did not end a checkout", purchase=purchase.id, trouble=str(refused))
        return self.payment(Subject("session", purchase.provider_ref))

    def event(self, body: bytes, signature: str) -> Subject | None:
        """Returns None for events that are not about payments. Raises BadSignature, InvalidRequest."""
        check_signature(self._webhook_secret, body, signature, self._clock())
        try:
            event = msgspec.json.decode(body, type=_Event)
            if not event.type.startswith(("checkout.session.", "charge.", "radar.early_fraud_warning.")):
                return None
            about = msgspec.json.decode(event.data, type=_Data).object
        except msgspec.DecodeError:
            raise InvalidRequest("This is not an event of Stripe.") from None
        if event.type.startswith("checkout.session."):
            return Subject("session", about.id) if about.id else None
        return Subject("payment", about.payment_intent) if about.payment_intent else None

    def payment(self, subject: Subject) -> Payment | None:
        try:
            session = None if subject.kind == "session" and is_intent(subject.ref) else self._session(subject)
            if session is None and is_intent(subject.ref):
                return self._charged(subject.ref)
            if session is None or session.client_reference_id is None:
                return None
            return self._payment(session, session.client_reference_id)
        except StripeRefused as refused:
            if refused.status == 404:  # an event of another account or of another mode
                return None
            log.error("stripe refused to show a payment", ref=subject.ref, trouble=str(refused))
            raise Unavailable from None

    def refund(self, purchase: Purchase, refund: Refund) -> RefundAnswer:
        """We ask before we try: Stripe forgets idempotency keys after a day, and a silent attempt may have worked."""
        intent = purchase.payment_ref or self._intent_of(purchase)
        body = {
            "payment_intent": intent,
            "amount": str(refund.amount_minor),
            "metadata[refund]": refund.id,
        }
        try:
            known = [one for one in self._refunds(intent) if one.metadata.get("refund") == refund.id]
            made = known[0] if known else self._api.post("/v1/refunds", Made, body, f"cadeau-refund-{refund.id}")
        except StripeRefused as refused:
            state: Literal["asked", "failed"] = "asked" if refused.code in _NOT_YET else "failed"
            log.error("stripe refused a refund", purchase=purchase.id, code=refused.code)
            return RefundAnswer(state, self.payment(Subject("payment", intent)), detail=refused.code)
        payment = self.payment(Subject("payment", intent))
        if made.status in ("failed", "canceled"):
            return RefundAnswer("failed", payment, made.id, made.status)
        return RefundAnswer("done", payment, made.id)

    def movements(self, since: int) -> Iterator[Sequence[Movement]]:
        try:
            for page in self._api.pages(
                "/v1/balance_transactions", BalanceTransaction, {"created[gte]": since // 1000}
            ):
                yield movements(page)
        except StripeRefused as refused:
            log.error("stripe refused its balance transactions", trouble=str(refused))
            raise Unavailable from None

    def subject_of(self, movement: str) -> Subject | None:
        try:
            moved = self._api.get(f"/v1/balance_transactions/{movement}", Sourced, {"expand[]": "source"})
        except StripeRefused as refused:
            log.error("stripe refused to show a balance transaction", ref=movement, trouble=str(refused))
            return None
        payment = moved.source.payment_intent if moved.source else None
        return Subject("payment", payment) if payment else None

    def _intent_of(self, purchase: Purchase) -> str:
        """Of a purchase that was paid before payments were noted. Raises Unavailable."""
        payment = self.payment(Subject("session", purchase.provider_ref or ""))
        if payment is None or payment.payment_ref is None:
            raise Unavailable("The payment provider does not know this payment.")
        return payment.payment_ref

    def _session(self, subject: Subject) -> Session | None:
        ref = subject.ref
        if subject.kind == "payment":
            [*found] = self._api.get(_SESSIONS, Rows[SessionId], {"payment_intent": ref, "limit": 1}).data
            if not found:
                return None
            ref = found[0].id
        expand = {"expand[]": "payment_intent.latest_charge.balance_transaction"}
        return self._api.get(f"{_SESSIONS}/{ref}", Session, expand)

    def _payment(self, session: Session, purchase: str) -> Payment:
        intent = session.payment_intent
        payment = Payment(
            purchase, session.id, _state(session), session.amount_total or 0, (session.currency or "").upper(),
            payment_ref=intent.id if intent else None,
        )  # fmt: skip
        return self._with_money(payment, intent)

    def _charged(self, ref: str) -> Payment | None:
        """A payment without a checkout page. One that failed is none: its purchase goes on at a page."""
        intent = self._charges.find(ref)
        if intent is None or "purchase" not in intent.metadata or intent.failed:
            return None
        return self._payment_of_intent(intent, intent.metadata["purchase"])

    def _payment_of_intent(self, intent: PaymentIntent, purchase: str) -> Payment:
        state: Literal["open", "paid", "expired"] = (
            "paid" if intent.status == "succeeded" else "expired" if intent.status == "canceled" else "open"
        )
        payment = Payment(purchase, intent.id, state, intent.amount, intent.currency.upper(), payment_ref=intent.id)
        return self._with_money(payment, intent)

    def _with_money(self, payment: Payment, intent: PaymentIntent | None) -> Payment:
        charge = intent.latest_charge if intent else None
        if intent is None or charge is None or payment.state != "paid":
            return payment
        refunds = self._refunds(intent.id) if charge.amount_refunded else []
        disputes = self._disputes(intent) if charge.disputed else []
        rows = [charge.balance_transaction, *(one.balance_transaction for one in refunds)]
        rows += [row for one in disputes for row in one.balance_transactions]
        return msgspec.structs.replace(
            payment,
            refunded_minor=charge.amount_refunded,
            disputes=[dispute for one in disputes if (dispute := one.dispute)],
            movements=movements(rows),
            countries=charge.countries,
            suspicious=self._suspicious(intent),
            saved=intent.saved,
        )

    def _refunds(self, intent: str) -> list[StripeRefund]:
        query = {"payment_intent": intent, "expand[]": "data.balance_transaction"}
        return [row for page in self._api.pages("/v1/refunds", StripeRefund, query) for row in page]

    def _disputes(self, intent: PaymentIntent) -> list[StripeDispute]:
        pages = self._api.pages("/v1/disputes", StripeDispute, {"payment_intent": intent.id})
        return [row for page in pages for row in page]

    def _suspicious(self, intent: PaymentIntent) -> bool:
        warnings = self._api.get("/v1/radar/early_fraud_warnings", Rows[FraudWarning], {"payment_intent": intent.id})
        return any(warning.actionable for warning in warnings.data)


def _state(session: Session) -> Literal["open", "paid", "expired"]:
    if session.payment_status == "paid":
        return "paid"
    # A bank transfer, say, completes its session unpaid: then the payment itself tells whether it failed.
    failed = session.status == "complete" and session.payment_intent is not None and session.payment_intent.failed
    return "expired" if session.status == "expired" or failed else "open"
