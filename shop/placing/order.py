"""What somebody wants to order."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence

import msgspec

from core.identity import Identity
from shop.orders.addresses import Address
from shop.pins.how import IN_THE_SHOP, How


class NewOrder(msgspec.Struct, frozen=True):
    """`items`: variants and how many of each. `address`: None for where its saved method sends. `total_minor`: what the
    buyer was shown; None: whatever it is. `key`: of the request; the same again returns the same checkout."""

    who: Identity
    items: Sequence[tuple[str, int]]
    address: Address | None
    currency: str
    total_minor: int | None
    key: str
    how: How = IN_THE_SHOP


def content_of(order: NewOrder, wanted: Mapping[str, int], address: Address) -> str:
    """A digest of what is asked for."""
    request = [wanted, address, order.currency, order.total_minor]
    whole = msgspec.json.encode(request if order.how == IN_THE_SHOP else [*request, order.how])
    return hashlib.blake2b(whole, digest_size=16).hexdigest()
