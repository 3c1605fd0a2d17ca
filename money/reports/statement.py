"""A creator's statement of a month: opening balance, what changed it, closing balance. Adds up to the coin.

    opening + earned - reversed + restored - repaid - paid out + came back + other = closing

Balances are what is held and what is payable, as the ledger has them. What is released only moves between the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec
from sqlalchemy import Connection

from core.clock import Clock
from core.identity import Person
from money.earnings import day_name
from money.earnings.report import EarningsReport
from money.ledger.reading import use_one_state
from money.ledger.rules import COINS
from money.reports.earned import MOVES, By, Part, earned_by
from money.reports.months import month_of, span
from money.reports.paid import Paid, paid_within
from money.reports.sums import Sum, sums_of
from money.wallets import Brief

PARTS_SHOWN_MAX = 50  # rooms, and givers
PARTS_EXPORTED_MAX = 10_000
_NOTHING = Part("", 0, 0, 0)


class Balance(msgspec.Struct, frozen=True):
    """In coins. `debt`: what the person owes."""

    held: int
    payable: int
    debt: int


class Day(msgspec.Struct, frozen=True):
    """`day`: UTC, as 2026-01-31."""

    day: str
    coins: int
    reversed: int


class Source(msgspec.Struct, frozen=True):
    source: str
    coins: int
    reversed: int
    gifts: int


class Room(msgspec.Struct, frozen=True):
    """`title` is null for a room that is gone."""

    room: str
    title: str | None
    coins: int
    reversed: int
    gifts: int


class Giver(msgspec.Struct, frozen=True):
    """`person` is null for a deleted account."""

    id: str
    person: Person | None
    coins: int
    reversed: int
    gifts: int


class Money(msgspec.Struct, frozen=True):
    """What was paid in a currency, in minor units, after the fee. `back`: what came back after it was sent."""

    currency: str
    sent_minor: int
    fee_minor: int
    back_minor: int


class Statement(msgspec.Struct, frozen=True):
    """In coins. `released` became payable; `repaid` of it paid a debt instead. `paid_out` was exchanged for money when
    payouts were asked for, `came_back` is again payable. `complete`: the month is over. `days` are all of the month;
    of `rooms` and `givers` those that earned most."""

    month: str
    complete: bool
    opening: Balance
    earned: int
    reversed: int
    restored: int
    released: int
    repaid: int
    paid_out: int
    came_back: int
    other: int
    closing: Balance
    gifts: int
    days: list[Day]
    sources: list[Source]
    rooms: list[Room]
    givers: list[Giver]
    money: list[Money]


class Statements:
    def __init__(self, clock: Clock, brief: Brief, reports: EarningsReport) -> None:
        self._clock = clock
        self._brief = brief
        self._reports = reports

    def of(self, connection: Connection, person: str, month: str, most: int = PARTS_SHOWN_MAX) -> Statement:
        """Nothing may have been read before in this transaction. `Sums.bring_up` before it makes it quick. Raises
        InvalidRequest for a month there is none."""
        use_one_state(connection, patient=False)
        days = span(month)
        sums = [one for one in sums_of(connection, person, month) if one.unit == COINS]
        now = Movements(one for one in sums if one.month == month)
        parts: dict[By, list[Part]] = {
            "day": earned_by(connection, person, month, "day", len(days.days), sums),
            "source": earned_by(connection, person, month, "source", most, sums),
            "room": earned_by(connection, person, month, "room", most, sums),
            "giver": earned_by(connection, person, month, "giver", most, sums),
        }
        by_day = {int(part.name): part for part in parts["day"]}
        return Statement(
            month=month,
            complete=month < month_of(self._clock()),
            opening=_balance(one for one in sums if one.month < month),
            earned=now.earned,
            reversed=now.paid("pending", "gift_reversed"),
            restored=now.received("pending", "gift_restored"),
            released=now.paid("pending", "release"),
            repaid=now.received("debt", "release"),
            paid_out=now.paid("payable", "payout"),
            came_back=now.received("payable", "payout_back"),
            other=now.other,
            closing=_balance(sums),
            gifts=sum(part.gifts for part in parts["source"] if part.name == "gift"),
            days=[
                Day(day_name(day), part.coins, part.reversed)
                for day in days.days
                for part in (by_day.get(day, _NOTHING),)
            ],
            sources=[Source(part.name, part.coins, part.reversed, part.gifts) for part in parts["source"]],
            rooms=self._rooms(connection, parts["room"]),
            givers=self._givers(connection, parts["giver"]),
            money=_money(paid_within(connection, days, person)),
        )

    def _rooms(self, connection: Connection, parts: Sequence[Part]) -> list[Room]:
        titles = self._reports.titles(connection, [part.name for part in parts])
        return [Room(part.name, titles.get(part.name), part.coins, part.reversed, part.gifts) for part in parts]

    def _givers(self, connection: Connection, parts: Sequence[Part]) -> list[Giver]:
        people: Mapping[str, Person] = self._brief(connection, {part.name for part in parts}) if parts else {}
        return [Giver(part.name, people.get(part.name), part.coins, part.reversed, part.gifts) for part in parts]


class Movements:
    """What a month's transfers did to somebody's earnings."""

    def __init__(self, sums: Iterable[Sum]) -> None:
        self._sums = [one for one in sums if one.account in ("pending", "payable", "debt")]

    def received(self, account: str, kind: str) -> int:
        return sum(one.received for one in self._sums if (one.account, one.kind) == (account, kind))

    def paid(self, account: str, kind: str) -> int:
        return sum(one.paid for one in self._sums if (one.account, one.kind) == (account, kind))

    @property
    def earned(self) -> int:
        return sum(one.received for one in self._sums if one.kind not in MOVES and one.account != "debt")

    @property
    def other(self) -> int:
        """Whatever is none of the other lines; signed. Today there is nothing."""
        lines = (
            self.earned - self.paid("pending", "gift_reversed") + self.received("pending", "gift_restored")
            - self.received("debt", "release")
            - self.paid("payable", "payout") + self.received("payable", "payout_back")
        )  # fmt: skip
        return sum(one.net for one in self._sums if one.account != "debt") - lines


def _balance(sums: Iterable[Sum]) -> Balance:
    held = {"pending": 0, "payable": 0, "debt": 0}
    for one in sums:
        if one.account in held:
            held[one.account] += one.net
    return Balance(held["pending"], held["payable"], -held["debt"])


def _money(paid: Sequence[Paid]) -> list[Money]:
    found = []
    for currency in sorted({one.currency for one in paid}):
        sent = [one for one in paid if one.currency == currency and one.what == "sent"]
        back = [one for one in paid if one.currency == currency and one.what == "back"]
        found.append(
            Money(
                currency,
                sent_minor=sum(one.net_minor for one in sent),
                fee_minor=sum(one.fee_minor for one in sent) - sum(one.fee_minor for one in back),
                back_minor=sum(one.net_minor for one in back),
            )
        )
    return found
