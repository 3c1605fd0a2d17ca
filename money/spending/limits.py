"""The limits that people set for themselves. A lower one holds at once, a higher one after 48 hours."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, delete, select, text

from core.clock import Clock
from money.spending.guard import read_spent
from money.spending.rules import MONTH_DAYS, RAISE_AFTER_MS, SPANS, Caps, Span, day_of, is_raise
from money.tables import spending, spending_limits, spending_notices

SPENDING_KEPT_DAYS = 400
FORGET_EVERY_S = 86_400.0


class Change(msgspec.Struct):
    """A higher limit that is waiting: in force from `at` (Unix ms). `coins` null: none."""

    span: Span
    coins: int | None
    at: int


class SpendingNotice(msgspec.Struct):
    """That a person gave so many coins within 30 days, until they have seen it."""

    coins: int
    at: int


class Limits(msgspec.Struct):
    """What a person may give in a UTC day and in 30 days, in coins. `day_coins`, `month_coins`: their own limits, null
    if they set none; `day_max`, `month_max`: the lower of these and the platform's."""

    day_coins: int | None
    month_coins: int | None
    day_max: int
    month_max: int
    day_spent: int
    month_spent: int
    waiting: list[Change]
    notice: SpendingNotice | None


class Day(msgspec.Struct):
    """What a person gave on a UTC day, counted from 1970."""

    day: int
    coins: int


class SpendingLimits:
    def __init__(self, caps: Caps, clock: Clock) -> None:
        self.caps = caps
        self._clock = clock

    def limits(self, connection: Connection, person: str) -> Limits:
        now = self._clock()
        own, waiting = _own(connection, person, now)
        spent = read_spent(connection, [person], self.caps, now)[person]
        return Limits(
            own["day"], own["month"], spent.day_max, spent.month_max, spent.day, spent.month,
            [change for span in SPANS if (change := waiting[span])], _notice(connection, person),
        )  # fmt: skip

    def set(self, connection: Connection, person: str, day: int | None, month: int | None) -> Limits:
        """Set both limits, in coins; None: none of one's own. What is asked for replaces what is waiting."""
        now = self._clock()
        own, waiting = _own(connection, person, now, lock=True)
        wanted: dict[Span, int | None] = {"day": day, "month": month}
        for span, coins in wanted.items():
            last, raised = waiting[span], is_raise(own[span], coins)
            if raised and last is not None and last.coins == coins:
                continue  # asked for again: it keeps its date
            mine = (spending_limits.c.person == person, spending_limits.c.span == span)
            connection.execute(delete(spending_limits).where(*mine, spending_limits.c["from"] > now))
            if own[span] == coins:
                continue
            if not raised:  # those before are of no use any more
                connection.execute(delete(spending_limits).where(*mine))
            at = now + RAISE_AFTER_MS if raised else now
            connection.execute(_SET, {"person": person, "span": span, "at": at, "coins": coins})
        return self.limits(connection, person)

    def days(self, connection: Connection, person: str) -> Sequence[Day]:
        """What a person gave on each of the last 30 days, the oldest first. Days without a gift are left out."""
        rows = connection.execute(
            select(spending.c.day, spending.c.coins)
            .where(spending.c.person == person, spending.c.day > day_of(self._clock()) - MONTH_DAYS)
            .order_by(spending.c.day)
        )
        return [Day(day, coins) for day, coins in rows]

    def notice_seen(self, connection: Connection, person: str) -> None:
        connection.execute(delete(spending_notices).where(spending_notices.c.person == person))

    def forget_old(self, connection: Connection) -> None:
        connection.execute(delete(spending).where(spending.c.day < day_of(self._clock()) - SPENDING_KEPT_DAYS))


_SET = text(
    'INSERT INTO spending_limits (person, span, "from", coins) VALUES (:person, :span, :at, :coins) '
    'ON CONFLICT (person, span, "from") DO UPDATE SET coins = excluded.coins'
)


def _notice(connection: Connection, person: str) -> SpendingNotice | None:
    notice = spending_notices.c
    row = connection.execute(select(notice.coins, notice.at).where(notice.person == person)).first()
    return SpendingNotice(*row) if row else None


def _own(
    connection: Connection, person: str, now: int, *, lock: bool = False
) -> tuple[dict[Span, int | None], dict[Span, Change | None]]:
    """The limits in force, and those that are waiting."""
    own: dict[Span, int | None] = dict.fromkeys(SPANS)
    waiting: dict[Span, Change | None] = dict.fromkeys(SPANS)
    rows = (
        select(spending_limits.c.span, spending_limits.c["from"], spending_limits.c.coins)
        .where(spending_limits.c.person == person).order_by(spending_limits.c["from"])
    )  # fmt: skip
    for span, at, coins in connection.execute(rows.with_for_update() if lock else rows):
        if at <= now:
            own[span] = coins
        else:
            waiting[span] = Change(span, coins, at)
    return own, waiting
