"""SEPA: payouts are collected into a file that an admin gives to the bank; the bank's statement says how it went.

The file is pain.001, written by `sepaxml`. Each payment's end-to-end id names payout and attempt.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from sepaxml import SepaTransfer
from stdnum import bic as bics
from stdnum import iban as ibans
from stdnum.exceptions import ValidationError
from text_unidecode import unidecode

from core.clock import Clock
from core.settings import Settings, SettingsError
from core.text import clean_line
from money.errors import BadDestination
from money.payouts.rails.rail import Asks, Details, Outcome, Payment

SCHEMA = "pain.001.001.09"
NAME_CHARS_MAX = 70  # of SEPA
IBAN_SHOWN_CHARS = 4


class Sepa:
    name = "sepa"
    asks: Asks = "iban"
    automatic = False  # files.py
    verifies = False
    currencies = frozenset({"EUR"})

    def __init__(self, *, name: str, iban: str, bic: str) -> None:
        """Raises SettingsError."""
        try:
            self._debtor = {"name": name[:NAME_CHARS_MAX], "IBAN": ibans.validate(iban), "currency": "EUR"}
            if bic:
                self._debtor["BIC"] = bics.validate(bic)
        except ValidationError:
            raise SettingsError("CADEAU_SEPA_IBAN and CADEAU_SEPA_BIC must be a valid IBAN and BIC.") from None

    @classmethod
    def from_settings(cls, settings: Settings, _clock: Clock) -> Sepa:
        return cls(name=settings.sepa_name, iban=settings.sepa_iban, bic=settings.sepa_bic)

    def destination(self, given: Details) -> tuple[Details, str]:
        return bank_details(given)

    def file(self, id: str, payments: Sequence[Payment], now: int) -> str:
        """The pain.001 file of these payments, each booked singly. `id` is its message id."""
        transfer = SepaTransfer({**self._debtor, "batch": False}, schema=SCHEMA, clean=True)
        for one in payments:
            row: dict[str, object] = {
                "name": one.destination["name"], "IBAN": one.destination["iban"], "amount": one.amount_minor,
                "execution_date": datetime.fromtimestamp(now / 1000, UTC).date(),
                "description": f"Payout {one.key}", "endtoend_id": one.key,
            }  # fmt: skip
            if bic := one.destination.get("bic"):
                row["BIC"] = bic
            transfer.add_payment(row)
        exported: bytes = transfer.export(validate=True, pretty_print=True)
        return exported.decode().replace(transfer.msg_id, id)  # it makes up one, and takes none

    def send(self, payment: Payment) -> Outcome:
        raise NotImplementedError("payments are sent in files")

    def ask(self, payment: Payment) -> Outcome | None:  # noqa: ARG002
        return None

    def available(self, currency: str) -> int | None:  # noqa: ARG002
        return None

    def close(self) -> None:
        return None


def bank_details(given: Details) -> tuple[Details, str]:
    """A name with IBAN and BIC, and how it is shown. Raises BadDestination."""
    name = clean_line(given.get("name", ""), NAME_CHARS_MAX)
    try:
        iban = ibans.validate(given.get("iban", ""))
        bic = bics.validate(given["bic"]) if given.get("bic") else ""
    except ValidationError:
        raise BadDestination("The IBAN or the BIC has a mistake in it.") from None
    if not name or not unidecode(name).strip():  # as a file spells it: an empty one would spoil the whole file
        raise BadDestination(f"Say whose account it is, in at most {NAME_CHARS_MAX} characters.")
    details = {"name": name, "iban": iban} | ({"bic": bic} if bic else {})
    return details, f"{iban[:4]} … {iban[-IBAN_SHOWN_CHARS:]}"
