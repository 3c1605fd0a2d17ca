"""The sandbox: payouts for development and demos, which pay nobody."""

from __future__ import annotations

from core.clock import Clock
from core.settings import Settings
from money.payouts.rails.rail import Asks, Details, Outcome, Paid, Payment
from money.payouts.rails.sepa import bank_details


class Sandbox:
    """Everything counts as paid at once. Refused in production."""

    name = "sandbox"
    asks: Asks = "iban"
    automatic = True
    verifies = True
    currencies = None

    @classmethod
    def from_settings(cls, _settings: Settings, _clock: Clock) -> Sandbox:
        return cls()

    def destination(self, given: Details) -> tuple[Details, str]:
        return bank_details(given)

    def send(self, payment: Payment) -> Outcome:
        return Paid(f"sandbox:{payment.key}")

    def ask(self, payment: Payment) -> Outcome | None:  # noqa: ARG002
        return None

    def available(self, currency: str) -> int | None:  # noqa: ARG002
        return None

    def close(self) -> None:
        return None
