"""Analytics over HTTP, for creators."""

from __future__ import annotations

import msgspec

from core.http import Call, Operation
from core.limits import Rate
from vod.analytics.report import CreatorReport, Days, Reports, VideoReport

REPORT_RATE = Rate(60, 60)  # each adds up to 90 days of all of a creator's videos


class ReportQuery(msgspec.Struct, forbid_unknown_fields=True):
    days: Days = 28


class AnalyticsRoutes:
    def __init__(self, reports: Reports) -> None:
        self._reports = reports

    def operations(self) -> list[Operation]:
        return [
            Operation("GET", "/api/analytics", self.creator, rate=REPORT_RATE),
            Operation("GET", "/api/videos/{video}/analytics", self.video, rate=REPORT_RATE),
        ]

    def creator(self, call: Call, query: ReportQuery) -> CreatorReport:
        """Get the analytics of all your videos."""
        return self._reports.creator(call.identity.id, query.days)

    def video(self, call: Call, video: str, query: ReportQuery) -> VideoReport:
        """Get the analytics of a video, as its creator or an admin."""
        return self._reports.video(video, call.identity, query.days)
