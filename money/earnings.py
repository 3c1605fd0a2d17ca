"""Earnings: a creator's share of gifts is pending for a hold period, then payable.

Earnings are summed by UTC day. `earnings_hold_days` after a day ends, its coins move from `pending` to `payable` in one
transfer. Its key names person and day, so releasing late, twice or on two nodes is harmless.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import structlog
from sqlalchemy import Connection, bindparam, select, text, update

from core.clock import Clock
from core.database import Database
from core.jobs import Job
from money.ledger import Ledger
from money.ledger.accounts import payable, pending
from money.ledger.rules import Posted, Transfer
from money.tables import earnings

DAY_MS = 86_400_000
RELEASE_GRACE_MS = 3_600_000  # gifts of a day may be committed after midnight, by a node with a slow clock
RELEASE_BATCH_MAX = 500
RELEASE_EVERY_S = 600.0

log = structlog.get_logger("earnings")

_ADD = text(
    "INSERT INTO earnings (person, day, coins, released) VALUES (:person, :day, :coins, 0) "
    "ON CONFLICT (person, day) DO UPDATE SET coins = earnings.coins + excluded.coins"
)
_REVERSED = text(
    "UPDATE earnings SET reversed = reversed + :coins WHERE person = :person AND day = :day "
    "AND reversed + :coins BETWEEN 0 AND coins - released"
)
_RELEASED = (
    update(earnings)
    .where(earnings.c.person == bindparam("of"), earnings.c.day == bindparam("on"))
    .values(released=earnings.c.released + bindparam("amount"))
)


class Earnings:
    def __init__(self, database: Database, clock: Clock, ledger: Ledger, hold_days: int) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self._hold_ms = hold_days * DAY_MS

    def add(self, connection: Connection, earned: Mapping[tuple[str, int], int]) -> None:
        """Record coins just posted to `pending`, by person and day (counted from 1970)."""
        rows = [
            {"person": person, "day": day_name(day), "coins": n} for (person, day), n in sorted(earned.items()) if n
        ]
        if rows:
            connection.execute(_ADD, rows)

    def reverse(self, connection: Connection, person: str, day: str, coins: int) -> bool:
        """Note that coins of a day leave `pending` again, or return when negative. False: the day has not so many."""
        changed = connection.execute(_REVERSED, {"person": person, "day": day, "coins": coins}).rowcount
        return changed == 1

    def release(self, connection: Connection) -> int:
        """Release one batch of what is due; returns how many."""
        now = self._clock()
        today = day_name((now - RELEASE_GRACE_MS - self._hold_ms) // DAY_MS)
        due = connection.execute(
            select(
                earnings.c.person, earnings.c.day, earnings.c.released,
                (earnings.c.coins - earnings.c.reversed).label("coins"),
            )
            .where(earnings.c.released < earnings.c.coins, earnings.c.day < today)  # the index's condition
            .where(earnings.c.released < earnings.c.coins - earnings.c.reversed)
            .order_by(earnings.c.day, earnings.c.person)
            .limit(RELEASE_BATCH_MAX)
            .with_for_update(skip_locked=True)  # another node is releasing these
        ).all()  # fmt: skip
        transfers = [_transfer(person, day, coins - released, released, now) for person, day, released, coins in due]
        moved = []
        for row, verdict in zip(due, self._ledger.post(connection, transfers), strict=True):
            if isinstance(verdict, Posted):
                moved.append({"of": row.person, "on": row.day, "amount": row.coins - row.released})
            else:  # the ledger contradicts the day's sum: leave it pending for an operator to check
                log.error("earnings refused", person=row.person, day=row.day, code=verdict.code)
        if moved:
            connection.execute(_RELEASED, moved)
        return len(moved)

    def release_all(self, job: Job) -> None:
        """Release everything that is due, in batches. Blocks."""
        while self._database.write(self.release) == RELEASE_BATCH_MAX:
            job.progress("releasing", 0)


def day_name(day: int) -> str:
    return datetime.fromtimestamp(day * DAY_MS / 1000, UTC).date().isoformat()


def _transfer(person: str, day: str, coins: int, released: int, now: int) -> Transfer:
    # A gift that arrived even after the grace period is released under its own key.
    key = f"release:{person}:{day}" + (f":{released}" if released else "")
    return Transfer(
        key=key,
        kind="release",
        at=now,
        request=f"{coins}",
        entries={pending(person): -coins, payable(person): coins},
        detail={"day": day},
    )
