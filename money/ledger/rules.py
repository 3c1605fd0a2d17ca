"""The rules of the ledger: a pure function from balances and transfers to verdicts. No SQL, no clock.

An amount is what an account receives; what it pays is negative. The entries of a transfer sum to zero in each unit, so
all balances of a unit always do. Amounts are integers: coins for gifts, minor units for currencies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

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
    """`owner`: a person's id, `platform`, a payment provider or a country. `unit`: coins or a currency."""

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
    def accounts(self) -> Collection[Account]:
        return self.entries.keys()

    @property
    def content(self) -> str:
        """The digest that tells a retry from another request under the same key."""
        return _content(self.kind, self.request)


class Draft(msgspec.Struct, frozen=True, gc=False):
    """A transfer whose amounts depend on balances, such as a gift that spends bonus coins first.

    `accounts` are all that it may touch. It is settled when its turn comes, with their balances locked.
    """

    key: str
    kind: str
    at: int
    request: str
    accounts: Collection[Account]

    @property
    def content(self) -> str:
        return _content(self.kind, self.request)

    def settle(self, book: Book) -> Transfer | Refusal:
        """The transfer, under the same key, kind and request. Called again if the batch has to be judged again."""
        raise NotImplementedError


def _content(kind: str, request: str) -> str:
    return hashlib.blake2b(f"{kind}\n{request}".encode(), digest_size=16).hexdigest()


class Posted(msgspec.Struct, frozen=True, gc=False):
    """A posted transfer, with the balance of each of its accounts right after it."""

    content: str
    entries: Mapping[Account, int]
    balances: Mapping[Account, int]
    replayed: bool = False


Verdict = Posted | Refusal


def decide(
    balances: Mapping[Account, int], transfers: Sequence[Transfer | Draft], posted: Mapping[str, Posted] | None = None
) -> list[Verdict]:
    """Judge transfers one after another, each seeing the balances the ones before it left.

    `balances` holds each account's balance (0 if missing), `posted` the transfers already posted, by key.
    A refused transfer changes nothing.
    """
    book = Book(balances, posted or {})
    return [book.judge(transfer) for transfer in transfers]


class Book:
    """Balances and keys while a batch is being judged. `notes` is for what its drafts share, and starts empty."""

    def __init__(self, balances: Mapping[Account, int], posted: Mapping[str, Posted]) -> None:
        self._balances = dict(balances)
        self._posted = dict(posted)
        self.fresh: list[tuple[Transfer, Posted]] = []
        self.notes: dict[object, Any] = {}

    def balance(self, account: Account) -> int:
        return self._balances.get(account, 0)

    def judge(self, asked: Transfer | Draft) -> Verdict:
        content = asked.content
        earlier = self._posted.get(asked.key)
        if earlier is not None:
            if earlier.content != content:
                return IdempotencyKeyReused()
            return msgspec.structs.replace(earlier, replayed=True)
        transfer = asked.settle(self) if isinstance(asked, Draft) else asked
        if isinstance(transfer, Refusal):
            return transfer
        after = self._after(transfer)
        if isinstance(after, Refusal):
            return after
        # Every refusal is above this line. From here on the transfer succeeds.
        self._balances.update(after)
        posted = self._posted[transfer.key] = Posted(content, transfer.entries, after)
        self.fresh.append((transfer, posted))
        return posted

    def _after(self, transfer: Transfer) -> dict[Account, int] | Refusal:
        """The balances that a transfer would leave. One loop, because this runs for every gift."""
        entries = transfer.entries
        if not 1 <= len(transfer.key) <= TRANSFER_KEY_CHARS_MAX or not 2 <= len(entries) <= TRANSFER_ENTRIES_MAX:
            return InvalidTransfer()
        before = self._balances
        after: dict[Account, int] = {}
        sums: dict[str, int] = {}
        overdraws = overflows = False
        for account, amount in entries.items():
            if type(amount) is not int or not -TRANSFER_AMOUNT_MAX <= amount <= TRANSFER_AMOUNT_MAX:
                return InvalidTransfer()
            _, kind, unit = account
            sums[unit] = sums.get(unit, 0) + amount
            after[account] = balance = before.get(account, 0) + amount
            if balance < 0:
                overdraws |= kind not in _BELOW_ZERO
                overflows |= balance < -BALANCE_MAX
            elif balance > 0:
                overdraws |= kind == "debt"  # nobody is owed by their debt
                overflows |= balance > BALANCE_MAX
        if any(sums.values()):
            return InvalidTransfer()
        if overdraws:
            return InsufficientCoins()
        return BalanceTooLarge() if overflows else after
