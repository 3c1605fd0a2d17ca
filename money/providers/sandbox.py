"""The sandbox: payments for development and demos."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from core.clock import Clock
from core.errors import NotFound
from core.settings import Settings
from money.providers.provider import Checkout, Movement, Payment, Purchase, Refund, RefundAnswer, Subject


class Sandbox:
    """Charges nothing: every purchase counts as paid, every refund as done. Refused in production."""

    name = "sandbox"
    sandbox = True
    signature_header = ""

    @classmethod
    def from_settings(cls, _settings: Settings, _clock: Clock) -> Sandbox:
        return cls()

    def checkout(self, purchase: Purchase) -> Checkout:
        return Checkout(f"sandbox:{purchase.id}", paid=True)

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

    def close(self) -> None:
        return None
