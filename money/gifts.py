"""Gifts: coins go from the giver to the creator's and their agency's earnings and to the platform's commission, in one
transfer. How they are shared is what was agreed when the gift was given; the gift says it.

Bonus coins, which the giver was given, are spent first. What the creator gets of them is `promoted`: it shows, but is
never paid out, and so is what the agency gets; the rest goes back to where bonus coins come from. The platform may
fund these shares instead, out of `marketing`: then they are earned like any other.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import msgspec
from sqlalchemy import Connection

from core.errors import InvalidRequest, Refusal
from money.agreements import InForce
from money.catalogue import GIFTS
from money.earnings import DAY_MS, Earned, Earnings
from money.errors import BadCount, CannotGiveToYourself, InsufficientCoins, UnknownGift
from money.ledger import Ledger, rounding_carry
from money.ledger.accounts import COMMISSION, GRANT, MARKETING, bonus, pending, promoted, wallet
from money.ledger.rounding_carry import Holder, Owed, Split, left
from money.ledger.rules import Account, Book, Draft, Posted, Transfer, Verdict
from money.ledger.terms import Shares, Terms
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
    """A gift whose coins are still to be divided into bonus and bought ones. `accounts` in the order of `_accounts`.

    `terms` are those in force when it is given. `shares` is filled in when it is settled.
    """

    order: GiftOrder
    coins: int
    terms: Terms
    funds_bonus: bool
    owed: Owed
    guard: SpendingGuard
    shares: Shares

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
            splits = book.notes[GiftDraft] = Split(self.owed.paid), Split(self.owed.bonus)
        order, terms, shares = self.order, self.terms, self.shares
        shares.creator, shares.agency = splits[0].shares(order.creator, paid, terms) if paid else (0, 0)
        shares.creator_bonus, shares.agency_bonus = splits[1].shares(order.creator, given, terms) if given else (0, 0)
        entries = {coins: -paid}  # always, even of 0 coins: it has the balance for the receipt
        if paid:
            entries[pending_coins], entries[COMMISSION] = shares.creator, paid - shares.creator - shares.agency
        if given:
            entries[bonus_coins] = -given
            promised = shares.creator_bonus + shares.agency_bonus
            if self.funds_bonus:
                entries[MARKETING], entries[GRANT] = -promised, given
                entries[pending_coins] = shares.creator + shares.creator_bonus
            else:
                entries[promoted_coins], entries[GRANT] = shares.creator_bonus, given - promised
        if terms.agency:
            self._pay_agency(entries)
        return Transfer(self.key, self.kind, self.at, self.request, entries, self._detail(given))

    def _pay_agency(self, entries: dict[Account, int]) -> None:
        *_, pending_coins, promoted_coins = self.accounts
        shares = self.shares
        earned = shares.agency + (shares.agency_bonus if self.funds_bonus else 0)
        if earned:
            entries[pending_coins] = earned
        if shares.agency_bonus and not self.funds_bonus:
            entries[promoted_coins] = shares.agency_bonus

    def _detail(self, given: int) -> dict[str, str | int]:
        """What the transfer says of the gift, its terms and its shares: all that is needed to prove its entries."""
        order, terms, shares = self.order, self.terms, self.shares
        detail: dict[str, str | int] = {
            "gift": order.gift,
            "count": order.count,
            "coins": self.coins,
            "commission_percent": terms.commission_percent,
            "room": order.room,
            "giver": order.giver,
            "creator": order.creator,
        }
        if given:
            detail["bonus"] = given
            if self.funds_bonus:
                detail["funded"] = shares.creator_bonus
        if terms.agreement:
            detail["agreement"] = terms.agreement
        if terms.agency:
            detail["agency"], detail["agency_percent"] = terms.agency, terms.agency_percent
            detail["agency_coins"] = shares.agency
            if shares.agency_bonus and self.funds_bonus:
                detail["agency_funded"] = shares.agency_bonus
        return detail


class Gifts:
    """Gives gifts. How they are shared is what `in_force` knows; it is frozen on every gift.

    `caps`: what a person may give at most, whatever limits they set for themselves.
    """

    def __init__(
        self,
        ledger: Ledger,
        earnings: Earnings,
        in_force: InForce,
        caps: Caps,
        *,
        marketing_funds_bonus: bool = False,
    ) -> None:
        self._ledger = ledger
        self._earnings = earnings
        self._in_force = in_force
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
            creators = {order.creator for order in wanted}
            terms = self._in_force.terms(connection, [(order.creator, order.at) for order in wanted])
            pairs = {(order.creator, t.agency) for order, t in zip(wanted, terms, strict=True) if t.agency}
            owed = rounding_carry.owed(connection, creators, pairs)
            guard = SpendingGuard(connection, self._caps, wanted[0].at, {order.giver for order in wanted})
            drafts = [self._draft(order, t, owed, guard) for order, t in zip(wanted, terms, strict=True)]
            verdicts = self._ledger.post(connection, drafts, lambda found: self._record(connection, drafts, found))
            posted = zip(drafts, verdicts, strict=True)
            answers = [answer or _receipt(*next(posted)) for answer in answers]
        return [answer for answer in answers if answer is not None]

    def _draft(self, order: GiftOrder, terms: Terms, owed: Owed, guard: SpendingGuard) -> GiftDraft:
        return GiftDraft(
            f"gift:{order.giver}:{order.key}",
            "gift",
            order.at,
            f"{order.creator}\n{order.room}\n{order.gift}\n{order.count}",
            _accounts(order.giver, order.creator, terms.agency, self._funds_bonus),
            order,
            GIFTS[order.gift].coins * order.count,
            terms,
            self._funds_bonus,
            owed,
            guard,
            Shares(),
        )

    def _record(self, connection: Connection, drafts: Sequence[GiftDraft], verdicts: Sequence[Verdict]) -> None:
        """Record what was given and earned, and what rounding left over."""
        given = [
            _given(draft, verdict)
            for draft, verdict in zip(drafts, verdicts, strict=True)
            if isinstance(verdict, Posted) and not verdict.replayed
        ]
        if given:
            drafts[0].guard.record(connection, _by_giver(given))
            self._earnings.add(connection, self._earned(connection, given))
            rounding_carry.add(connection, _left(given))

    def _earned(self, connection: Connection, given: Sequence[_Given]) -> list[Earned]:
        # Asked only for those of whose gifts something is held: of bonus coins, nothing is.
        holding = {gift.order.giver for gift in given if gift.pending}
        holds = self._earnings.holds.classes(connection, holding, given[0].order.at)
        earned: list[Earned] = []
        for gift in given:
            order, terms = gift.order, gift.terms
            day, hold = order.at // DAY_MS, holds.get(order.giver, "standard")
            earned.append(Earned(order.creator, day, hold, order.room, gift.creators))
            if terms.agency:
                earned.append(Earned(terms.agency, day, hold, order.room, gift.agencys, "agency", order.creator))
        return earned


class _Given(NamedTuple):
    """A gift just posted, in coins. `paid`: of all its coins, the bought ones; `creators`, `agencys`: how much of both
    kinds is held for them and then payable."""

    order: GiftOrder
    coins: int
    paid: int
    terms: Terms
    shares: Shares
    creators: int
    agencys: int

    @property
    def pending(self) -> int:
        return self.creators + self.agencys


def _given(draft: GiftDraft, verdict: Posted) -> _Given:
    _, coins, *_ = draft.accounts
    shares, terms = draft.shares, draft.terms
    creators, agencys = shares.creator, shares.agency
    if draft.funds_bonus:
        creators, agencys = creators + shares.creator_bonus, agencys + shares.agency_bonus
    return _Given(draft.order, draft.coins, -verdict.entries[coins], terms, shares, creators, agencys)


def _by_giver(given: Sequence[_Given]) -> dict[str, int]:
    """How many coins each gave."""
    coins: dict[str, int] = {}
    for gift in given:
        coins[gift.order.giver] = coins.get(gift.order.giver, 0) + gift.coins
    return coins


def _left(given: Sequence[_Given]) -> Owed:
    """What rounding left over of the shares of creators and agencies."""
    paid: dict[Holder, int] = {}
    bonus: dict[Holder, int] = {}

    def note(holder: Holder, gift: _Given, percent: int, share: int, of_bonus: int) -> None:
        paid[holder] = paid.get(holder, 0) + left(gift.paid, percent, share)
        if gift.paid < gift.coins:
            bonus[holder] = bonus.get(holder, 0) + left(gift.coins - gift.paid, percent, of_bonus)

    for gift in given:
        creator, terms, shares = gift.order.creator, gift.terms, gift.shares
        note(creator, gift, terms.creator_percent, shares.creator, shares.creator_bonus)
        if terms.agency:
            note((creator, terms.agency), gift, terms.agency_percent, shares.agency, shares.agency_bonus)
    return Owed(paid, bonus)


@lru_cache(ACCOUNTS_CACHED_MAX)
def _accounts(giver: str, creator: str, agency: str, funds_bonus: bool) -> tuple[Account, ...]:
    platform = (COMMISSION, GRANT, MARKETING) if funds_bonus else (COMMISSION, GRANT)
    agencys = (pending(agency), promoted(agency)) if agency else ()
    return (bonus(giver), wallet(giver), pending(creator), promoted(creator), *platform, *agencys)


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
