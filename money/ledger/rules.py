"""The rules of the ledger: a pure function from balances and transfers to verdicts. No SQL, no clock.

An amount is what an account receives; what it pays is negative. The entries of a transfer sum to zero in each unit, so
all balances of a unit always do. Amounts are integers: coins for gifts, minor units for currencies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from core.errors import IdempotencyKeyReused, Refusal
from money.errors import BalanceTooLarge, InsufficientCoins, InvalidTransfer

COINS = "coins"
BALANCE_MAX = 2**53 - 1  # the range that JSON numbers hold exactly
TRANSFER_AMOUNT_MAX = 10**12
TRANSFER_ENTRIES_MAX = 8
TRANSFER_KEY_CHARS_MAX = 200
# Where value enters the ledger from outside, what the platform has spent, and what a person owes.
KINDS_BELOW_ZERO = ("mint", "grant", "provider", "debt", "marketing", "fees", "losses", "cost")
_BELOW_ZERO = frozenset(KINDS_BELOW_ZERO)


class Account(NamedTuple):
    """`owner`: a person's id, `platform` or a payment provider. `unit`: coins or a currency."""

    owner: str
    kind: str
    unit: str


class Transfer(msgspec.Struct, frozen=True, gc=False):
    """How much each account receives. `request` is the request in a form that a retry repeats exactly."""

    key: str
    kind: str
    at: int
    request: str
    entries: Mapping[Account, int]
    detail: Mapping[str, str | int]

    @property
    def content(self) -> str:
        """The digest that tells a retry from another request under the same key."""
        return hashlib.blake2b(f"{self.kind}\n{self.request}".encode(), digest_size=16).hexdigest()


class Posted(msgspec.Struct, frozen=True, gc=False):
    """A posted transfer, with the balance of each of its accounts right after it."""

    content: str
    entries: Mapping[Account, int]
    balances: Mapping[Account, int]
    replayed: bool = False


Verdict = Posted | Refusal
Judge = Callable[[Transfer], Refusal | None]
"""A further rule. It is asked last: a transfer that it does not refuse is posted."""


def decide(
    balances: Mapping[Account, int],
    transfers: Sequence[Transfer],
    posted: Mapping[str, Posted] | None = None,
    last: Judge | None = None,
) -> list[Verdict]:
    """Judge transfers one after another, each seeing the balances the ones before it left.

    `balances` holds each account's balance (0 if missing), `posted` the transfers already posted, by key.
    A refused transfer changes nothing.
    """
    book = Book(balances, posted or {}, last)
    return [book.judge(transfer) for transfer in transfers]


class Book:
    """Balances and keys while a batch is being judged."""

    def __init__(
        self, balances: Mapping[Account, int], posted: Mapping[str, Posted], last: Judge | None = None
    ) -> None:
        self._last = last
        self._balances = dict(balances)
        self._posted = dict(posted)

    def judge(self, transfer: Transfer) -> Verdict:
        content = transfer.content
        earlier = self._posted.get(transfer.key)
        if earlier is not None:
            if earlier.content != content:
                return IdempotencyKeyReused()
            return msgspec.structs.replace(earlier, replayed=True)
        if is_malformed(transfer) or is_unbalanced(transfer):
            return InvalidTransfer()
        before = self._balances
        after = {account: before.get(account, 0) + amount for account, amount in transfer.entries.items()}
        if would_overdraw(after):
            return InsufficientCoins()
        if would_overflow(after):
            return BalanceTooLarge()
        refusal = self._last(transfer) if self._last else None
        if refusal is not None:
            return refusal
        # Every refusal is above this line. From here on the transfer succeeds.
        self._balances.update(after)
        posted = self._posted[transfer.key] = Posted(content, transfer.entries, after)
        return posted


def is_malformed(transfer: Transfer) -> bool:
    if not 1 <= len(transfer.key) <= TRANSFER_KEY_CHARS_MAX or not 2 <= len(transfer.entries) <= TRANSFER_ENTRIES_MAX:
        return True
    for amount in transfer.entries.values():
        if type(amount) is not int or not -TRANSFER_AMOUNT_MAX <= amount <= TRANSFER_AMOUNT_MAX:
            return True
    return False


def is_unbalanced(transfer: Transfer) -> bool:
    sums: dict[str, int] = {}
    for account, amount in transfer.entries.items():
        sums[account.unit] = sums.get(account.unit, 0) + amount
    return any(sums.values())


def would_overdraw(after: Mapping[Account, int]) -> bool:
    return any(balance < 0 and account.kind not in _BELOW_ZERO for account, balance in after.items())


def would_overflow(after: Mapping[Account, int]) -> bool:
    return any(not -BALANCE_MAX <= balance <= BALANCE_MAX for balance in after.values())
