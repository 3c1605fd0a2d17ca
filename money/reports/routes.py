"""A creator's monthly statements over HTTP."""

from __future__ import annotations

import msgspec
from starlette.responses import Response

from core.clock import Clock
from core.database import Database
from core.http import Call, Operation
from core.limits import Rate
from money.reports.files import as_csv
from money.reports.months import Month, month_of
from money.reports.statement import PARTS_EXPORTED_MAX, Statement, Statements
from money.reports.statement_csv import statement_rows
from money.reports.sums import Sums

STATEMENT_RATE = Rate(30, 60)
STATEMENT_FILE_RATE = Rate(10, 60)


class MonthQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """`month`: UTC, as 2026-11; empty: this one."""

    month: Month | None = None


class StatementRoutes:
    def __init__(self, database: Database, clock: Clock, sums: Sums, statements: Statements) -> None:
        self._database = database
        self._clock = clock
        self._sums = sums
        self._statements = statements

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/earnings/statement", self.statement, rate=STATEMENT_RATE),
            Operation("GET", "/api/earnings/statement.csv", self.export, rate=STATEMENT_FILE_RATE),
        ]

    def statement(self, call: Call, query: MonthQuery) -> Statement:
        """Get your statement of a month: opening balance, what changed it, closing balance."""
        person, month = call.identity.id, query.month or month_of(self._clock())
        self._sums.bring_up(person)
        return self._database.read(lambda c: self._statements.of(c, person, month))

    def export(self, call: Call, query: MonthQuery) -> Response:
        """Export your statement of a month as a CSV file."""
        person, month = call.identity.id, query.month or month_of(self._clock())
        self._sums.bring_up(person)
        found = self._database.read(lambda c: self._statements.of(c, person, month, PARTS_EXPORTED_MAX))
        return csv_response(as_csv(statement_rows(found)), f"statement-{month}.csv")


def csv_response(content: str, name: str) -> Response:
    return Response(
        content.encode(),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
