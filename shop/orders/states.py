"""The states of an order, of its stock and of its checkout, and the only transitions there are.

| state of an order | means |
| --- | --- |
| `placed` | its stock is held while the buyer pays |
| `paid` | the money waits in the account `order:ID`; the seller packs |
| `sent`, `delivered` | on its way; with the buyer, who may return it for a while |
| `settled` | seller and platform have their shares |
| `cancelled` | not paid in time, or refunded before it was sent. A late payment makes it `paid` if there are
enough left, and is refunded if not |
| `returned` | refunded after it was sent |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

OrderState = Literal["placed", "paid", "sent", "delivered", "settled", "cancelled", "returned"]
STATES: tuple[OrderState, ...] = get_args(OrderState)
TRANSITIONS: Mapping[OrderState, tuple[OrderState, ...]] = {
    "placed": ("paid", "cancelled"),
    "cancelled": ("paid",),  # only before any payment
    "paid": ("sent", "cancelled"),
    "sent": ("delivered", "returned"),
    "delivered": ("settled", "returned"),
    "settled": (),
    "returned": (),
}
REFUNDABLE: tuple[OrderState, ...] = ("paid", "sent", "delivered", "settled")

StockState = Literal["held", "taken", "shipped", "released", ""]
"""`held` until the checkout ends, `taken` once it is paid: both count as reserved. `shipped` has left the store."""
RESERVED = ("held", "taken")

CheckoutState = Literal["held", "paid", "expired"]
RefundState = Literal["wanted", "done", "failed", "void", "by_hand"]
"""`wanted`: its money waits in the account `checkout:ID` until the provider has paid it back. `void`: the buyer's bank
has given it back. `failed`: the provider refuses, so somebody pays it by hand."""


def is_forward(before: OrderState, after: OrderState) -> bool:
    return after in TRANSITIONS[before]
