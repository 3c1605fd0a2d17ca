"""Signals that are open, and what people decided about them."""

from __future__ import annotations

from typing import Literal

import msgspec
from sqlalchemy import Connection, and_, insert, or_, select, update

from core.clock import Clock
from core.database import Database
from core.errors import Conflict, NotAllowed, NotFound
from core.http import Page
from core.ids import new_id
from core.jobs import Job
from money.earnings.hold import DAY_MS, Holds, Joined
from money.signals.earned import WINDOW_DAYS, Airtime, creators_with_gifts, read_earned
from money.signals.rules import Sign, SignalCode, signs
from money.tables import signals

SignalState = Literal["open", "cleared", "confirmed"]

LOOK_EVERY_S = 86_400.0
SIGNAL_NOTE_CHARS_MAX = 500
CLEARED_FOR_MS = 30 * DAY_MS  # what a person has cleared is not raised again for as long, unless it doubles


class Signal(msgspec.Struct):
    """A sign of laundering. `percent` and `coins` as in `rules.Sign`; times in Unix ms."""

    id: str
    person: str
    code: SignalCode
    percent: int
    coins: int
    state: SignalState
    at: int
    decided_at: int | None
    decided_by: str | None
    note: str


class Signals:
    def __init__(self, database: Database, clock: Clock, joined: Joined, airtime: Airtime, holds: Holds) -> None:
        self._database = database
        self._clock = clock
        self._joined = joined
        self._airtime = airtime
        self._holds = holds

    def look(self, job: Job) -> None:
        """Judge everybody who earned in the window. Blocks. Each creator is read and written separately."""
        since = self._clock() - WINDOW_DAYS * DAY_MS
        creators = self._database.read(lambda c: creators_with_gifts(c, since))
        for done, creator in enumerate(creators):
            self.look_at(creator)
            job.progress("looking", round(100 * done / len(creators)))

    def look_at(self, creator: str) -> list[Sign]:
        """Judge one creator, and open a signal for each sign that is new."""
        now = self._clock()
        earned = self._database.read(lambda c: read_earned(c, creator, now, self._joined, self._airtime, self._holds))
        found = signs(earned)
        if found:
            self._database.write(lambda c: self._open(c, creator, found, now))
        return found

    def page(self, connection: Connection, state: SignalState, cursor: str, limit: int) -> Page[Signal]:
        """Signals in a state, the newest first. `cursor` is the id of the last one seen."""
        rows = connection.execute(
            select(*(signals.c[field] for field in Signal.__struct_fields__))
            .where(signals.c.state == state, signals.c.id < cursor if cursor else signals.c.id > "")
            .order_by(signals.c.id.desc()).limit(limit + 1)
        ).all()  # fmt: skip
        shown = [Signal(*row) for row in rows[:limit]]
        return Page(shown, shown[-1].id if len(rows) > limit else None)

    def decide(self, connection: Connection, id: str, state: SignalState, note: str, by: str) -> Signal:
        """Clear or confirm an open signal about somebody else.

        Raises NotFound, NotAllowed, or Conflict if somebody was faster.
        """
        whose = connection.execute(select(signals.c.person).where(signals.c.id == id)).scalar()
        if whose == by:
            raise NotAllowed("Somebody else decides about your earnings.")
        changed = connection.execute(
            update(signals)
            .where(signals.c.id == id, signals.c.state == "open")
            .values(state=state, note=note, decided_by=by, decided_at=self._clock())
        ).rowcount
        row = connection.execute(
            select(*(signals.c[field] for field in Signal.__struct_fields__)).where(signals.c.id == id)
        ).first()
        if row is None:
            raise NotFound("There is no such signal.")
        if not changed:
            raise Conflict("Somebody has decided this already.")
        return Signal(*row)

    def _open(self, connection: Connection, creator: str, found: list[Sign], now: int) -> None:
        known = connection.execute(
            select(signals.c.code, signals.c.coins).where(
                signals.c.person == creator,
                or_(
                    signals.c.state != "cleared",
                    and_(signals.c.state == "cleared", signals.c.decided_at > now - CLEARED_FOR_MS),
                ),
            )
        ).all()
        for sign in found:
            if any(code == sign.code and sign.coins < 2 * max(1, coins) for code, coins in known):
                continue
            connection.execute(
                insert(signals).values(
                    id=new_id(), person=creator, code=sign.code, percent=sign.percent, coins=sign.coins, state="open",
                    at=now, note="",
                )
            )  # fmt: skip
