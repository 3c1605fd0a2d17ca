"""Rates and agencies over HTTP, for admins. Nobody decides about their own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import msgspec
from sqlalchemy import Connection

from core.clock import Clock
from core.database import Database
from core.http import Access, Call, Operation, Page, Paging
from core.identity import Person
from money.agreements.agreements import Agreements
from money.agreements.proposals import Proposals
from money.agreements.views import AgreementView, AgreementViews, ProposalView, Timeline
from money.errors import AnotherAdminNeeded, InvalidAgreement
from money.payouts.routes.admins import admin_of
from people.accounts import born, is_adult

ByHandle = Callable[[Connection, str], Person]
"""(connection, handle) -> the person. Raises NotFound."""

HANDLE_CHARS_MAX = 100
Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]
Time = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Handle = Annotated[str, msgspec.Meta(min_length=1, max_length=HANDLE_CHARS_MAX)]


class AgreementsQuery(Paging, kw_only=True):
    """`handle`: only those of this creator or agency."""

    handle: Annotated[str, msgspec.Meta(max_length=HANDLE_CHARS_MAX)] = ""


class NewRate(msgspec.Struct, forbid_unknown_fields=True):
    """`valid_from`: Unix ms; now at the earliest."""

    creator: Handle
    platform_percent: Percent
    valid_from: Time = 0


class NewProposal(msgspec.Struct, forbid_unknown_fields=True):
    """`valid_from`: Unix ms; when it is accepted at the earliest."""

    creator: Handle
    agency: Handle
    platform_percent: Percent
    agency_percent: Percent
    valid_from: Time = 0


class End(msgspec.Struct, forbid_unknown_fields=True):
    """`at`: Unix ms; now at the earliest."""

    at: Time = 0


class AgreementAdminRoutes:
    def __init__(
        self, database: Database, agreements: Agreements, proposals: Proposals, views: AgreementViews,
        by_handle: ByHandle, clock: Clock,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._agreements = agreements
        self._proposals = proposals
        self._views = views
        self._by_handle = by_handle

    def operations(self) -> list[Operation]:
        mine, proposals = "/api/admin/agreements", "/api/admin/agency-proposals"
        return [
            Operation("GET", mine, self.list, access=Access.MODERATOR),
            Operation("POST", mine, self.set_rate, status=201, access=Access.MODERATOR),
            Operation("GET", f"{mine}/{{handle}}", self.timeline, access=Access.MODERATOR),
            Operation("POST", f"{mine}/{{handle}}/end", self.end, access=Access.MODERATOR),
            Operation("GET", proposals, self.waiting, access=Access.MODERATOR),
            Operation("POST", proposals, self.propose, status=201, access=Access.MODERATOR),
            Operation("DELETE", f"{proposals}/{{id}}", self.withdraw, access=Access.MODERATOR),
        ]

    def list(self, call: Call, query: AgreementsQuery) -> Page[AgreementView]:
        """List what was agreed with creators and is in force or planned, the last first, for admins."""
        admin_of(call)

        def read(connection: Connection) -> Page[AgreementView]:
            person = self._by_handle(connection, query.handle).id if query.handle else None
            return self._views.page(connection, person, query.cursor, query.limit)

        return self._database.read(read)

    def timeline(self, call: Call, handle: str) -> Timeline:
        """Get everything that was agreed with a creator and proposed to them, for admins."""
        admin_of(call)
        return self._database.read(lambda c: self._views.timeline(c, self._by_handle(c, handle).id))

    async def set_rate(self, call: Call, body: NewRate) -> AgreementView:
        """Let another share of the platform hold for a creator from a time on, for admins."""
        by = admin_of(call)

        def change(connection: Connection) -> AgreementView:
            creator = self._other(connection, body.creator, by)
            made = self._agreements.set_rate(connection, creator, body.platform_percent, body.valid_from, by)
            return self._views.agreement(connection, made)

        return await self._database.write_async(change)

    async def end(self, call: Call, handle: str, body: End) -> Timeline:
        """Let the standard rate hold for a creator from a time on, without an agency, for admins."""
        by = admin_of(call)

        def change(connection: Connection) -> Timeline:
            creator = self._other(connection, handle, by)
            self._agreements.end(connection, creator, body.at)
            return self._views.timeline(connection, creator)

        return await self._database.write_async(change)

    def waiting(self, call: Call, query: Paging) -> Page[ProposalView]:
        """List proposals of agencies that nobody has answered yet, for admins."""
        admin_of(call)
        return self._database.read(lambda c: self._views.open_proposals(c, query.cursor, query.limit))

    async def propose(self, call: Call, body: NewProposal) -> ProposalView:
        """Propose an agency to a creator, for admins. It holds once the creator accepts."""
        by = admin_of(call)

        def change(connection: Connection) -> ProposalView:
            creator, agency = self._other(connection, body.creator, by), self._other(connection, body.agency, by)
            self._must_be_adult(connection, agency)
            made = self._proposals.propose(
                connection, creator, agency, body.platform_percent, body.agency_percent, body.valid_from, by
            )
            return self._views.proposal(connection, made)

        return await self._database.write_async(change)

    async def withdraw(self, call: Call, id: str) -> ProposalView:
        """Withdraw a proposal that nobody has answered yet, for admins."""
        admin_of(call)
        return await self._database.write_async(lambda c: self._views.proposal(c, self._proposals.withdraw(c, id)))

    def _must_be_adult(self, connection: Connection, agency: str) -> None:
        """Whoever earns must be able to be paid. Raises InvalidAgreement."""
        _, birthdate = born(connection, [agency])[agency]
        if not is_adult(birthdate, self._clock()):
            raise InvalidAgreement("An agency is the account of an adult.")

    def _other(self, connection: Connection, handle: str, admin: str) -> str:
        """The id of somebody else than the admin. Raises NotFound, AnotherAdminNeeded."""
        person = self._by_handle(connection, handle).id
        if person == admin:
            raise AnotherAdminNeeded
        return person
