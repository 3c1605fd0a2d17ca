"""Ends what has been kept for as long as its table says, and counts what should have been."""

from __future__ import annotations

from functools import partial

import structlog
from prometheus_client.core import GaugeMetricFamily
from sqlalchemy import ColumnElement, MetaData, Table, and_, func, select, text, true

from core.clock import Clock
from core.database import Database
from core.jobs import Job
from core.privacy import Declaration, declared
from trust.privacy.erasure.rows import end_some, not_blank

DAY_MS = 24 * 3_600_000
GRACE_DAYS = 2  # until a row counts as overdue: the job runs twice a day

log = structlog.get_logger("privacy")


class Retention:
    """`run` blocks."""

    def __init__(self, database: Database, clock: Clock, metadata: MetaData) -> None:
        self._database = database
        self._clock = clock
        self._metadata = metadata
        self._overdue: dict[str, int] = {}  # by table, as this process has last counted

    def run(self, job: Job | None = None) -> None:
        """Delete or blank what is too old, 1,000 rows a transaction; then count what is overdue all the same."""
        tables = [table for table in self._metadata.sorted_tables if declared(table).days is not None]
        for number, table in enumerate(tables):
            if job is not None:
                job.progress(table.name, 100 * number // len(tables))
            if not declared(table).swept:
                self._end_old(table, declared(table))
        if late := self.count():
            log.warning("rows kept for too long", tables=late)

    def count(self) -> dict[str, int]:
        """Rows that should be gone, by table."""
        tables = [table for table in self._metadata.sorted_tables if declared(table).days is not None]
        self._overdue = {table.name: self._count(table, declared(table)) for table in tables}
        return {name: rows for name, rows in self._overdue.items() if rows}

    def metrics(self) -> GaugeMetricFamily:
        gauge = GaugeMetricFamily(
            "cadeau_privacy_overdue_rows", "Rows kept for longer than the page Privacy says.", labels=["table"]
        )
        for name, rows in self._overdue.items():
            gauge.add_metric([name], rows)
        return gauge

    def _end_old(self, table: Table, declaration: Declaration) -> None:
        which = _older(table, declaration, self._clock(), declaration.days or 0)
        ended = 0
        while done := self._database.write(partial(end_some, table, declaration, which, declaration.old)):
            ended += done
        if ended:
            log.info("kept for long enough", table=table.name, rows=ended)

    def _count(self, table: Table, declaration: Declaration) -> int:
        which = _older(table, declaration, self._clock(), (declaration.days or 0) + GRACE_DAYS)
        if declaration.old == "blank":
            which = and_(which, not_blank(table, declaration))
        count = select(func.count()).select_from(table).where(which)
        return self._database.read(lambda c: int(c.execute(count).scalar_one()))


def _older(table: Table, declaration: Declaration, now: int, days: int) -> ColumnElement[bool]:
    clock = table.c[declaration.clock]
    when = text(f"({declaration.when})") if declaration.when else true()
    if ":now" in declaration.when:
        when = text(f"({declaration.when})").bindparams(now=now)
    return and_(clock > 0, clock < now - days * DAY_MS, when)
