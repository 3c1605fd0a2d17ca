"""What a payment provider is, and what we exchange with it."""

from __future__ import annotations

from typing import Literal, Protocol

import msgspec

PurchaseState = Literal["pending", "completed", "failed"]


class Purchase(msgspec.Struct, frozen=True):
    """A purchase, at the price when it was started."""

    id: str
    person: str
    pack: str
    coins: int
    price_minor: int
    currency: str
    provider: str
    provider_ref: str | None
    checkout_url: str | None
    state: PurchaseState


class Checkout(msgspec.Struct, frozen=True):
    """The provider's answer: its reference, and either the page to send the buyer to or that it is paid."""

    ref: str
    url: str | None = None
    paid: bool = False


class Payment(msgspec.Struct, frozen=True):
    """A provider's report about a purchase. `amount_minor` and `currency` are what was actually paid."""

    purchase: str
    ref: str
    paid: bool
    amount_minor: int = 0
    currency: str = ""


class Provider(Protocol):
    """A payment provider. `name` is its value of CADEAU_PAYMENTS and the end of its webhook's address."""

    @property
    def name(self) -> str: ...

    @property
    def sandbox(self) -> bool:
        """Whether it only pretends to charge."""

    @property
    def signature_header(self) -> str:
        """The request header that holds a webhook's signature."""

    def checkout(self, purchase: Purchase) -> Checkout:
        """Start the payment; the same purchase again gets the same checkout. Blocks. Raises Unavailable."""

    def payment(self, body: bytes, signature: str) -> Payment | None:
        """What a webhook says, or None when it does not concern us. Does not block.

        Raises NotFound (this provider has no webhooks), BadSignature, InvalidRequest.
        """

    def close(self) -> None: ...
