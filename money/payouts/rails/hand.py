"""By hand: an admin pays however they like, and notes the reference."""

from __future__ import annotations

from core.clock import Clock
from core.settings import Settings
from core.text import clean_line
from money.errors import BadDestination
from money.payouts.rails.rail import Asks, Details, Outcome, Payment

DETAILS_CHARS_MAX = 200


class Hand:
    name = "hand"
    asks: Asks = "text"
    automatic = False
    verifies = False
    currencies = None

    @classmethod
    def from_settings(cls, _settings: Settings, _clock: Clock) -> Hand:
        return cls()

    def destination(self, given: Details) -> tuple[Details, str]:
        text = clean_line(given.get("text", ""), DETAILS_CHARS_MAX)
        if not text:
            raise BadDestination(f"Say where the money is to go, in at most {DETAILS_CHARS_MAX} characters.")
        return {"text": text}, text

    def send(self, payment: Payment) -> Outcome:
        raise NotImplementedError("an admin pays by hand")

    def ask(self, payment: Payment) -> Outcome | None:  # noqa: ARG002
        return None

    def available(self, currency: str) -> int | None:  # noqa: ARG002
        return None

    def close(self) -> None:
        return None
