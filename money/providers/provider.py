"""What a payment provider is, and what we exchange with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

import msgspec

from money.purchases.state import PurchaseState

DisputeState = Literal["open", "won", "lost"]
RefundState = Literal["asked", "done", "failed"]
MovementKind = Literal["payment", "refund", "dispute", "dispute_won", "bank", "fee", "other"]


class Purchase(msgspec.Struct, frozen=True):
    """A purchase, at the price when it was started.

    `pack` is empty for just what a gift lacks, which `gift` and `count` then name. `refunded_minor` is what the
    provider has refunded; `returned_minor` what refunds and disputes took out of our cash; `taken_coins` the coins
    taken back.
    """

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
    at: int = 0
    settled_at: int | None = None
    payment_ref: str | None = None
    refunded_minor: int = 0
    returned_minor: int = 0
    taken_coins: int = 0
    gift: str | None = None
    count: int | None = None


class Checkout(msgspec.Struct, frozen=True):
    """The provider's answer: its reference, and either the page to send the buyer to or that it is paid."""

    ref: str
    url: str | None = None
    paid: bool = False


class Subject(msgspec.Struct, frozen=True):
    """What an event is about: a checkout session or a payment, by the provider's id. Its state is fetched."""

    kind: Literal["session", "payment"]
    ref: str


class Movement(msgspec.Struct, frozen=True):
    """Money that moved at the provider. `amount_minor` is positive when we receive; `fee_minor` is kept of it."""

    ref: str
    kind: MovementKind
    amount_minor: int
    fee_minor: int
    currency: str
    at: int


class Dispute(msgspec.Struct, frozen=True):
    """`amount_minor` was taken from us, and may be more than the payment. `due_at`: when evidence must be there."""

    ref: str
    state: DisputeState
    amount_minor: int
    currency: str
    reason: str = ""
    due_at: int | None = None


class Payment(msgspec.Struct, frozen=True):
    """All that a provider knows about the payment of a purchase, now. `ref` is its checkout's.

    `amount_minor` and `currency` are what was actually paid, `refunded_minor` all refunds together. `countries`: the
    buyer's address and their card's, as proofs of place. `suspicious`: the card's bank warned of fraud.
    """

    purchase: str
    ref: str
    state: Literal["open", "paid", "expired"]
    amount_minor: int = 0
    currency: str = ""
    payment_ref: str | None = None
    refunded_minor: int = 0
    disputes: Sequence[Dispute] = ()
    movements: Sequence[Movement] = ()
    countries: tuple[str | None, str | None] = (None, None)
    suspicious: bool = False

    @property
    def paid(self) -> bool:
        return self.state == "paid"


class Refund(msgspec.Struct, frozen=True):
    """A refund that we asked for. `coins` were taken back when it was; for other refunds they are when it is done."""

    id: str
    purchase: str
    amount_minor: int
    coins: int
    reason: str
    note: str
    by: str | None
    state: RefundState
    detail: str
    at: int
    settled_at: int | None


class RefundAnswer(msgspec.Struct, frozen=True):
    """`asked`: the provider cannot do it yet, so ask again later. `payment` is the payment afterwards."""

    state: RefundState
    payment: Payment | None
    ref: str | None = None
    detail: str = ""


class Provider(Protocol):
    """A payment provider. `name` is its value of CADEAU_PAYMENTS and the end of its webhook's address.

    Calls that block raise Unavailable when there is no answer; each may be repeated.
    """

    @property
    def name(self) -> str: ...

    @property
    def sandbox(self) -> bool:
        """Whether it only pretends to charge."""

    @property
    def signature_header(self) -> str:
        """The request header that holds a webhook's signature."""

    def checkout(self, purchase: Purchase) -> Checkout:
        """Start the payment; the same purchase again gets the same checkout. Blocks."""

    def event(self, body: bytes, signature: str) -> Subject | None:
        """What a webhook is about, or None when it does not concern us. Does not block.

        Raises NotFound (this provider has no webhooks), BadSignature, InvalidRequest.
        """

    def payment(self, subject: Subject) -> Payment | None:
        """Fetch the payment. None when it is not of a purchase of ours. Blocks."""

    def refund(self, purchase: Purchase, refund: Refund) -> RefundAnswer:
        """Refund once, however often it is asked. Blocks."""

    def movements(self, since: int) -> Iterator[Sequence[Movement]]:
        """Everything that moved since this time (Unix ms), newest first, in pages. Blocks."""

    def close(self) -> None: ...
