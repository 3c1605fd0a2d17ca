"""The alarm of orders: all of the staff hear of one at once, again when little time is left, and when it is late.

In the inbox, by push where they subscribed, and admins by mail.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import structlog
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import Connection, Row, case, func, select, text, update

from core.clock import Clock
from core.database import Database
from core.outages import is_outage
from people.inbox.notices import Notice, Notifies
from people.mail.outbox import Outbox
from trust.legal.confidential import kept_from
from trust.legal.tables import legal_orders

POLL_S = 30.0
SOON_MS = 20 * 60_000
RECEIVED, SOON, LATE = 1, 2, 3
_CODES = {RECEIVED: "received", SOON: "soon", LATE: "late"}
_WAITING = text("legal_orders.acted_at = 0 AND legal_orders.outcome = ''")

Staff = Callable[[Connection, bool], Sequence[str]]
"""(connection, only admins) -> ids of the people who moderate."""

log = structlog.get_logger("legal")


class Alarm:
    """`ring` is one step inside the caller's transaction; call `wake` after its commit."""

    def __init__(self, database: Database, clock: Clock, inbox: Notifies, outbox: Outbox, staff: Staff) -> None:
        self._database = database
        self._clock = clock
        self._inbox = inbox
        self._outbox = outbox
        self._staff = staff
        self._open = self._late = 0

    def ring(self, connection: Connection, order: str, level: int = RECEIVED) -> None:
        """Once for each level, whatever number of processes ask for it."""
        mine = legal_orders.c.id == order, legal_orders.c.alarm < level
        row = connection.execute(update(legal_orders).where(*mine).values(alarm=level).returning(legal_orders)).first()
        if row is None:
            return
        code = _CODES[level]
        hidden, item = kept_from(connection, order) - {row.by}, f"{order}.{level}"
        staff = [one for one in self._staff(connection, False) if one not in hidden]
        self._inbox.tell(connection, [Notice(one, "legal_order", one, item=item, text=code) for one in staff])
        for admin in set(self._staff(connection, True)) - hidden:
            self._outbox.tell(connection, admin, "legal_order", _clock_time(row.due_at))
        log.warning("order of an authority", order=order, alarm=code, due_at=row.due_at)

    def wake(self) -> None:
        self._outbox.wake()

    async def run(self) -> None:
        """Watch the clock until cancelled."""
        while True:
            try:
                await self._database.executor.run(self.look)
            except Exception as error:
                if not is_outage(error):
                    raise
            await asyncio.sleep(POLL_S)

    def look(self) -> None:
        """Ring for what is due soon, or late. Blocks."""
        now = self._clock()
        self._open, self._late = self._database.read(lambda c: late_orders(c, now))
        if not self._open:
            return
        for row in self._database.read(lambda c: _due(c, now)):
            level = LATE if row.due_at <= now else SOON
            if row.alarm < level:
                self._database.write(lambda c, row=row, level=level: self.ring(c, row.id, level))  # type: ignore[misc]
        self.wake()

    def metrics(self) -> Iterable[Any]:
        waiting = "Orders of authorities that are not carried out; late: after their time."
        gauge = GaugeMetricFamily("cadeau_legal_orders", waiting, labels=["state"])
        gauge.add_metric(["open"], self._open)
        gauge.add_metric(["late"], self._late)
        return (gauge,)


def late_orders(connection: Connection, now: int) -> tuple[int, int]:
    """How many orders are to be carried out, and how many of them are late. `now`: Unix ms."""
    late = func.coalesce(func.sum(case((legal_orders.c.due_at <= now, 1), else_=0)), 0)
    row = connection.execute(select(func.count(), late).select_from(legal_orders).where(_WAITING)).one()
    return int(row[0]), int(row[1])


def _due(connection: Connection, now: int) -> Sequence[Row[Any]]:
    soon = legal_orders.c.due_at <= now + SOON_MS
    return connection.execute(select(legal_orders).where(_WAITING, soon, legal_orders.c.alarm < LATE)).all()


def _clock_time(at: int) -> str:
    """In UTC, which every admin can convert."""
    return datetime.fromtimestamp(at / 1000, UTC).strftime("%Y-%m-%d %H:%M UTC")
