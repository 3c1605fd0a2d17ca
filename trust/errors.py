"""The refusals of `trust`."""

from __future__ import annotations

from core.errors import Refusal


class CannotReportYourself(Refusal):
    code, status, title = "cannot_report_yourself", 409, "You cannot report yourself or what is your own."


class TooManyReports(Refusal):
    code, status, title = "too_many_reports", 429, "You have too many open reports."


class ReportNotFound(Refusal):
    code, status, title = "report_not_found", 404, "You have no such open report."
