"""One's own agreements over HTTP: what holds, what is proposed, what an agency earned."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection

from core.database import Database
from core.http import Call, Operation
from core.limits import Rate
from money.agreements.agreements import Agreements
from money.agreements.proposals import Proposals
from money.agreements.report import AgencyReport, AgencyReports
from money.agreements.views import AgreementViews, Brief, Timeline
from money.earnings.report import Period
from money.errors import ProposalNotOpen

AGREEMENT_RATE = Rate(20, 60)


class AgencyQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    days: Period = 28


class AgreementRoutes:
    def __init__(
        self, database: Database, agreements: Agreements, proposals: Proposals, views: AgreementViews,
        reports: AgencyReports, brief: Brief,
    ) -> None:  # fmt: skip
        self._database = database
        self._agreements = agreements
        self._proposals = proposals
        self._views = views
        self._reports = reports
        self._brief = brief

    def operations(self) -> list[Operation]:
        proposal = "/api/agreements/proposals/{id}"
        return [
            Operation("GET", "/api/agreements", self.own),
            Operation("POST", f"{proposal}/accept", self.accept, rate=AGREEMENT_RATE),
            Operation("POST", f"{proposal}/refuse", self.refuse, rate=AGREEMENT_RATE),
            Operation("POST", "/api/agreements/leave", self.leave, rate=AGREEMENT_RATE),
            Operation("GET", "/api/earnings/agencies", self.report),
        ]

    def own(self, call: Call) -> Timeline:
        """Get how gifts to you are shared, what an agency was proposed, and whose agency you are."""
        return self._database.read(lambda c: self._views.timeline(c, call.identity.id))

    async def accept(self, call: Call, id: str) -> Timeline:
        """Accept an agency that was proposed to you."""

        def accept(connection: Connection) -> Timeline:
            made = self._proposals.accept(connection, call.identity.id, id)
            if made.agency not in self._brief(connection, {made.agency or ""}):  # it has left meanwhile
                raise ProposalNotOpen
            return self._views.timeline(connection, call.identity.id)

        return await self._database.write_async(accept)

    async def refuse(self, call: Call, id: str) -> Timeline:
        """Refuse an agency that was proposed to you."""

        def refuse(connection: Connection) -> Timeline:
            self._proposals.refuse(connection, call.identity.id, id)
            return self._views.timeline(connection, call.identity.id)

        return await self._database.write_async(refuse)

    async def leave(self, call: Call) -> Timeline:
        """Leave your agency, with its notice."""

        def leave(connection: Connection) -> Timeline:
            self._agreements.leave(connection, call.identity.id)
            return self._views.timeline(connection, call.identity.id)

        return await self._database.write_async(leave)

    def report(self, call: Call, query: AgencyQuery) -> AgencyReport:
        """Get what you earned as an agency, by creator, and what your agencies got of gifts to you."""
        return self._database.read(lambda c: self._reports.report(c, call.identity.id, query.days))
