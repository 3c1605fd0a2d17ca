"""What a payment provider is, and what we exchange with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, Protocol

import msgspec

from money.purchases.state import PurchaseState

DisputeState = Literal["open", "won", "lost"]
RefundState = Literal["asked", "done", "failed"]
MovementKind = Literal["payment", "refund", "dispute", "dispute_won", "payout", "bank", "fee", "other"]


class Purchase(msgspec.Struct, frozen=True):
    """A purchase, at the price when it was started.

    `pack` is empty for just what a gift lacks, which `gift` and `count` then name. `refunded_minor` is what the
    provider has refunded; `returned_minor` what refunds and disputes took out of our cash; `taken_coins` the coins
    taken back. `country` is of the buyer's address, as they declared it or the provider knows it; `card_country` of
    their card. For the ads of an `advertiser`, `coins` and `taken_coins` are millionths of the currency. With a
    `checkout` it pays for orders in the shop, and `coins` is 0. `method`: the saved one that it is paid with, or, once
    it is paid, that it was saved as. `saves`: the buyer wants that.
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
    country: str | None = None
    card_country: str | None = None
    advertiser: str | None = None
    checkout: str | None = None
    method: str | None = None
    saves: bool = False

    @property
    def title(self) -> str:
        """What the buyer reads at the provider."""
        if self.checkout is not None:
            return "Your order"
        return f"{self.coins} coins" if self.advertiser is None else "Balance for ads"

    @property
    def page(self) -> str:
        """The page that the buyer comes back to."""
        if self.checkout is not None:
            return "/orders"
        return "/wallet" if self.advertiser is None else "/ads"


class SavedCard(msgspec.Struct, frozen=True):
    """The provider's names for a buyer and for their payment method; `label` is for the buyer: `Visa 4242`."""

    customer: str
    method: str
    label: str


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
    buyer's address and their card's, as proofs of place. `suspicious`: the card's bank warned of fraud. `saved`: what
    the buyer let the provider keep.
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
    saved: SavedCard | None = None

    @property
    def paid(self) -> bool:
        return self.state == "paid"


class Checkout(msgspec.Struct, frozen=True):
    """The provider's answer: its reference, and the page to send the buyer to, or what was paid already."""

    ref: str
    url: str | None = None
    payment: Payment | None = None


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

    def begin_charge(self, purchase: Purchase, card: SavedCard) -> str | None:
        """Make a payment with a saved method, and return its reference. Nothing is charged before `charge`. The same
        purchase again gets the same payment. None: it does not take the method. Blocks."""

    def charge(self, purchase: Purchase) -> Checkout | None:
        """Charge what was begun, once, however often it is asked. None: it is not charged, and cannot be any more;
        the buyer may have to prove who they are. Blocks."""

    def forget(self, card: SavedCard) -> None:
        """Forget a saved method. Blocks."""

    def end(self, purchase: Purchase) -> Payment | None:
        """End the checkout, so that nobody can pay anymore, and say what became of it: it may have been paid just
        before. None when it is unknown here. Blocks."""

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

    def subject_of(self, movement: str) -> Subject | None:
        """The payment that a movement belongs to, by the movement's id; None: to none. Blocks."""

    def close(self) -> None: ...
