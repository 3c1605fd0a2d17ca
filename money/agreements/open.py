"""Opens agreements: what belongs together, and its routes."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection

from core.clock import Clock
from core.database import Database
from core.errors import NotFound
from core.http import Operation
from core.identity import Person
from money.agreements.admin_routes import AgreementAdminRoutes, ByHandle
from money.agreements.agreements import Agreements
from money.agreements.in_force import InForce
from money.agreements.notices import AgreementNotices
from money.agreements.proposals import Proposals
from money.agreements.report import AgencyReports
from money.agreements.routes import AgreementRoutes
from money.agreements.views import AgreementViews, Brief
from money.rates import Rates
from people.inbox.notices import Notifies

__all__ = ["AgreementPart", "ByHandle", "open_agreements", "unknown_handle"]


@dataclass(frozen=True, slots=True)
class AgreementPart:
    in_force: InForce
    agreements: Agreements
    proposals: Proposals
    reports: AgencyReports
    routes: list[Operation]


def open_agreements(
    database: Database, clock: Clock, standard_percent: int, rates: Rates, inbox: Notifies, brief: Brief,
    by_handle: ByHandle,
) -> AgreementPart:  # fmt: skip
    in_force = InForce(standard_percent)
    notices = AgreementNotices(inbox)
    agreements = Agreements(clock, in_force.standard, rates.affords, notices)
    proposals = Proposals(clock, agreements, notices)
    views = AgreementViews(clock, agreements, proposals, brief)
    reports = AgencyReports(clock, brief)
    own = AgreementRoutes(database, agreements, proposals, views, reports, brief)
    admin = AgreementAdminRoutes(database, agreements, proposals, views, by_handle, clock)
    return AgreementPart(in_force, agreements, proposals, reports, [*own.operations(), *admin.operations()])


def unknown_handle(_: Connection, __: str) -> Person:
    """For tools that open money without people."""
    raise NotFound("Nobody has that handle.")
