"""Stripe Connect's signed events. They have a secret of their own, come at least once and in any order.

An event only names what changed: an account, or a transfer. Whoever gets one fetches that object.
https://docs.stripe.com/webhooks#verify-manually, https://docs.stripe.com/event-destinations#thin-events
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Literal

import msgspec

from core.clock import Clock
from core.errors import InvalidRequest
from money.errors import BadSignature

SIGNATURE_AGE_MS_MAX = 300_000
SIGNATURE_CHARS_MAX = 2_000
OBJECT_ID_CHARS_MAX = 100


class _Object(msgspec.Struct):
    id: str = ""
    object: str = ""


class _Data(msgspec.Struct):
    object: _Object | None = None


class _Related(msgspec.Struct):
    id: str = ""
    type: str = ""


class _Event(msgspec.Struct):
    type: str
    data: _Data | None = None
    related_object: _Related | None = None


class Hint(msgspec.Struct, frozen=True):
    """What to fetch."""

    kind: Literal["account", "transfer"]
    id: str


def hint_of(body: bytes, signature: str, secret: str, clock: Clock) -> Hint | None:
    """None for an event that does not concern us. Raises BadSignature, InvalidRequest."""
    _check(body, signature, secret.encode(), clock())
    try:
        event = msgspec.json.decode(body, type=_Event)
    except msgspec.DecodeError:
        raise InvalidRequest("This is not an event of Stripe.") from None
    related = event.related_object
    if related is not None and related.type == "v2.core.account":
        return _hint("account", related.id)
    found = event.data.object if event.data else None
    if found is not None and found.object == "transfer":
        return _hint("transfer", found.id)
    return None


def _hint(kind: Literal["account", "transfer"], id: str) -> Hint | None:
    """Ids become part of an address, so they must look like ids."""
    plain = id.isascii() and id.replace("_", "").isalnum() and len(id) <= OBJECT_ID_CHARS_MAX
    return Hint(kind, id) if plain else None


def _check(body: bytes, signature: str, secret: bytes, now: int) -> None:
    parts = [part.strip().partition("=") for part in signature[:SIGNATURE_CHARS_MAX].split(",")]
    times = [value for name, _, value in parts if name == "t"]
    if len(times) != 1 or not (times[0].isascii() and times[0].isdigit() and len(times[0]) <= 12):
        raise BadSignature
    signed = hmac.new(secret, times[0].encode() + b"." + body, hashlib.sha256).hexdigest().encode()
    matches = [hmac.compare_digest(signed, value.encode()) for name, _, value in parts if name == "v1"]
    if not any(matches):
        raise BadSignature
    if abs(now - int(times[0]) * 1000) > SIGNATURE_AGE_MS_MAX:
        raise BadSignature("The signature is too old.")
