"""Opens `trust`: reports."""

from __future__ import annotations

from dataclasses import dataclass

from core.core import Core
from core.part import Part
from people.accounts import Accounts
from trust.reports import Reports
from trust.routes import ReportRoutes


@dataclass(frozen=True, slots=True)
class Trust:
    """What other domains may use of `trust`."""

    reports: Reports


def open(core: Core, *, accounts: Accounts) -> Part[Trust]:
    """`accounts` knows the people who can be reported; other domains add their own subjects with `Reports.about`."""
    reports = Reports(core.database, core.clock)
    reports.about("person", lambda connection, person, _: accounts.by_id(connection, person).id)
    return Part(name="trust", api=Trust(reports), routes=ReportRoutes(reports).operations())
