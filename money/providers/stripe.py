"""Stripe: a purchase is a Checkout Session, and a signed webhook reports its outcome.

https://docs.stripe.com/api/checkout/sessions/create, https://docs.stripe.com/webhooks#verify-manually
"""

from __future__ import annotations

import hashlib
import hmac
import time

import httpx
import msgspec
import structlog

from core.clock import Clock
from core.errors import InvalidRequest, Unavailable
from core.settings import Settings
from money.errors import BadSignature
from money.providers.provider import Checkout, Payment, Purchase

API_VERSION = "2024-06-20"
ATTEMPTS_MAX = 3
TIMEOUT_S = 8.0
RETRY_S = 0.25
SIGNATURE_AGE_MS_MAX = 300_000
SIGNATURE_CHARS_MAX = 2_000

_TEST_KEYS = ("sk_test_", "rk_test_")  # https://docs.stripe.com/keys

log = structlog.get_logger("stripe")


class _Session(msgspec.Struct):
    id: str
    url: str | None = None
    client_reference_id: str | None = None
    payment_status: str = ""
    amount_total: int | None = None
    currency: str | None = None


class _Data(msgspec.Struct):
    object: msgspec.Raw


class _Event(msgspec.Struct):
    type: str
    data: _Data


_PAID = frozenset({"checkout.session.completed", "checkout.session.async_payment_succeeded"})
_FAILED = frozenset({"checkout.session.expired", "checkout.session.async_payment_failed"})


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
        self._http = httpx.Client(
            base_url=api_url,
            headers={"Authorization": f"Bearer {secret_key}", "Stripe-Version": API_VERSION},
            timeout=timeout_s,
        )

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
        self._http.close()

    def checkout(self, purchase: Purchase) -> Checkout:
        """Create the session. The purchase's id is the idempotency key, so a retry returns the same session."""
        back = f"{self._site_url}/wallet?purchase={purchase.id}"
        answer = self._post(
            "/v1/checkout/sessions",
            f"cadeau-{purchase.id}",
            {
                "mode": "payment",
                "client_reference_id": purchase.id,
                "success_url": back,
                "cancel_url": back,
                "line_items[0][quantity]": "1",
                "line_items[0][price_data][currency]": purchase.currency.lower(),
                "line_items[0][price_data][unit_amount]": str(purchase.price_minor),
                "line_items[0][price_data][product_data][name]": f"{purchase.coins} coins",
            },
        )
        try:
            session = msgspec.json.decode(answer, type=_Session)
        except msgspec.DecodeError:
            session = _Session("")
        if not session.id or session.url is None:
            log.error("no checkout session in stripe's response", purchase=purchase.id)
            raise Unavailable("The payment provider returned no checkout page.")
        return Checkout(session.id, session.url)

    def payment(self, body: bytes, signature: str) -> Payment | None:
        """Parse a webhook. Returns None if it is not about our purchases. Raises BadSignature, InvalidRequest."""
        self._check_signature(body, signature)
        try:
            event = msgspec.json.decode(body, type=_Event)
            if event.type not in _PAID and event.type not in _FAILED:
                return None
            session = msgspec.json.decode(event.data.object, type=_Session)
        except msgspec.DecodeError:
            raise InvalidRequest("This is not an event of a checkout session.") from None
        if session.client_reference_id is None:
            return None
        if event.type in _FAILED:
            return Payment(session.client_reference_id, session.id, False)
        if session.payment_status != "paid":  # a bank transfer, say: another event reports its arrival
            return None
        amount, currency = session.amount_total or 0, (session.currency or "").upper()
        return Payment(session.client_reference_id, session.id, True, amount, currency)

    def _check_signature(self, body: bytes, signature: str) -> None:
        parts = [part.strip().partition("=") for part in signature[:SIGNATURE_CHARS_MAX].split(",")]
        times = [value for name, _, value in parts if name == "t"]
        if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) <= 12):
            raise BadSignature
        signed = hmac.new(self._webhook_secret, times[0].encode() + b"." + body, hashlib.sha256).hexdigest().encode()
        given = [value.encode() for name, _, value in parts if name == "v1"]
        matches = [hmac.compare_digest(signed, value) for value in given]  # every signature is compared
        if not any(matches):
            raise BadSignature
        if abs(self._clock() - int(times[0]) * 1000) > SIGNATURE_AGE_MS_MAX:
            raise BadSignature("The signature is too old.")

    def _post(self, path: str, key: str, form: dict[str, str]) -> bytes:
        """POST with a bounded number of retries on timeouts and failures. The idempotency key makes them safe."""
        trouble = ""
        for attempt in range(ATTEMPTS_MAX):
            if attempt:
                time.sleep(RETRY_S * 2 ** (attempt - 1))
            try:
                answer = self._http.post(path, data=form, headers={"Idempotency-Key": key})
            except httpx.TransportError as error:
                trouble = type(error).__name__
                continue
            if answer.is_success:
                return answer.content
            trouble = f"status {answer.status_code}"
            if answer.status_code not in (409, 429) and answer.status_code < 500:
                break
        log.error("stripe refused the request", path=path, trouble=trouble)
        raise Unavailable("The payment provider does not answer; nothing was charged. Try again in a moment.")
