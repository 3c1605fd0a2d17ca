"""Gifts: coins go from the giver's wallet to the creator's earnings and the platform's commission, in one transfer."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection

from core.errors import InvalidRequest, Refusal
from money.catalogue import GIFTS
from money.earnings import DAY_MS, Earned, Earnings
from money.errors import BadCount, CannotGiveToYourself, UnknownGift
from money.ledger import Ledger, rounding_carry
from money.ledger.accounts import COMMISSION, pending, wallet
from money.ledger.rules import Posted, Transfer
from money.spending import Caps, SpendingGuard

GIFT_COUNT_MAX = 999
COMBO_GIFT_COINS_MAX = 99  # dearer gifts are sent one at a time: no slip of a finger repeats them
GIFT_KEY_CHARS_MAX = 64
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
    """The gift's value, the creator's share, and the giver's balance right after it."""

    coins: int
    creator_coins: int
    balance: int
    replayed: bool


class Gifts:
    """Gives gifts. `commission_percent` is the platform's share in force; it is frozen on every gift given under it.

    `caps`: what a person may give at most, whatever limits they set for themselves.
    """

    def __init__(self, ledger: Ledger, earnings: Earnings, commission_percent: int, caps: Caps) -> None:
        if not 0 <= commission_percent <= 100:
            raise ValueError("a commission is 0 to 100 percent")
        self._ledger = ledger
        self._earnings = earnings
        self._commission_percent = commission_percent
        self._caps = caps

    def give(self, connection: Connection, orders: Sequence[GiftOrder]) -> list[GiftReceipt | Refusal]:
        """Give in the caller's transaction: a receipt or a refusal for each order, in order.

        Refusals: UnknownGift, BadCount, CannotGiveToYourself, InsufficientCoins, BalanceTooLarge, IdempotencyKeyReused,
        SpendingLimitReached.
        The caller must check that the giver is an adult. A repeated order gets the same receipt, marked `replayed`.
        """
        answers: list[GiftReceipt | Refusal | None] = [_refusal(order) for order in orders]
        places = [place for place, refusal in enumerate(answers) if refusal is None]
        if not places:
            return [answer for answer in answers if answer is not None]
        owed = rounding_carry.owed(connection, {orders[place].creator for place in places})
        split = rounding_carry.Split(owed, self._commission_percent)
        transfers = [self._transfer(orders[place], split) for place in places]
        guard = SpendingGuard(self._caps, orders[places[0]].at)
        holds = self._earnings.holds.classes(
            connection, {orders[place].giver for place in places}, orders[places[0]].at
        )
        earned: list[Earned] = []
        left: dict[str, int] = {}
        verdicts = self._ledger.post(connection, transfers, guard)
        for place, transfer, verdict in zip(places, transfers, verdicts, strict=True):
            if not isinstance(verdict, Posted):
                answers[place] = verdict
                continue
            answers[place] = receipt = _receipt(transfer, verdict)
            if not verdict.replayed:
                order, creator = orders[place], orders[place].creator
                earned.append(
                    Earned(creator, order.at // DAY_MS, holds[order.giver], order.room, receipt.creator_coins)
                )
                left[creator] = left.get(creator, 0) + split.left(receipt.coins, receipt.creator_coins)
        guard.record(connection)
        self._earnings.add(connection, earned)
        rounding_carry.add(connection, left)
        return [answer for answer in answers if answer is not None]

    def _transfer(self, order: GiftOrder, split: rounding_carry.Split) -> Transfer:
        coins = GIFTS[order.gift].coins * order.count
        share = split.share(order.creator, coins)
        return Transfer(
            key=f"gift:{order.giver}:{order.key}",
            kind="gift",
            at=order.at,
            request=f"{order.creator}\n{order.room}\n{order.gift}\n{order.count}",
            entries={wallet(order.giver): -coins, pending(order.creator): share, COMMISSION: coins - share},
            detail={
                "gift": order.gift,
                "count": order.count,
                "coins": coins,
                "commission_percent": self._commission_percent,
                "room": order.room,
                "giver": order.giver,
                "creator": order.creator,
            },
        )


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


def _receipt(transfer: Transfer, posted: Posted) -> GiftReceipt:
    giver, creator, _ = transfer.entries
    return GiftReceipt(-posted.entries[giver], posted.entries[creator], posted.balances[giver], posted.replayed)
