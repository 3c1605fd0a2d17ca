"""The signature of Stripe's webhooks. https://docs.stripe.com/webhooks#verify-manually"""

from __future__ import annotations

import hashlib
import hmac

from money.errors import BadSignature

SIGNATURE_AGE_MS_MAX = 300_000
SIGNATURE_CHARS_MAX = 2_000


def check_signature(secret: bytes, body: bytes, signature: str, now: int) -> None:
    """`now` in Unix ms. Raises BadSignature. While a secret is being replaced, Stripe signs with both."""
    parts = [part.strip().partition("=") for part in signature[:SIGNATURE_CHARS_MAX].split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) <= 12):
        raise BadSignature
    signed = hmac.new(secret, times[0].encode() + b"." + body, hashlib.sha256).hexdigest().encode()
    given = [value.encode() for name, _, value in parts if name == "v1"]
    matches = [hmac.compare_digest(signed, value) for value in given]  # every signature is compared
    if not any(matches):
        raise BadSignature
    if abs(now - int(times[0]) * 1000) > SIGNATURE_AGE_MS_MAX:
        raise BadSignature("The signature is too old.")
