"""The terms of payouts: minimum and fee per currency, and what is approved per day without more eyes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from core.settings import Settings, SettingsError
from money.rates.break_even import CURRENCIES_MAX, is_currency

PAYOUT_MINOR_MAX = 100_000_000
DESTINATION_WAIT_MS = 72 * 3_600_000


@dataclass(frozen=True, slots=True)
class Term:
    """In minor units. The fee is taken off the amount."""

    minimum_minor: int
    fee_minor: int


@dataclass(frozen=True, slots=True)
class Terms:
    """Sums are per UTC day, in minor units of whatever currency."""

    currencies: Mapping[str, Term]
    auto_minor: int
    second_minor: int
    person_day_minor: int
    day_minor: int

    @classmethod
    def from_settings(cls, settings: Settings) -> Terms:
        """Raises SettingsError."""
        return cls(
            dict(_term(part) for part in settings.payout_terms.split(",")[:CURRENCIES_MAX] if part.strip()),
            settings.payout_auto_minor,
            settings.payout_second_minor,
            settings.payout_person_day_minor,
            settings.payout_day_minor,
        )


def _term(part: str) -> tuple[str, Term]:
    currency, _, numbers = part.strip().partition("=")
    minimum, _, fee = numbers.partition(":")
    if not is_currency(currency) or not all(n.isascii() and n.isdigit() and len(n) <= 9 for n in (minimum, fee)):
        raise SettingsError("CADEAU_PAYOUT_TERMS must look like USD=2000:50, with minimum and fee in minor units.")
    if int(minimum) <= int(fee):
        raise SettingsError(f"CADEAU_PAYOUT_TERMS: the minimum in {currency} must be more than the fee.")
    return currency, Term(int(minimum), int(fee))
