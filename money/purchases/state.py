"""The states of a purchase, and the only transitions there are. They form no circle: a purchase moves forward only.

| state | means |
| --- | --- |
| `pending` | begun; nothing has been paid |
| `expired` | the checkout ended without a payment. A payment that arrives late still counts |
| `paid` | paid and credited |
| `partly_refunded`, `refunded` | a part of the price went back, or all of it |
| `disputed` | the buyer's bank took the money back and decides |
| `won`, `lost` | what the bank decided. A refund after `won` shows in the sum refunded |
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, get_args

PurchaseState = Literal["pending", "expired", "paid", "partly_refunded", "refunded", "disputed", "won", "lost"]
STATES: tuple[PurchaseState, ...] = get_args(PurchaseState)

TRANSITIONS: Mapping[PurchaseState, tuple[PurchaseState, ...]] = {
    "pending": ("paid", "expired"),
    "expired": ("paid",),
    "paid": ("partly_refunded", "refunded", "disputed"),
    "partly_refunded": ("refunded", "disputed"),
    "refunded": ("disputed",),  # a bank may not know yet that the money is back
    "disputed": ("won", "lost"),
    "won": (),
    "lost": (),
}
REFUNDABLE: tuple[PurchaseState, ...] = ("paid", "partly_refunded")
SETTLED: tuple[PurchaseState, ...] = tuple(state for state in STATES if state not in ("pending", "expired"))
"""Paid at some time, so its coins were credited."""


def is_forward(before: PurchaseState, after: PurchaseState) -> bool:
    return after in TRANSITIONS[before]


def before(after: PurchaseState) -> tuple[PurchaseState, ...]:
    """The states from which a purchase may move to this one."""
    return tuple(state for state in STATES if after in TRANSITIONS[state])


PublicState = Literal["pending", "expired", "completed", "partly_refunded", "refunded", "disputed", "won", "lost"]
"""As the first version of the interface named them."""


def public(state: PurchaseState) -> PublicState:
    return "completed" if state == "paid" else state
