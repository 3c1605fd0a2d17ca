"""Payouts over HTTP, for admins: the queue, identities, files for the bank and its statements."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Literal

import msgspec
from sqlalchemy import Connection, select
from starlette.responses import Response

from core.database import Database
from core.errors import NotFound
from core.executors import BoundedExecutor
from core.http import Access, Call, Operation, Page, Paging, read_body
from core.identity import Person
from core.jobs import Jobs
from money.errors import AnotherAdminNeeded
from money.payouts.approvals import Approvals
from money.payouts.bank.files import Answered, Files, PayoutFile
from money.payouts.bank.statements import STATEMENT_BYTES_MAX, entries_of
from money.payouts.hand import ByHand, Noted
from money.payouts.payouts import PayoutView, views
from money.payouts.people.identities import REASON_CHARS_MAX, Identities, Identity
from money.payouts.rails import Standing
from money.payouts.routes.admins import admin_of
from money.payouts.sending import SEND
from money.payouts.states import COLUMNS, Payout, State, payout_of
from money.tables import payouts
from money.wallets import Brief

Reason = Annotated[str, msgspec.Meta(max_length=REASON_CHARS_MAX)]
Judged = Literal["verified", "restricted", "rejected"]


class QueueQuery(Paging):
    state: State = "checked"


class IdentityQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    state: Literal["started", "verified", "restricted", "rejected"] = "started"


class QueuedPayout(PayoutView, kw_only=True):
    """`destination`: where the money goes, once it is approved. `approved_by` alone on a checked one: a second admin is
    needed."""

    person: Person | None
    rail: str
    destination: Mapping[str, str] | None
    approved_by: Person | None
    seconded_by: Person | None
    file: str | None
    attempt: int
    ref: str | None


class Refusing(msgspec.Struct, forbid_unknown_fields=True):
    reason: Reason


class Noting(msgspec.Struct, forbid_unknown_fields=True):
    """`reference`: of the payment; of one that failed or was returned, the reason."""

    state: Noted
    reference: Reason = ""


class Judging(msgspec.Struct, forbid_unknown_fields=True):
    """`until`: by when something is due (Unix ms), for a restriction."""

    state: Judged
    reason: Reason = ""
    until: Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)] | None = None


class ListedIdentity(msgspec.Struct):
    person: Person | None
    id: str
    state: str
    name: str
    country: str
    reason: str
    until: int | None
    at: int


class Approving(msgspec.Struct, forbid_unknown_fields=True):
    """What the admin saw: a file that is different by now is not approved."""

    count: int
    total_minor: int


class FilesView(msgspec.Struct):
    items: list[PayoutFile]


class IdentitiesView(msgspec.Struct):
    items: list[ListedIdentity]


class AdminPayoutRoutes:
    def __init__(
        self, database: Database, approvals: Approvals, by_hand: ByHand, identities: Identities,
        files: Files | None, brief: Brief, providers: BoundedExecutor,
        jobs: Jobs,
    ) -> None:  # fmt: skip
        self._database = database
        self._approvals = approvals
        self._by_hand = by_hand
        self._identities = identities
        self._files = files
        self._brief = brief
        self._providers = providers
        self._jobs = jobs

    def operations(self) -> list[Operation]:
        admins = Access.MODERATOR  # and `admin_of` in each
        return [
            Operation("GET", "/api/admin/payouts", self.queue, access=admins),
            Operation("POST", "/api/admin/payouts/{id}/approve", self.approve, access=admins, step_up=True),
            Operation("POST", "/api/admin/payouts/{id}/refuse", self.refuse, access=admins),
            Operation("POST", "/api/admin/payouts/{id}/note", self.note, access=admins),
            Operation("GET", "/api/admin/identities", self.identities, access=admins),
            Operation("PUT", "/api/admin/identities/{person}", self.judge, access=admins),
            Operation("GET", "/api/admin/payout-files", self.files, access=admins),
            Operation("POST", "/api/admin/payout-files", self.make, status=201, access=admins),
            Operation("POST", "/api/admin/payout-files/{id}/approve", self.approve_file, access=admins, step_up=True),
            Operation("POST", "/api/admin/payout-files/{id}/withdraw", self.withdraw, access=admins),
            Operation("GET", "/api/admin/payout-files/{id}/content", self.content, access=admins),
            Operation("POST", "/api/admin/payout-statements", self.statement, access=admins),
        ]

    def queue(self, call: Call, query: QueueQuery) -> Page[QueuedPayout]:
        """List payouts in a state, who has waited longest first, for admins."""
        admin_of(call)
        these = select(*COLUMNS).where(payouts.c.state == query.state, payouts.c.id > query.cursor)

        def read(connection: Connection) -> Page[QueuedPayout]:
            rows = connection.execute(these.order_by(payouts.c.id).limit(query.limit + 1)).all()
            shown = [payout_of(row) for row in rows[: query.limit]]
            return Page(self._queued(connection, shown), shown[-1].id if len(rows) > query.limit else None)

        return self._database.read(read)

    def approve(self, call: Call, id: str) -> QueuedPayout:
        """Approve a payout; above a limit two admins must."""
        admin = admin_of(call)

        def approve(connection: Connection) -> Payout:
            approved = self._approvals.approve(connection, id, admin)
            if approved.state == "approved":
                self._jobs.add(connection, SEND, "payouts", {})
            return approved

        approved = self._changed(approve)
        self._jobs.wake()  # so that nobody waits for the schedule
        return approved

    def refuse(self, call: Call, id: str, body: Refusing) -> QueuedPayout:
        """End a payout that is not sent; its coins are the person's again."""
        admin = admin_of(call)
        return self._changed(lambda c: self._approvals.refuse(c, id, admin, body.reason))

    def note(self, call: Call, id: str, body: Noting) -> QueuedPayout:
        """Note how a payment by hand went."""
        admin = admin_of(call)
        return self._changed(lambda c: self._by_hand.note(c, id, body.state, body.reference, admin))

    def identities(self, call: Call, query: IdentityQuery) -> IdentitiesView:
        """List who has said who they are, for admins."""
        admin_of(call)

        def read(connection: Connection) -> IdentitiesView:
            found = self._identities.all(connection, query.state)
            names = self._brief(connection, {one.person for one in found})
            return IdentitiesView([_listed(one, names) for one in found])

        return self._database.read(read)

    def judge(self, call: Call, person: str, body: Judging) -> ListedIdentity:
        """Verify, restrict or reject an identity."""
        admin = admin_of(call)
        if admin == person:
            raise AnotherAdminNeeded("Nobody verifies themselves.")

        def write(connection: Connection) -> ListedIdentity:
            standing = Standing(body.state, body.reason, body.until)
            judged = self._identities.judge(connection, person, standing, admin)
            return _listed(judged, self._brief(connection, {person}))

        return self._database.write(write)

    def files(self, call: Call) -> FilesView:
        """List the files for the bank, newest first."""
        admin_of(call)
        return FilesView(self._database.read(self._of_bank.all))

    def make(self, call: Call) -> PayoutFile:
        """Make a file of the approved payouts; another admin must approve it."""
        admin = admin_of(call)
        return self._database.write(lambda c: self._of_bank.make(c, admin))

    async def approve_file(self, call: Call, id: str, body: Approving) -> PayoutFile:
        """Approve a file that another admin made. Its payouts count as sent."""
        return await self._providers.run(self._of_bank.approve, id, admin_of(call), body.count, body.total_minor)

    def withdraw(self, call: Call, id: str) -> PayoutFile:
        """Withdraw a file that is not approved."""
        admin_of(call)
        return self._database.write(lambda c: self._of_bank.withdraw(c, id))

    def content(self, call: Call, id: str) -> Response:
        """Download an approved file, as pain.001."""
        admin_of(call)
        content = self._database.read(lambda c: self._of_bank.content(c, id))
        headers = {"Content-Disposition": f'attachment; filename="payouts-{id}.xml"'}
        return Response(content, media_type="application/xml; charset=utf-8", headers=headers)

    async def statement(self, call: Call) -> Answered:
        """Read the bank's statement (CAMT.053 or MT940, as the body): which payouts are paid or returned."""
        admin_of(call)
        body = await read_body(call.request, STATEMENT_BYTES_MAX)
        entries = await self._providers.run(entries_of, body)
        return await self._database.write_async(lambda c: self._of_bank.apply(c, entries))

    @property
    def _of_bank(self) -> Files:
        """Raises NotFound where nobody is paid by files."""
        if self._files is None:
            raise NotFound("Nobody is paid by files here.")
        return self._files

    def _changed(self, run: Callable[[Connection], Payout]) -> QueuedPayout:
        def write(connection: Connection) -> QueuedPayout:
            return self._queued(connection, [run(connection)])[0]

        return self._database.write(write)

    def _queued(self, connection: Connection, shown: list[Payout]) -> list[QueuedPayout]:
        people = {who for one in shown for who in (one.person, one.approved_by, one.seconded_by) if who}
        names = self._brief(connection, people)
        return [
            QueuedPayout(
                **{field: getattr(view, field) for field in PayoutView.__struct_fields__},
                person=names.get(one.person), rail=one.rail, destination=one.destination,
                approved_by=names.get(one.approved_by or ""), seconded_by=names.get(one.seconded_by or ""),
                file=one.file, attempt=one.attempt, ref=one.ref,
            )
            for one, view in zip(shown, views(connection, shown), strict=True)
        ]  # fmt: skip


def _listed(one: Identity, names: Mapping[str, Person]) -> ListedIdentity:
    return ListedIdentity(
        names.get(one.person), one.person, one.state, one.name, one.country, one.reason, one.until, one.at
    )
