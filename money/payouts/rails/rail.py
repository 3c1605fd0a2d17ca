"""What a rail is, and what we exchange with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

import msgspec

from money.providers.provider import Movement

Asks = Literal["iban", "text", "nothing"]
Details = Mapping[str, str]
IdentityState = Literal["none", "started", "verified", "restricted", "rejected"]


class Payment(msgspec.Struct, frozen=True):
    """One attempt to pay. `key` names payout and attempt."""

    payout: str
    attempt: int
    amount_minor: int
    currency: str
    destination: Details

    @property
    def key(self) -> str:
        return f"{self.payout}-{self.attempt}"


class Accepted(msgspec.Struct, frozen=True):
    """The rail has it and will tell how it went."""

    ref: str


class Paid(msgspec.Struct, frozen=True):
    """`returned_minor` of it has come back since. `moved`: what moved at the rail for this payout, if it says so."""

    ref: str
    returned_minor: int = 0
    moved: Sequence[Movement] = ()


class Returned(msgspec.Struct, frozen=True):
    """All of it has come back."""

    ref: str
    reason: str
    moved: Sequence[Movement] = ()


class Refused(msgspec.Struct, frozen=True):
    """It is certain that this attempt paid nothing. `again`: another attempt may succeed."""

    reason: str
    again: bool = False


Outcome = Accepted | Paid | Returned | Refused


class Standing(msgspec.Struct, frozen=True):
    """What a provider that verifies says about a person. `until`: by when something is due (Unix ms)."""

    state: IdentityState
    reason: str = ""
    until: int | None = None


class Rail(Protocol):
    """A way to pay. `automatic`: the server sends by itself. Calls that block say so; silence raises Unavailable."""

    @property
    def name(self) -> str: ...

    @property
    def asks(self) -> Asks:
        """What a person must say to be paid this way."""

    @property
    def automatic(self) -> bool: ...

    @property
    def verifies(self) -> bool:
        """Whether it says itself who is verified; otherwise an admin does."""

    @property
    def currencies(self) -> frozenset[str] | None:
        """None: any."""

    def destination(self, given: Details) -> tuple[Details, str]:
        """Checked details, and what of them may be shown. Raises BadDestination. Does not block."""

    def send(self, payment: Payment) -> Outcome:
        """Pay. The same attempt again pays once. Blocks. Raises Unavailable when it is not known what happened."""

    def ask(self, payment: Payment) -> Outcome | None:
        """What became of any attempt of this payout; None: nothing is known of it there. Blocks. Raises Unavailable."""

    def available(self, currency: str) -> int | None:
        """How much it can move now, in minor units, possibly below zero; None: it does not limit us. Blocks.

        Raises Unavailable."""

    def close(self) -> None: ...
