"""The rules of the ledger: a pure function from balances and transfers to verdicts. No SQL, no clock.

An amount is what an account receives; what it pays is negative. The entries of a transfer sum to zero in each unit, so
all balances of a unit always do. Amounts are integers: coins for gifts, minor units for currencies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from typing import NamedTuple

import msgspec

from core.errors import IdempotencyKeyReused, Refusal
from money.errors import BalanceTooLarge, InsufficientCoins, InvalidTransfer

COINS = "coins"
BALANCE_MAX = 2**53 - 1  # what JSON numbers hold exactly, in either direction
TRANSFER_AMOUNT_MAX = 10**12
TRANSFER_ENTRIES_MAX = 8
TRANSFER_KEY_CHARS_MAX = 200
KINDS_BELOW_ZERO = frozenset({"mint", "grant", "provider"})  # where value enters the books from outside


class Account(NamedTuple):
    """Who holds what: a person's id, `platform`, or a payment provider; the kind of account; coins or a currency."""

    owner: str
    kind: str
    unit: str


class Entry(NamedTuple):
    account: Account
    amount: int


class Transfer(msgspec.Struct, frozen=True):
    """What is to be posted. `request` is what was asked for, as a retry would repeat it word for word."""

    key: str
    kind: str
    at: int
    request: str
    entries: tuple[Entry, ...]
    detail: Mapping[str, str | int]

    @property
    def content(self) -> str:
        """The digest that tells a retry from another request under the same key."""
        return hashlib.blake2b(f"{self.kind}\n{self.request}".encode(), digest_size=16).hexdigest()


class Posted(msgspec.Struct, frozen=True):
    """A transfer that is in the books, with the balance of each entry's account right after it."""

    content: str
    entries: tuple[Entry, ...]
    balances: tuple[int, ...]
    replayed: bool = False


Verdict = Posted | Refusal


def decide(
    balances: Mapping[Account, int], transfers: Sequence[Transfer], posted: Mapping[str, Posted] | None = None
) -> list[Verdict]:
    """Judge transfers one after another, each seeing the balances the ones before it left.

    `balances` has what each account holds (0 where it is missing), `posted` the transfers already in the books by key.
    A refused transfer changes nothing.
    """
    book = Book(balances, posted or {})
    return [book.judge(transfer) for transfer in transfers]


class Book:
    """Balances and keys while a batch is being judged."""

    def __init__(self, balances: Mapping[Account, int], posted: Mapping[str, Posted]) -> None:
        self._balances = dict(balances)
        self._posted = dict(posted)

    def judge(self, transfer: Transfer) -> Verdict:
        content = transfer.content
        earlier = self._posted.get(transfer.key)
        if earlier is not None:
            if earlier.content != content:
                return IdempotencyKeyReused()
            return msgspec.structs.replace(earlier, replayed=True)
        if self.is_malformed(transfer) or self.is_unbalanced(transfer):
            return InvalidTransfer()
        if self.would_overdraw(transfer):
            return InsufficientCoins()
        if self.would_overflow(transfer):
            return BalanceTooLarge()
        # Every refusal is above this line. From here on the transfer succeeds.
        balances = tuple([self._move(account, amount) for account, amount in transfer.entries])
        verdict = Posted(content, transfer.entries, balances)
        self._posted[transfer.key] = verdict
        return verdict

    def is_malformed(self, transfer: Transfer) -> bool:
        if not 1 <= len(transfer.key) <= TRANSFER_KEY_CHARS_MAX:
            return True
        if not 2 <= len(transfer.entries) <= TRANSFER_ENTRIES_MAX:
            return True
        if len({account for account, _ in transfer.entries}) != len(transfer.entries):
            return True  # an account named twice could hide an overdraft between its two entries
        return any(
            type(amount) is not int or not -TRANSFER_AMOUNT_MAX <= amount <= TRANSFER_AMOUNT_MAX
            for _, amount in transfer.entries
        )

    def is_unbalanced(self, transfer: Transfer) -> bool:
        sums: dict[str, int] = {}
        for account, amount in transfer.entries:
            sums[account.unit] = sums.get(account.unit, 0) + amount
        return any(sums.values())

    def would_overdraw(self, transfer: Transfer) -> bool:
        for account, amount in transfer.entries:
            if amount < 0 and self._balances.get(account, 0) + amount < 0 and account.kind not in KINDS_BELOW_ZERO:
                return True
        return False

    def would_overflow(self, transfer: Transfer) -> bool:
        for account, amount in transfer.entries:
            if not -BALANCE_MAX <= self._balances.get(account, 0) + amount <= BALANCE_MAX:
                return True
        return False

    def _move(self, account: Account, amount: int) -> int:
        balance = self._balances.get(account, 0) + amount
        self._balances[account] = balance
        return balance
