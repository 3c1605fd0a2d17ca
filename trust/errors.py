"""The refusals of `trust`."""

from __future__ import annotations

from core.errors import Refusal


class CannotReportYourself(Refusal):
    code, status, title = "cannot_report_yourself", 409, "You cannot report yourself or what is your own."


class TooManyReports(Refusal):
    code, status, title = "too_many_reports", 429, "You have too many open reports."


class ReportNotFound(Refusal):
    code, status, title = "report_not_found", 404, "You have no such open report."


class CaseNotFound(Refusal):
    code, status, title = "case_not_found", 404, "There is no such case for you to decide."


class CaseLost(Refusal):
    code, status, title = "case_lost", 409, "You do not hold this case any more: somebody else has it, or decided it."


class DecisionNotPossible(Refusal):
    code, status, title = "decision_not_possible", 422, "This cannot be decided here."


class DecisionNotFound(Refusal):
    code, status, title = "decision_not_found", 404, "There is no such decision about you."


class AppealNotPossible(Refusal):
    code, status, title = "appeal_not_possible", 409, "An appeal is possible once, within six months."


class LastAdmin(Refusal):
    code, status, title = "last_admin", 409, "You are the only admin. Make somebody else one first."


class ErasureStopped(Refusal):
    code, status, title = "erasure_stopped", 409, "Something has to be settled before your account can be erased."


class ErasureNotFound(Refusal):
    code, status, title = "erasure_not_found", 404, "You have not asked to be erased, or it has begun."


class ExportAskedRecently(Refusal):
    code, status, title = "export_asked_recently", 429, "You asked for a copy of your data within the last day."


class ExportNotReady(Refusal):
    code, status, title = "export_not_ready", 409, "This copy of your data is not ready, or is gone again."


class BreachNotFound(Refusal):
    code, status, title = "breach_not_found", 404, "There is no such entry in the breach log."


class PeriodNotKept(Refusal):
    code, status, title = "period_not_kept", 404, "There are no figures of this period."


class ConsentTooYoung(Refusal):
    code, status, title = "consent_too_young", 403, "You are too young to agree to this by yourself."


class AddressNotFound(Refusal):
    code, status, title = "address_not_found", 404, "This address shows nothing on this server that everybody can see."


class NoticeNotFound(Refusal):
    code, status, title = "notice_not_found", 404, "There is no such notice, or it was deleted after 180 days."


class TooManyNotices(Refusal):
    code, status, title = "too_many_notices", 429, "There are many notices about this already: it will be looked at."


class OrderNotFound(Refusal):
    code, status, title = "legal_order_not_found", 404, "There is no such order of an authority."


class OrderNotConfidential(Refusal):
    code, status = "legal_order_not_confidential", 409
    title = "This order keeps nothing from anybody any more, or was prolonged already."


class OrderClosed(Refusal):
    code, status, title = "legal_order_closed", 409, "The authority has had its answer to this order."
