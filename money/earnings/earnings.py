"""Earnings: a creator's share of gifts is pending for a hold period, then payable.

They are summed by UTC day and hold class (`hold.py`). So many days after a day ends, its coins move from `pending` to
`payable`, first to the creator's debt, in one transfer. Its key names person, day and class, so releasing late, twice
or on two nodes is harmless. What is due is judged by the clock: whoever decides about a person's earnings releases
them first (`release_of`), and never waits for the schedule.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Literal, NamedTuple

import msgspec
import structlog
from sqlalchemy import Connection, Row, Select, and_, bindparam, func, or_, select, text, update

from core.clock import Clock
from core.database import Database
from core.database.many import Many
from core.jobs import Job
from money.earnings.hold import CLASSES, HoldClass, Holds, day_name
from money.ledger import Ledger
from money.ledger.accounts import debt, payable, pending
from money.ledger.rules import COINS, Account, Posted, Transfer
from money.tables import accounts, earnings, signals

RELEASE_BATCH_MAX = 500
RELEASE_EVERY_S = 600.0
HELD_DAYS_SHOWN_MAX = 100

log = structlog.get_logger("earnings")

_ADD = Many.insert(
    "earnings",
    {"person": "text", "day": "text", "class": "text", "coins": "bigint", "released": "bigint"},
    "ON CONFLICT (person, day, class) DO UPDATE SET coins = earnings.coins + excluded.coins",
)
_ADD_TO_ROOM = Many.insert(
    "earnings_rooms",
    {"person": "text", "day": "text", "room": "text", "source": "text", "coins": "bigint", "gifts": "bigint"},
    "ON CONFLICT (person, day, room, source) DO UPDATE SET coins = earnings_rooms.coins + excluded.coins, "
    "gifts = earnings_rooms.gifts + excluded.gifts",
)
_ADD_TO_AGENCY = Many.insert(
    "agency_earnings",
    {"agency": "text", "day": "text", "creator": "text", "coins": "bigint", "gifts": "bigint"},
    "ON CONFLICT (agency, day, creator) DO UPDATE SET coins = agency_earnings.coins + excluded.coins, "
    "gifts = agency_earnings.gifts + excluded.gifts",
)
_LEFT = earnings.c.coins - earnings.c.reversed
_ROW = (earnings.c.person, earnings.c.day, earnings.c["class"], _LEFT.label("coins"), earnings.c.released)
_REVERSED = text(
    "UPDATE earnings SET reversed = reversed + :coins WHERE person = :person AND day = :day AND class = :hold "
    "AND reversed + :coins BETWEEN 0 AND coins - released"
)
_WATCHED = select(signals.c.person).where(signals.c.state != "cleared")
_RELEASED = (
    update(earnings)
    .where(
        earnings.c.person == bindparam("of"),
        earnings.c.day == bindparam("on"),
        earnings.c["class"] == bindparam("held"),
    )
    .values(released=earnings.c.released + bindparam("amount"))
)


class Earned(NamedTuple):
    """What one gift earned. `day`: UTC, counted from 1970. `creator`: to whom it was given, for their agency."""

    person: str
    day: int
    hold: HoldClass
    room: str
    coins: int
    source: Literal["gift", "agency"] = "gift"
    creator: str = ""


class Held(msgspec.Struct):
    """Coins that are pending: of which day, why so long, and until when (Unix ms)."""

    day: str
    reason: HoldClass | Literal["review"]
    coins: int
    due_at: int


class Earnings:
    def __init__(self, database: Database, clock: Clock, ledger: Ledger, holds: Holds) -> None:
        self._database = database
        self._clock = clock
        self._ledger = ledger
        self.holds = holds

    def add(self, connection: Connection, earned: Iterable[Earned]) -> None:
        """Record coins just posted to `pending`."""
        days: dict[tuple[str, str, HoldClass], int] = {}
        rooms: dict[tuple[str, str, str, str], tuple[int, int]] = {}
        agencies: dict[tuple[str, str, str], tuple[int, int]] = {}
        for one in earned:
            day = day_name(one.day)
            days[one.person, day, one.hold] = days.get((one.person, day, one.hold), 0) + one.coins
            coins, gifts = rooms.get((one.person, day, one.room, one.source), (0, 0))
            rooms[one.person, day, one.room, one.source] = coins + one.coins, gifts + 1
            if one.creator:
                coins, gifts = agencies.get((one.person, day, one.creator), (0, 0))
                agencies[one.person, day, one.creator] = coins + one.coins, gifts + 1
        _ADD.write(connection, [(*key, coins, 0) for key, coins in sorted(days.items()) if coins])
        _ADD_TO_ROOM.write(connection, [(*key, *sums) for key, sums in sorted(rooms.items())])
        _ADD_TO_AGENCY.write(connection, [(*key, *sums) for key, sums in sorted(agencies.items())])

    def reverse(
        self, connection: Connection, person: str, day: str, room: str, coins: int, *, creator: str = ""
    ) -> HoldClass | None:
        """Note that coins of a day leave `pending` again. Returns the hold class they were in, the longer one first,
        or None when no class of the day has so many. `creator`: whose gifts they were, for their agency."""
        for hold in reversed(CLASSES):
            if self._reverse(connection, person, day, hold, room, coins, creator):
                return hold
        return None

    def restore(
        self, connection: Connection, person: str, day: str, hold: HoldClass, room: str, coins: int, creator: str = ""
    ) -> bool:
        """Note that coins that were reversed are pending again. False: not so many were."""
        return self._reverse(connection, person, day, hold, room, -coins, creator)

    def _reverse(
        self, connection: Connection, person: str, day: str, hold: HoldClass, room: str, coins: int, creator: str
    ) -> bool:
        row = {"person": person, "day": day, "hold": hold, "coins": coins}
        if connection.execute(_REVERSED, row).rowcount != 1:
            return False
        source = "agency" if creator else "gift"
        _ADD_TO_ROOM.write(connection, [(person, day, room, source, -coins, 0)])
        if creator:
            _ADD_TO_AGENCY.write(connection, [(person, day, creator, -coins, 0)])
        return True

    def release(self, connection: Connection) -> int:
        """Release one batch of what is due; returns how many."""
        batch = self._due(*_ROW).order_by(earnings.c.day, earnings.c.person).limit(RELEASE_BATCH_MAX)
        # Another node is releasing those that are locked.
        return self._release(connection, connection.execute(batch.with_for_update(skip_locked=True)).all())

    def release_of(self, connection: Connection, person: str) -> int:
        """Release everything of this person that is due by the clock; returns how many days."""
        own = self._due(*_ROW).where(earnings.c.person == person).order_by(earnings.c.day)
        return self._release(connection, connection.execute(own.with_for_update()).all())

    def due(self, connection: Connection, person: str) -> int:
        """Coins that are payable by the clock, although they have not been moved from `pending` yet."""
        left = func.coalesce(func.sum(_LEFT - earnings.c.released), 0)
        found: int = connection.execute(self._due(left).where(earnings.c.person == person)).scalar_one()
        return int(found)

    def held(self, connection: Connection, person: str) -> list[Held]:
        """What is pending, the next to become payable first."""
        now = self._clock()
        rows = connection.execute(
            select(earnings.c.day, earnings.c["class"], _LEFT - earnings.c.released)
            .where(earnings.c.person == person, earnings.c.released < _LEFT)
            .order_by(earnings.c.day.desc())
            .limit(HELD_DAYS_SHOWN_MAX)
        )
        watched = connection.execute(_WATCHED.where(signals.c.person == person).limit(1)).first() is not None
        held = [
            Held(day, "review", coins, self.holds.due_at("new", day))
            if watched and hold == "standard"
            else Held(day, hold, coins, self.holds.due_at(hold, day))
            for day, hold, coins in rows
        ]
        return sorted((one for one in held if one.due_at > now), key=lambda one: (one.due_at, one.day))

    def release_all(self, job: Job) -> None:
        """Release everything that is due, in batches. Blocks."""
        while self._database.write(self.release) == RELEASE_BATCH_MAX:
            job.progress("releasing", 0)

    def _due(self, *columns: Any) -> Select[*tuple[Any, ...]]:
        now = self._clock()
        late = [
            and_(earnings.c["class"] == hold, earnings.c.day < self.holds.due_before(hold, now)) for hold in CLASSES
        ]
        # With a sign of laundering that nobody has cleared, everything is held as long as gifts of new accounts.
        waived = or_(earnings.c.day < self.holds.due_before("new", now), earnings.c.person.not_in(_WATCHED))
        some = and_(earnings.c.released < earnings.c.coins, earnings.c.released < _LEFT)  # first the index's condition
        return select(*columns).where(some, or_(*late), waived)

    def _release(self, connection: Connection, due: Sequence[Row[*tuple[Any, ...]]]) -> int:
        now = self._clock()
        owed = debts(connection, {row.person for row in due})
        transfers = [_transfer(row, owed, now) for row in due]
        moved = []
        for row, verdict in zip(due, self._ledger.post(connection, transfers), strict=True):
            if isinstance(verdict, Posted):
                moved.append({"of": row.person, "on": row.day, "held": row[2], "amount": row.coins - row.released})
            else:  # the ledger contradicts the day's sum: leave it pending for an operator to check
                log.error("earnings refused", person=row.person, day=row.day, code=verdict.code)
        if moved:
            connection.execute(_RELEASED, moved)
        return len(moved)


def debts(connection: Connection, people: Collection[str]) -> dict[str, int]:
    """How many coins each of these people owes, locked until the transaction ends. Without those who owe nothing."""
    if not people:
        return {}
    below = select(accounts.c.owner, accounts.c.balance).where(
        accounts.c.owner.in_(people), accounts.c.kind == "debt", accounts.c.unit == COINS, accounts.c.balance < 0
    )
    return {owner: -balance for owner, balance in connection.execute(below.order_by(accounts.c.id).with_for_update())}


def repaying(person: str, coins: int, owed: int, into: Account | None = None) -> dict[Account, int]:
    """Entries that pay coins to a person: first to what they owe, the rest `into` an account, or else `payable`."""
    repaid = min(coins, owed)
    entries = {debt(person): repaid, into or payable(person): coins - repaid}
    return {account: amount for account, amount in entries.items() if amount}


def _transfer(row: Row[*tuple[Any, ...]], owed: dict[str, int], now: int) -> Transfer:
    person, day, hold, coins, released = row
    amount = coins - released
    entries = {pending(person): -amount, **repaying(person, amount, owed.get(person, 0))}
    owed[person] = max(0, owed.get(person, 0) - amount)
    # Those of before there were classes keep their keys. A gift that arrived even after the grace period is released
    # under its own key.
    key = f"release:{person}:{day}" + ("" if hold == "standard" else f":{hold}") + (f":{released}" if released else "")
    return Transfer(key=key, kind="release", at=now, request=f"{amount}", entries=entries, detail={"day": day})
