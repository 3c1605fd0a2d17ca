"""Gifts: coins go from the giver to the creator's earnings and the platform's commission, in one transfer.

Bonus coins, which the giver was given, are spent first. What the creator gets of them is `promoted`: it shows, but is
never paid out, and the rest goes back to where bonus coins come from. The platform may fund the creator's share
instead, out of `marketing`: then it is earned like any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import msgspec
from sqlalchemy import Connection

from core.errors import InvalidRequest, Refusal
from money.catalogue import GIFTS
from money.earnings import DAY_MS, Earned, Earnings
from money.errors import BadCount, CannotGiveToYourself, InsufficientCoins, UnknownGift
from money.ledger import Ledger, rounding_carry
from money.ledger.accounts import COMMISSION, GRANT, MARKETING, bonus, pending, promoted, wallet
from money.ledger.rounding_carry import WHOLE, Owed, Split
from money.ledger.rules import Account, Book, Draft, Posted, Transfer, Verdict
from money.spending import Caps, SpendingGuard

GIFT_COUNT_MAX = 999
COMBO_GIFT_COINS_MAX = 99  # dearer gifts are sent one at a time: no slip of a finger repeats them
GIFT_KEY_CHARS_MAX = 64
ACCOUNTS_CACHED_MAX = 10_000  # givers and creators of late; making their accounts anew costs 2 µs a gift
_KEY = re.compile(r"[ -~]+\Z")


class GiftOrder(msgspec.Struct, frozen=True, gc=False):
    """A gift to give. `key` is the client's id of the request, unique per giver; `at` is in Unix ms."""

    key: str
    giver: str
    creator: str
    gift: str
    count: int
    room: str
    at: int


class GiftReceipt(msgspec.Struct, frozen=True, gc=False):
    """The gift's value, what the creator earned, what the giver has left to spend, and how many coins were bonus."""

    coins: int
    creator_coins: int
    balance: int
    replayed: bool
    bonus: int = 0


class GiftDraft(Draft, frozen=True, gc=False):
    """A gift whose coins are still to be divided into bonus and bought ones. `accounts` in the order of `_accounts`."""

    order: GiftOrder
    coins: int
    commission_percent: int
    funds_bonus: bool
    owed: Owed
    guard: SpendingGuard

    def settle(self, book: Book) -> Transfer | Refusal:
        bonus_coins, coins, pending_coins, promoted_coins, *_ = self.accounts
        given = min(self.coins, book.balance(bonus_coins))
        paid = self.coins - given
        if book.balance(coins) < paid:
            return InsufficientCoins()
        refusal = self.guard.judge(book, self.order.giver, self.coins)
        if refusal is not None:
            return refusal
        splits: tuple[Split, Split] | None = book.notes.get(GiftDraft)
        if splits is None:
            splits = Split(self.owed.paid, self.commission_percent), Split(self.owed.bonus, self.commission_percent)
            book.notes[GiftDraft] = splits
        order = self.order
        share = splits[0].share(order.creator, paid) if paid else 0
        entries = {coins: -paid}  # always, even of 0 coins: it has the balance for the receipt
        detail: dict[str, str | int] = {
            "gift": order.gift,
            "count": order.count,
            "coins": self.coins,
            "commission_percent": self.commission_percent,
            "room": order.room,
            "giver": order.giver,
            "creator": order.creator,
        }
        if paid:
            entries[pending_coins], entries[COMMISSION] = share, paid - share
        if given:
            detail["bonus"] = given
            entries[bonus_coins] = -given
            promoted_share = splits[1].share(order.creator, given)
            if self.funds_bonus:
                detail["funded"] = promoted_share
                entries[MARKETING], entries[GRANT] = -promoted_share, given
                entries[pending_coins] = share + promoted_share
            else:
                entries[promoted_coins], entries[GRANT] = promoted_share, given - promoted_share
        return Transfer(self.key, self.kind, self.at, self.request, entries, detail)


class Gifts:
    """Gives gifts. `commission_percent` is the platform's share in force; it is frozen on every gift given under it.

    `caps`: what a person may give at most, whatever limits they set for themselves.
    """

    def __init__(
        self,
        ledger: Ledger,
        earnings: Earnings,
        commission_percent: int,
        caps: Caps,
        *,
        marketing_funds_bonus: bool = False,
    ) -> None:
        if not 0 <= commission_percent <= 100:
            raise ValueError("a commission is 0 to 100 percent")
        self._ledger = ledger
        self._earnings = earnings
        self._commission_percent = commission_percent
        self._caps = caps
        self._funds_bonus = marketing_funds_bonus

    def give(self, connection: Connection, orders: Sequence[GiftOrder]) -> list[GiftReceipt | Refusal]:
        """Give in the caller's transaction: a receipt or a refusal for each order, in order.

        Refusals: UnknownGift, BadCount, CannotGiveToYourself, InsufficientCoins, BalanceTooLarge, IdempotencyKeyReused,
        SpendingLimitReached.
        The caller must check that the giver is an adult. A repeated order gets the same receipt, marked `replayed`.
        """
        answers: list[GiftReceipt | Refusal | None] = [_refusal(order) for order in orders]
        wanted = [order for order, refusal in zip(orders, answers, strict=True) if refusal is None]
        if wanted:
            owed = rounding_carry.owed(connection, {order.creator for order in wanted})
            guard = SpendingGuard(connection, self._caps, wanted[0].at, {order.giver for order in wanted})
            drafts = [self._draft(order, owed, guard) for order in wanted]
            verdicts = self._ledger.post(connection, drafts, lambda found: self._record(connection, drafts, found))
            posted = zip(drafts, verdicts, strict=True)
            answers = [answer or _receipt(*next(posted)) for answer in answers]
        return [answer for answer in answers if answer is not None]

    def _draft(self, order: GiftOrder, owed: Owed, guard: SpendingGuard) -> GiftDraft:
        return GiftDraft(
            f"gift:{order.giver}:{order.key}",
            "gift",
            order.at,
            f"{order.creator}\n{order.room}\n{order.gift}\n{order.count}",
            _accounts(order.giver, order.creator, self._funds_bonus),
            order,
            GIFTS[order.gift].coins * order.count,
            self._commission_percent,
            self._funds_bonus,
            owed,
            guard,
        )

    def _record(self, connection: Connection, drafts: Sequence[GiftDraft], verdicts: Sequence[Verdict]) -> None:
        """Record what was given and earned, and what rounding left over."""
        holds = self._earnings.holds.classes(connection, {draft.order.giver for draft in drafts}, drafts[0].at)
        given_by: dict[str, int] = {}
        earned: list[Earned] = []
        whole = 100 - self._commission_percent
        paid_left: dict[str, int] = {}
        bonus_left: dict[str, int] = {}
        for draft, verdict in zip(drafts, verdicts, strict=True):
            if not isinstance(verdict, Posted) or verdict.replayed:
                continue
            order, creator = draft.order, draft.order.creator
            given_by[order.giver] = given_by.get(order.giver, 0) + draft.coins
            _, coins, pending_coins, promoted_coins, *_ = draft.accounts
            entries = verdict.entries
            paid, share = -entries[coins], entries.get(pending_coins, 0)
            earned.append(Earned(creator, draft.at // DAY_MS, holds[order.giver], order.room, share))
            if given := draft.coins - paid:
                promoted_share = -entries[MARKETING] if draft.funds_bonus else entries[promoted_coins]
                share -= promoted_share if draft.funds_bonus else 0
                bonus_left[creator] = bonus_left.get(creator, 0) + given * whole - promoted_share * WHOLE
            paid_left[creator] = paid_left.get(creator, 0) + paid * whole - share * WHOLE
        drafts[0].guard.record(connection, given_by)
        self._earnings.add(connection, earned)
        rounding_carry.add(connection, Owed(paid_left, bonus_left))


@lru_cache(ACCOUNTS_CACHED_MAX)
def _accounts(giver: str, creator: str, funds_bonus: bool) -> tuple[Account, ...]:
    platform = (COMMISSION, GRANT, MARKETING) if funds_bonus else (COMMISSION, GRANT)
    return (bonus(giver), wallet(giver), pending(creator), promoted(creator), *platform)


def count_max(gift: str) -> int:
    """How many of this gift one order may have."""
    return GIFT_COUNT_MAX if GIFTS[gift].coins <= COMBO_GIFT_COINS_MAX else 1


def _refusal(order: GiftOrder) -> Refusal | None:
    if order.gift not in GIFTS:
        return UnknownGift()
    if type(order.count) is not int or not 1 <= order.count <= count_max(order.gift):
        return BadCount()
    if order.giver == order.creator:
        return CannotGiveToYourself()
    if not 1 <= len(order.key) <= GIFT_KEY_CHARS_MAX or not _KEY.match(order.key):
        return InvalidRequest(f"The id of a gift has 1 to {GIFT_KEY_CHARS_MAX} printable characters.")
    return None


def _receipt(draft: GiftDraft, verdict: Verdict) -> GiftReceipt | Refusal:
    if not isinstance(verdict, Posted):
        return verdict
    bonus_coins, coins, pending_coins, *_ = draft.accounts
    balances = verdict.balances
    return GiftReceipt(
        draft.coins,
        verdict.entries.get(pending_coins, 0),
        balances[coins] + balances.get(bonus_coins, 0),  # whoever pays with bought coins has no bonus left
        verdict.replayed,
        draft.coins + verdict.entries[coins],
    )
