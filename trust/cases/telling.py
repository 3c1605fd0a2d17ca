"""Who hears of a decision, and when: at once, or when an authority's order lets them.

An order may forbid telling whom it is about (Regulation (EU) 2021/784, 11(3)). A decision about what such an order
names takes effect like any other, but its statement is `untold`: neither the person it is about nor those who reported
it hear of it. A schedule tells it once that is allowed; the time for an appeal runs from then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from sqlalchemy import Connection, Row, exists, func, select, text, update

from core.clock import Clock
from core.database import Database
from core.jobs import Job
from people.inbox.notices import Notice, Notifies
from trust.cases.tables import decisions
from trust.legal.tables import legal_order_items, legal_orders
from trust.tables import reports

AT_ONCE_MAX = 100
_UNTOLD = text("decisions.untold = 1")  # literally: a parameter matches no partial index
_ITEM_UNTOLD = text("legal_order_items.untold = 1")

Heard = Callable[[Connection, str], None]
"""(connection, decision): called when it may be told of it, and when it is reversed."""


class Telling:
    """`run` blocks; the others are steps inside the caller's transaction."""

    def __init__(self, database: Database, clock: Clock, inbox: Notifies) -> None:
        self._database = database
        self._clock = clock
        self._inbox = inbox
        self._listeners: list[Heard] = []

    def listen(self, listener: Heard) -> None:
        """Answer somebody else whom a decision concerns."""
        self._listeners.append(listener)

    def waits_until(self, connection: Connection, kind: str, subject: str) -> int:
        """How long an order forbids to tell of a decision about this (Unix ms); 0: it is told at once."""
        named = legal_order_items.c.kind == kind, legal_order_items.c.subject == subject, _ITEM_UNTOLD
        until = select(func.max(legal_orders.c.confidential_until)).select_from(legal_orders)
        query = until.join(legal_order_items, legal_order_items.c.order == legal_orders.c.id).where(*named)
        end = connection.execute(query).scalar() or 0
        return end if end > self._clock() else 0

    def tell(self, connection: Connection, decision: str) -> None:
        """The person hears of a decision that restricts them, and whoever reported its subject what came of that."""
        row = connection.execute(select(decisions).where(decisions.c.id == decision)).one()
        restricts = row.content != "keep" or row.measure != "none"
        self._answer(connection, row, "upheld" if restricts else "rejected")
        if restricts:
            self._inbox.tell(connection, [Notice(row.about, "decision", row.about, item=row.id, text="made")])
        self.heard(connection, decision)

    def heard(self, connection: Connection, decision: str) -> None:
        for listener in self._listeners:
            listener(connection, decision)

    def postpone(self, connection: Connection, order: str, until: int) -> None:
        """What is not told yet about what an order names waits until then, or longer if another order says so."""
        named = legal_order_items.c.kind == decisions.c.kind, legal_order_items.c.subject == decisions.c.subject
        of_order = exists().where(legal_order_items.c.order == order, *named)
        later = update(decisions).where(_UNTOLD, decisions.c.told_at < until, of_order)
        connection.execute(later.values(told_at=until))

    def hasten(self, connection: Connection, order: str) -> None:
        """The order forbids it no more: what no other order forbids is told by the next run."""
        named = legal_order_items.c.kind == decisions.c.kind, legal_order_items.c.subject == decisions.c.subject
        of_order = exists().where(legal_order_items.c.order == order, *named)
        connection.execute(update(decisions).where(_UNTOLD, of_order).values(told_at=self._clock()))

    def run(self, _: Job | None = None) -> None:
        """Tell what may be told by now, each in a transaction of its own."""
        now = self._clock()
        self._database.write(lambda c: self._open(c, now))
        due = select(decisions.c.id).where(_UNTOLD, decisions.c.told_at <= now)
        first = due.order_by(decisions.c.told_at, decisions.c.id).limit(AT_ONCE_MAX)
        while found := self._database.read(lambda c: c.execute(first).scalars().all()):
            self._deliver_all(found)

    def _deliver_all(self, found: Sequence[str]) -> None:
        for decision in found:
            self._database.write(partial(self._deliver, decision))

    def _open(self, connection: Connection, now: int) -> None:
        """What is named only by orders whose time is over is a secret no more."""
        running = select(legal_orders.c.id).where(legal_orders.c.confidential_until > now)
        over = update(legal_order_items).where(_ITEM_UNTOLD, legal_order_items.c.order.not_in(running))
        connection.execute(over.values(untold=0))

    def _deliver(self, decision: str, connection: Connection) -> None:
        """Once, whatever number of processes ask for it."""
        now = self._clock()
        due = update(decisions).where(decisions.c.id == decision, _UNTOLD, decisions.c.told_at <= now)
        row = connection.execute(due.values(untold=0, told_at=now).returning(decisions)).first()
        if row is None:
            return
        if again := self.waits_until(connection, row.kind, row.subject):
            connection.execute(update(decisions).where(decisions.c.id == decision).values(untold=1, told_at=again))
            return
        self.tell(connection, decision)

    def _answer(self, connection: Connection, row: Row[object], state: str) -> None:
        """Whoever reported the subject hears what came of it, but not what was decided about whom."""
        mine = reports.c.kind == row.kind, reports.c.subject == row.subject, reports.c.state == "open"
        closed = update(reports).where(*mine).values(state=state).returning(reports.c.id, reports.c.reporter)
        told = [
            Notice(one.reporter, "report", one.reporter, item=one.id, text=state) for one in connection.execute(closed)
        ]
        self._inbox.tell(connection, told)
