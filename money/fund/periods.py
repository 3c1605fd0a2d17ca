"""Periods and their pots: what is in them, and how they are filled."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, func, insert, select, update

from core.clock import Clock
from core.errors import IdempotencyKeyReused, InvalidRequest, NotFound
from money.errors import FundPeriodOver
from money.fund.states import State
from money.fund.views import open_period
from money.ledger import Ledger
from money.ledger.accounts import MARKETING, fund
from money.ledger.rules import TRANSFER_AMOUNT_MAX, Account, Posted, Transfer
from money.reports.months import YEAR_MAX, YEAR_MIN, month_of, span
from money.tables import fund_fills, fund_periods

MONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])\Z")
NOTE_CHARS_MAX = 200
PERIODS_SHOWN_MAX = 24
FILLS_SHOWN_MAX = 100


class Fill(msgspec.Struct, frozen=True):
    """Coins that went into a pot. `source`: hand, ads or carried. `by`: the admin's id; empty: the server."""

    source: str
    coins: int
    by: str
    at: int
    note: str


class Period(msgspec.Struct, frozen=True):
    """A month. While it is open, `pot` is what was filled in by now and the others are 0. `corrected`: what corrections
    of earlier months took out of it before it was divided; below zero: brought into it. Times are Unix ms."""

    period: str
    state: State
    pot: int
    corrected: int
    carried: int
    weight: int
    views: int
    viewers: int
    digest: str
    closed_at: int | None
    reviewed_at: int | None
    posted_at: int | None
    closed_by: str | None
    reviewed_by: str | None
    posted_by: str | None


class Periods:
    def __init__(self, clock: Clock, ledger: Ledger) -> None:
        self._clock = clock
        self._ledger = ledger

    def fill(
        self, connection: Connection, period: str, coins: int, key: str, *, by: str, note: str = "",
        source: str = "hand",
    ) -> Fill:  # fmt: skip
        """Put coins into the pot of a month that is not closed, out of what the platform spends on creators. Once for
        each key. Raises InvalidRequest, FundPeriodOver, IdempotencyKeyReused."""
        if type(coins) is not int or not 1 <= coins <= TRANSFER_AMOUNT_MAX or len(note) > NOTE_CHARS_MAX:
            raise InvalidRequest("A pot is filled with a whole number of coins.")
        check_month(period, self._clock())
        row = locked(connection, period)
        there = select(fund_fills).where(fund_fills.c.period == period, fund_fills.c.key == key)
        if (earlier := connection.execute(there).first()) is not None:
            if (earlier.coins, earlier.note, earlier.source) != (coins, note, source):
                raise IdempotencyKeyReused
            return _fill(earlier)
        if row.state != "open":
            raise FundPeriodOver
        filled = Fill(source, coins, by, self._clock(), note)
        self._post(connection, period, key, filled, MARKETING)
        return filled

    def carry(self, connection: Connection, period: str, coins: int) -> str:
        """Move what is nobody's into the pot of this month. Returns which one."""
        now = self._clock()
        into = month_of(now)
        locked(connection, into)
        self._post(
            connection, into, own_key(f"carried:{period}"), Fill("carried", coins, "", now, period), fund(period)
        )
        return into

    def _post(self, connection: Connection, period: str, key: str, filled: Fill, out_of: Account) -> None:
        row = msgspec.structs.asdict(filled)
        connection.execute(insert(fund_fills).values(period=period, key=key, **row))
        transfer = Transfer(
            key=f"fund_fill:{period}:{key}", kind="fund_fill", at=filled.at, request=f"{filled.coins} {filled.source}",
            entries={out_of: -filled.coins, fund(period): filled.coins},
            detail={"period": period, "source": filled.source, "by": filled.by, "note": filled.note},
        )  # fmt: skip
        verdict = self._ledger.post(connection, [transfer])[0]
        if not isinstance(verdict, Posted):
            raise verdict

    def one(self, connection: Connection, period: str) -> Period:
        """Raises NotFound."""
        row = connection.execute(select(fund_periods).where(fund_periods.c.period == period)).first()
        if row is None:
            raise NotFound("There is no such period.")
        return _period(connection, row)

    def all(self, connection: Connection) -> list[Period]:
        """The newest first; the current month is always there."""
        rows = connection.execute(
            select(fund_periods).order_by(fund_periods.c.period.desc()).limit(PERIODS_SHOWN_MAX)
        ).all()
        found = [_period(connection, row) for row in rows]
        now = month_of(self._clock())
        if not any(one.period == now for one in found):
            none: Sequence[None] = (None,) * 6
            found.insert(0, Period(now, "open", 0, 0, 0, 0, 0, 0, "", *none))
        return found

    def fills(self, connection: Connection, period: str) -> list[Fill]:
        rows = select(fund_fills).where(fund_fills.c.period == period).order_by(fund_fills.c.at, fund_fills.c.key)
        return [_fill(row) for row in connection.execute(rows.limit(FILLS_SHOWN_MAX))]


def own_key(name: str) -> str:
    """Of what the server puts in. Nobody else can take it: the key of a request begins with no space."""
    return f" {name}"


def checked_month(period: str) -> str:
    """A month that somebody names. Raises NotFound for anything else."""
    if not MONTH.match(period) or not YEAR_MIN <= int(period[:4]) <= YEAR_MAX:
        raise NotFound("There is no such period.")
    return period


def check_month(period: str, now: int) -> None:
    """Raises InvalidRequest for a month that has not begun."""
    if span(period).start > now:
        raise InvalidRequest("This month has not begun.")


def locked(connection: Connection, period: str) -> Row[Any]:
    """A period's row, locked until the transaction ends, and made if there is none."""
    open_period(connection, period)
    found = select(fund_periods).where(fund_periods.c.period == period).with_for_update()
    return connection.execute(found).one()


def forward(connection: Connection, period: str, before: State, after: State, **values: object) -> bool:
    """Move a period from one state to the next. False: it was not there."""
    moved = update(fund_periods).where(fund_periods.c.period == period, fund_periods.c.state == before)
    return connection.execute(moved.values(state=after, **values)).rowcount == 1


def pot(connection: Connection, period: str) -> int:
    """What was filled in. Nothing leaves a pot before it is posted."""
    filled = select(func.coalesce(func.sum(fund_fills.c.coins), 0)).where(fund_fills.c.period == period)
    return int(connection.execute(filled).scalar_one())


def _period(connection: Connection, row: Row[Any]) -> Period:
    values = {name: getattr(row, name) for name in Period.__struct_fields__}
    if row.state in ("open", "closing"):
        values["pot"] = pot(connection, row.period)
    return Period(**values)


def _fill(row: Row[Any]) -> Fill:
    return Fill(row.source, row.coins, row.by, row.at, row.note)
