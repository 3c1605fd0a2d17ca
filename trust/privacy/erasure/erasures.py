"""Erasures as people ask for them: hidden at once, done after a while in which they can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Connection, Row, insert, select, update

from core.clock import Clock
from core.ids import new_id
from core.privacy import Hold, Hooks
from people.accounts import Accounts
from people.leaving.erasing import is_last_admin
from people.leaving.resting import rest, rest_state
from trust.errors import ErasureNotFound, ErasureStopped, LastAdmin
from trust.privacy.tables import privacy_erasures

DAY_MS = 24 * 3_600_000
UNDO_DAYS = 14

State = Literal["waiting", "running", "held", "done", "cancelled"]
OPEN: tuple[State, ...] = ("waiting", "running")


class Erasure(msgspec.Struct, frozen=True):
    """A request to be erased. `due_at`: until then it can be undone (Unix ms). `step`: the last one that is done.
    `held`: which kinds of open business still keep something."""

    id: str
    state: State
    asked_at: int
    due_at: int
    step: str
    held: list[str]
    done_at: int


class Erasures:
    """Each method is one step inside the caller's transaction."""

    undo_days = UNDO_DAYS

    def __init__(self, clock: Clock, hooks: Hooks, accounts: Accounts) -> None:
        self._clock = clock
        self._hooks = hooks
        self._accounts = accounts

    def holds(self, connection: Connection, person: str) -> list[Hold]:
        """What is open: the person sees it before they ask."""
        return self._hooks.holding(connection, person)

    def ask(self, connection: Connection, person: str, *, wait_days: int = UNDO_DAYS) -> Erasure:
        """Hide somebody at once and erase them later. To ask twice is the same as once.

        Raises LastAdmin, ErasureStopped.
        """
        earlier = self.of(connection, person)
        if earlier is not None and earlier.state in OPEN:
            return earlier
        if is_last_admin(connection, person):
            raise LastAdmin
        if stopping := sorted({hold.code for hold in self.holds(connection, person) if hold.stops}):
            raise ErasureStopped(f"First settle: {', '.join(stopping)}.")
        now = self._clock()
        self._hooks.hide(connection, person, hidden=True)
        rest(connection, person, "closing", now)
        self._accounts.changed(connection, person)
        return self._add(connection, person, now, now + wait_days * DAY_MS)

    def replay(self, connection: Connection, person: str) -> Erasure:
        """Erase somebody again whom a backup has brought back: at once, and nothing stops it."""
        earlier = self.of(connection, person)
        now = self._clock()
        self._hooks.hide(connection, person, hidden=True)
        rest(connection, person, "closing", now)
        self._accounts.changed(connection, person)
        if earlier is not None and earlier.state in OPEN:
            connection.execute(_one(earlier.id).values(state="waiting", due_at=now, step=""))
            return earlier
        return self._add(connection, person, now, now)

    def hurry(self, connection: Connection, erasure: str) -> None:
        """Do not wait: for whom an admin erases by hand."""
        connection.execute(_one(erasure).where(privacy_erasures.c.state == "waiting").values(due_at=self._clock()))

    def undo(self, connection: Connection, person: str) -> None:
        """Raises ErasureNotFound, also when it has begun."""
        mine = update(privacy_erasures).where(
            privacy_erasures.c.person == person, privacy_erasures.c.state == "waiting",
            privacy_erasures.c.due_at > self._clock(),
        )  # fmt: skip
        if not connection.execute(mine.values(state="cancelled", done_at=self._clock())).rowcount:
            raise ErasureNotFound
        rest(connection, person, "closing", 0)
        self._hooks.hide(connection, person, hidden=rest_state(connection, person).restricted)
        self._accounts.changed(connection, person)

    def of(self, connection: Connection, person: str) -> Erasure | None:
        """The latest."""
        latest = select(privacy_erasures).where(privacy_erasures.c.person == person)
        row = connection.execute(latest.order_by(privacy_erasures.c.id.desc()).limit(1)).first()
        return None if row is None else shown(row)

    def row(self, connection: Connection, erasure: str) -> Row[Any]:
        return connection.execute(select(privacy_erasures).where(privacy_erasures.c.id == erasure)).one()

    def due(self, connection: Connection, after: str, limit: int, *, held: bool) -> Sequence[Row[Any]]:
        """Those to begin or to go on with, or those of which open business has held something back, by id from the one
        behind `after`."""
        c, now = privacy_erasures.c, self._clock()
        due = (c.state == "running") | ((c.state == "waiting") & (c.due_at <= now))
        which = c.state == "held" if held else due
        rows = select(privacy_erasures).where(which, c.id > after).order_by(c.id).limit(limit)
        return connection.execute(rows).all()

    def _add(self, connection: Connection, person: str, now: int, due: int) -> Erasure:
        row = {"id": new_id(), "person": person, "state": "waiting", "asked_at": now, "due_at": due, "step": ""}
        connection.execute(insert(privacy_erasures).values(row | {"held": [], "found": [], "words": {}, "done_at": 0}))
        return Erasure(str(row["id"]), "waiting", now, due, "", [], 0)


def shown(row: Row[Any]) -> Erasure:
    return Erasure(row.id, row.state, row.asked_at, row.due_at, row.step, row.held, row.done_at)


def _one(erasure: str) -> Any:
    return update(privacy_erasures).where(privacy_erasures.c.id == erasure)
