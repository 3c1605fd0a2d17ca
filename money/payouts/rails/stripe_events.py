"""Stripe Connect's signed events. They have a secret of their own, come at least once and in any order.

An event only names what changed: an account, or a transfer. Whoever gets one fetches that object.
https://docs.stripe.com/webhooks#verify-manually, https://docs.stripe.com/event-destinations#thin-events
"""

from __future__ import annotations

from typing import Literal

import msgspec

from core.clock import Clock
from core.errors import InvalidRequest
from money.providers.stripe.signature import check_signature

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
    check_signature(secret.encode(), body, signature, clock())
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
