"""The sandbox: payments for development and demos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.clock import Clock
from core.errors import NotFound
from core.settings import Settings
from money.providers.provider import (
    Checkout,
    Movement,
    Payment,
    Purchase,
    Refund,
    RefundAnswer,
    SavedCard,
    Subject,
)


class Sandbox:
    """Charges nothing: every purchase counts as paid, every refund as done. Refused in production."""

    name = "sandbox"
    sandbox = True
    signature_header = ""

    @classmethod
    def from_settings(cls, _settings: Settings, _clock: Clock) -> Sandbox:
        return cls()

    def checkout(self, purchase: Purchase) -> Checkout:
        return self._paid(purchase)

    def begin_charge(self, purchase: Purchase, card: SavedCard) -> str | None:  # noqa: ARG002
        return f"sandbox:{purchase.id}"

    def charge(self, purchase: Purchase) -> Checkout | None:
        return self._paid(purchase)

    def forget(self, card: SavedCard) -> None:
        """It has kept nothing."""

    def _paid(self, purchase: Purchase) -> Checkout:
        ref = f"sandbox:{purchase.id}"
        card = SavedCard(f"sandbox:{purchase.person}", f"sandbox:{purchase.person}", "Sandbox 4242")
        payment = Payment(
            purchase.id, ref, "paid", purchase.price_minor, purchase.currency, saved=card if purchase.saves else None
        )
        return Checkout(ref, payment=payment)

    def end(self, purchase: Purchase) -> Payment | None:
        return Payment(purchase.id, purchase.provider_ref or "", "expired")

    def event(self, body: bytes, signature: str) -> Subject | None:  # noqa: ARG002
        raise NotFound

    def payment(self, subject: Subject) -> Payment | None:  # noqa: ARG002
        return None

    def refund(self, purchase: Purchase, refund: Refund) -> RefundAnswer:
        payment = Payment(
            purchase.id, purchase.provider_ref or "", "paid", purchase.price_minor, purchase.currency,
            refunded_minor=purchase.refunded_minor + refund.amount_minor,
        )  # fmt: skip
        return RefundAnswer("done", payment, f"sandbox:{refund.id}")

    def movements(self, since: int) -> Iterator[Sequence[Movement]]:  # noqa: ARG002
        yield from ()

    def subject_of(self, movement: str) -> Subject | None:  # noqa: ARG002
        return None

    def close(self) -> None:
        return None
