"""Corrections of a posted month: each is a line of the month that is running when it is made, and posted with it.

What was posted is never changed. Somebody who got too little gets the rest out of a later pot, before it is divided;
what somebody got too much goes into it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from core.clock import Clock
from core.errors import IdempotencyKeyReused, InvalidRequest, Refusal
from core.ids import new_id
from money.earnings.earnings import debts, repaying
from money.errors import FundNotReady
from money.fund.periods import locked
from money.ledger.accounts import debt, fund, payable
from money.ledger.rules import TRANSFER_AMOUNT_MAX, Account, Book, Draft, Transfer
from money.reports.months import month_of
from money.tables import fund_corrections, fund_creators

REASON_CHARS_MAX = 200
CORRECTIONS_SHOWN_MAX = 100


class Correction(msgspec.Struct, frozen=True):
    """`coins`: how many more somebody gets for `month` or, below zero, fewer. It is posted with `period`. `at`: when it
    was made, Unix ms."""

    month: str
    period: str
    coins: int
    reason: str
    at: int
    posted: bool


class Taking(Draft, frozen=True, gc=False):
    """Coins that somebody got too much go into a pot: of what they can be paid out, and the rest is a debt."""

    coins: int
    detail: dict[str, str | int]

    def settle(self, book: Book) -> Transfer | Refusal:
        pot, has, owes = self.accounts
        taken = min(self.coins, max(0, book.balance(has)))
        entries = {pot: self.coins, has: -taken, owes: taken - self.coins}
        moved = {account: amount for account, amount in entries.items() if amount}
        return Transfer(self.key, self.kind, self.at, self.request, moved, self.detail)


class Corrections:
    def __init__(self, clock: Clock) -> None:
        self._clock = clock

    def correct(
        self, connection: Connection, month: str, creator: str, coins: int, key: str, *, by: str, reason: str
    ) -> Correction:
        """Give a creator so many coins more, or fewer, for a month that was posted. Once for each key. Raises
        InvalidRequest, FundNotReady, IdempotencyKeyReused."""
        if type(coins) is not int or not 1 <= abs(coins) <= TRANSFER_AMOUNT_MAX:
            raise InvalidRequest("A correction is a whole number of coins.")
        if not reason.strip() or len(reason) > REASON_CHARS_MAX:
            raise InvalidRequest(f"A correction has a reason of at most {REASON_CHARS_MAX} characters.")
        now = self._clock()
        period = month_of(now)
        if locked(connection, month).state != "posted":
            raise FundNotReady("Only a month that was posted can be corrected.")
        known = select(fund_corrections).where(fund_corrections.c.month == month, fund_corrections.c.key == key)
        if (earlier := connection.execute(known).first()) is not None:
            if (earlier.creator, earlier.coins, earlier.reason) != (creator, coins, reason):
                raise IdempotencyKeyReused
            return _correction(earlier)
        if locked(connection, period).state != "open":
            raise FundNotReady("The month that is running is closed already.")
        if got(connection, month, creator) + coins < 0:
            raise InvalidRequest("They got fewer coins than this for that month.")
        made = Correction(month, period, coins, reason, now, False)
        connection.execute(insert(fund_corrections).values(
            id=new_id(), key=key, creator=creator, by=by, posted=0, month=month, period=period, coins=coins,
            reason=reason, at=now,
        ))  # fmt: skip
        return made

    def of_creator(self, connection: Connection, person: str, period: str = "") -> list[Correction]:
        """The newest first; of a period: those that correct it, and those that are posted with it."""
        own = select(fund_corrections).where(fund_corrections.c.creator == person)
        if period:
            own = own.where((fund_corrections.c.month == period) | (fund_corrections.c.period == period))
        rows = connection.execute(own.order_by(fund_corrections.c.id.desc()).limit(CORRECTIONS_SHOWN_MAX))
        return [_correction(row) for row in rows]


def _correction(row: Row[Any]) -> Correction:
    return Correction(row.month, row.period, row.coins, row.reason, row.at, bool(row.posted))


def rows_with(connection: Connection, period: str) -> Sequence[Row[Any]]:
    """The corrections that are posted with a period, the largest first."""
    own = select(fund_corrections).where(fund_corrections.c.period == period)
    largest = func.abs(fund_corrections.c.coins).desc(), fund_corrections.c.id
    return connection.execute(own.order_by(*largest).limit(CORRECTIONS_SHOWN_MAX)).all()


def net(connection: Connection, period: str) -> int:
    """What the corrections take out of a period's pot, together; below zero: bring into it."""
    own = select(func.coalesce(func.sum(fund_corrections.c.coins), 0)).where(fund_corrections.c.period == period)
    return int(connection.execute(own).scalar_one())


def got(connection: Connection, month: str, creator: str) -> int:
    """What somebody has for a month, with its corrections."""
    own = select(func.coalesce(func.sum(fund_creators.c.coins), 0)).where(
        fund_creators.c.period == month, fund_creators.c.creator == creator
    )
    more = select(func.coalesce(func.sum(fund_corrections.c.coins), 0)).where(
        fund_corrections.c.month == month, fund_corrections.c.creator == creator
    )
    return int(connection.execute(own).scalar_one()) + int(connection.execute(more).scalar_one())


def due(connection: Connection, period: str, most: int) -> Sequence[Row[Any]]:
    """Those of a period that are not posted yet. What comes into the pot is first: it may be needed for the others."""
    own = select(fund_corrections).where(fund_corrections.c.period == period, fund_corrections.c.posted == 0)
    return connection.execute(own.order_by(fund_corrections.c.coins, fund_corrections.c.id).limit(most)).all()


def transfers_for(connection: Connection, corrections: Sequence[Row[Any]], now: int) -> list[Transfer | Draft]:
    """What posts them, and notes that it did."""
    owed = debts(connection, {row.creator for row in corrections if row.coins > 0})
    made: list[Transfer | Draft] = []
    for row in corrections:
        key, pot = f"fund:{row.period}:correction:{row.id}", fund(row.period)
        detail: dict[str, str | int] = {"period": row.period, "corrects": row.month, "reason": row.reason, "by": row.by}
        if row.coins < 0:
            accounts: tuple[Account, ...] = pot, payable(row.creator), debt(row.creator)
            made.append(Taking(key, "fund", now, f"{row.coins}", accounts, -row.coins, detail))
            continue
        entries = {pot: -row.coins, **repaying(row.creator, row.coins, owed.get(row.creator, 0))}
        owed[row.creator] = max(0, owed.get(row.creator, 0) - row.coins)
        made.append(Transfer(key, "fund", now, f"{row.coins}", entries, detail))
    done = update(fund_corrections).where(fund_corrections.c.id.in_([row.id for row in corrections]))
    connection.execute(done.values(posted=1))
    return made
