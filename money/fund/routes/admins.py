"""The creator fund over HTTP, for admins: pots, and closing, reviewing and posting a month."""

from __future__ import annotations

from typing import Annotated

import msgspec
from sqlalchemy import Connection, select

from core.database import Database
from core.http import Access, Call, Operation
from core.identity import Person
from core.jobs import Job, JobKind, Jobs, Lane
from money.errors import AnotherAdminNeeded
from money.fund.corrections import rows_with
from money.fund.fund import Fund
from money.fund.periods import NOTE_CHARS_MAX, Fill, Period, checked_month
from money.fund.results.explaining import number_of_creators
from money.ledger.rules import TRANSFER_AMOUNT_MAX
from money.payouts.routes.admins import admin_of
from money.tables import fund_corrections, fund_creators
from money.wallets import Brief

CLOSE, POST = "money.fund_close", "money.fund_post"
CREATORS_SHOWN_MAX = 100


class FundPeriods(msgspec.Struct):
    """The newest first."""

    items: list[Period]


class NewFill(msgspec.Struct, forbid_unknown_fields=True):
    coins: Annotated[int, msgspec.Meta(ge=1, le=TRANSFER_AMOUNT_MAX)]
    note: Annotated[str, msgspec.Meta(max_length=NOTE_CHARS_MAX)] = ""


class Amount(msgspec.Struct):
    """`person`: null for a deleted account. `reasons`: why the creator gets nothing."""

    person: Person | None
    coins: int
    views: int
    followers: int
    age_days: int
    weight: int
    reasons: list[str]
    posted: bool


class CorrectionLine(msgspec.Struct):
    """`coins`: how many more `person` (null: a deleted account) gets for `month` or, below zero, fewer."""

    person: Person | None
    month: str
    coins: int
    reason: str
    by: str
    at: int
    posted: bool


class Preview(msgspec.Struct):
    """A month with its fillings, the largest corrections of earlier months that are posted with it and, once it is
    closed, the largest amounts. `working`: closing, posting, or empty;
    `failed`: the last attempt did not succeed. `creators` had views, `paid` of them get something."""

    period: Period
    fills: list[Fill]
    creators: int
    paid: int
    amounts: list[Amount]
    corrections: list[CorrectionLine]
    working: str
    failed: bool


class FundAdminRoutes:
    def __init__(self, database: Database, jobs: Jobs, fund: Fund, brief: Brief) -> None:
        self._database = database
        self._jobs = jobs
        self._fund = fund
        self._brief = brief

    def operations(self) -> list[Operation]:
        one = "/api/admin/fund/{period}"
        return [
            Operation("GET", "/api/admin/fund", self.list, access=Access.MODERATOR),
            Operation("GET", one, self.preview, access=Access.MODERATOR),
            Operation("POST", f"{one}/fill", self.fill, status=201, access=Access.MODERATOR, money=True),
            Operation("POST", f"{one}/close", self.close, status=202, access=Access.MODERATOR),
            Operation("POST", f"{one}/review", self.review, access=Access.MODERATOR),
            Operation("POST", f"{one}/post", self.post, status=202, access=Access.MODERATOR),
        ]

    def kinds(self) -> dict[str, JobKind]:
        """Closing and posting take up to minutes, so they are jobs; each goes on where a killed one was."""

        def close(job: Job) -> None:
            self._fund.closing.close(job.subject.partition(":")[2], job.arguments["by"], lambda: job.progress("", 0))

        def post(job: Job) -> None:
            self._fund.posting.post(job.subject.partition(":")[2], job.arguments["by"], lambda: job.progress("", 0))

        return {CLOSE: JobKind(close, Lane.TRUST), POST: JobKind(post, Lane.TRUST)}

    def list(self, call: Call) -> FundPeriods:
        """List the months of the creator fund, for admins."""
        admin_of(call)
        return FundPeriods(self._database.read(self._fund.periods.all))

    def preview(self, call: Call, period: str) -> Preview:
        """Get a month of the fund with its largest amounts, for admins."""
        admin_of(call)
        checked_month(period)
        return self._database.read(lambda c: self._preview(c, period))

    def fill(self, call: Call, period: str, body: NewFill) -> Fill:
        """Put coins into a month's pot, for admins."""
        by = admin_of(call)
        checked_month(period)
        return self._database.write(
            lambda c: self._fund.periods.fill(c, period, body.coins, call.key, by=by, note=body.note)
        )

    def close(self, call: Call, period: str) -> Preview:
        """Close a month that is over: a job computes what each creator gets. For admins."""
        by = admin_of(call)
        checked_month(period)
        self._fund.closing.check_over(period)
        return self._begin(CLOSE, period, by)

    def review(self, call: Call, period: str) -> Preview:
        """Confirm the amounts of a closed month, for admins who get none of them."""
        by = admin_of(call)
        checked_month(period)

        def write(connection: Connection) -> Preview:
            _check_disinterested(connection, period, by)
            self._fund.posting.review(connection, period, by)
            return self._preview(connection, period)

        return self._database.write(write)

    def post(self, call: Call, period: str) -> Preview:
        """Pay out a month that was reviewed: a job posts it. For admins who get none of it."""
        by = admin_of(call)
        checked_month(period)

        def check(connection: Connection) -> None:
            _check_disinterested(connection, period, by)
            self._fund.posting.check_reviewed(connection, period)

        self._database.read(check)
        return self._begin(POST, period, by)

    def _begin(self, kind: str, period: str, by: str) -> Preview:
        """Queue a job, unless one is under way."""

        def write(connection: Connection) -> Preview:
            if not self._working(connection, period)[0]:
                self._jobs.add(connection, kind, f"{kind}:{period}", {"by": by})
            return self._preview(connection, period)

        found = self._database.write(write)
        self._jobs.wake()
        return found

    def _working(self, connection: Connection, period: str) -> tuple[str, bool]:
        failed = False
        for kind, word in ((CLOSE, "closing"), (POST, "posting")):
            job = self._jobs.latest(connection, f"{kind}:{period}")
            if job is not None and job.state in ("queued", "running"):
                return word, False
            failed = job.state == "failed" if job is not None else failed
        return "", failed

    def _preview(self, connection: Connection, period: str) -> Preview:
        found = next((one for one in self._fund.periods.all(connection) if one.period == period), None)
        one = found or self._fund.periods.one(connection, period)
        rows = connection.execute(
            select(fund_creators).where(fund_creators.c.period == period)
            .order_by(fund_creators.c.coins.desc(), fund_creators.c.views.desc(), fund_creators.c.creator)
            .limit(CREATORS_SHOWN_MAX)
        ).all() if one.closed_at is not None else []  # fmt: skip
        wrong = rows_with(connection, period)
        known = self._brief(connection, {row.creator for row in (*rows, *wrong)})
        lines = [
            CorrectionLine(
                known.get(row.creator), row.month, row.coins, row.reason, row.by, row.at, bool(row.posted)
            )
            for row in wrong
        ]  # fmt: skip
        amounts = [
            Amount(
                known.get(row.creator), row.coins, row.views, row.followers, row.age_days, row.weight,
                row.reasons.split(",") if row.reasons else [], bool(row.posted),
            )
            for row in rows
        ]  # fmt: skip
        creators, paid = number_of_creators(connection, period) if one.closed_at is not None else (0, 0)
        working, failed = self._working(connection, period)
        fills = self._fund.periods.fills(connection, period)
        return Preview(one, fills, creators, paid, amounts, lines, working, failed)


def _check_disinterested(connection: Connection, period: str, admin: str) -> None:
    """Raises AnotherAdminNeeded for an admin who gets something."""
    own = select(fund_creators.c.coins).where(
        fund_creators.c.period == period, fund_creators.c.creator == admin, fund_creators.c.coins > 0
    )
    more = select(fund_corrections.c.id).where(
        fund_corrections.c.period == period, fund_corrections.c.creator == admin, fund_corrections.c.coins > 0
    )
    if connection.execute(own).first() is not None or connection.execute(more).first() is not None:
        raise AnotherAdminNeeded
