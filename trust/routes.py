"""Reports over HTTP."""

from __future__ import annotations

from typing import Annotated

import msgspec

from core.http import Call, Operation, Page, Paging
from core.limits import Rate
from trust.reports import REPORT_TEXT_CHARS_MAX, Kind, Reason, Report, Reports, Subject

REPORT_RATE = Rate(30, 3_600)


class NewReport(msgspec.Struct, forbid_unknown_fields=True):
    subject: Subject
    reason: Reason
    text: Annotated[str, msgspec.Meta(max_length=REPORT_TEXT_CHARS_MAX)] = ""


class ReportsQuery(Paging, forbid_unknown_fields=True, kw_only=True):
    kind: Kind | None = None


class Reported(msgspec.Struct):
    id: str


class ReportRoutes:
    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    def operations(self) -> list[Operation]:
        return [
            Operation("POST", "/api/reports", self.report, status=201, rate=REPORT_RATE),
            Operation("GET", "/api/reports", self.list),
            Operation("DELETE", "/api/reports/{report}", self.withdraw),
        ]

    def report(self, call: Call, body: NewReport) -> Reported:
        """Report a video, a comment, a person, a room or a line of chat."""
        return Reported(self._reports.add(call.identity, body.subject, body.reason, body.text))

    def list(self, call: Call, query: ReportsQuery) -> Page[Report]:
        """List your own open reports, newest first."""
        return self._reports.own(call.identity, query.kind, query.cursor, query.limit)

    def withdraw(self, call: Call, report: str) -> None:
        """Take back a report."""
        self._reports.withdraw(call.identity, report)
