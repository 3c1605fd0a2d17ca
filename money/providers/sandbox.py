"""The sandbox: payments for development and demos."""

from __future__ import annotations

from core.clock import Clock
from core.errors import NotFound
from core.settings import Settings
from money.providers.provider import Checkout, Payment, Purchase


class Sandbox:
    """Charges nothing: every purchase counts as paid. Refused in production."""

    name = "sandbox"
    sandbox = True
    signature_header = ""

    @classmethod
    def from_settings(cls, _settings: Settings, _clock: Clock) -> Sandbox:
        return cls()

    def checkout(self, purchase: Purchase) -> Checkout:
        return Checkout(f"sandbox:{purchase.id}", paid=True)

    def payment(self, body: bytes, signature: str) -> Payment | None:  # noqa: ARG002
        raise NotFound

    def close(self) -> None:
        return None
