"""VAT over HTTP, for admins."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from starlette.responses import Response

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest
from core.http import Access, Call, Operation, Page, Paging
from core.limits import Rate
from core.text.clean import clean_lines
from money.payouts.routes.admins import admin_of
from money.vat import report
from money.vat.flags import FlaggedSale, Flags
from money.vat.quarters import QUARTER_CHARS, is_quarter, quarter_of
from money.vat.recapitulative import customers, recapitulative_csv
from money.vat.rules import HOME_RATE_EUR_CENTS, ONE_PROOF_EUR_CENTS, Terms

NOTE_CHARS_MAX = 500
EXPORT_RATE = Rate(20, 60)


class QuarterQuery(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Without a quarter, the present one."""

    quarter: Annotated[str, Meta(max_length=QUARTER_CHARS)] = ""


class ExportQuery(QuarterQuery, kw_only=True):
    """`exchange`: how many euros one unit buys, such as USD=0.9212."""

    exchange: Annotated[str, Meta(max_length=report.EXCHANGE_CHARS_MAX)] = ""


class FlagsQuery(Paging):
    reviewed: Literal["0", "1"] = "0"


class ReviewRequest(msgspec.Struct, forbid_unknown_fields=True):
    note: Annotated[str, Meta(max_length=NOTE_CHARS_MAX)]


class VatView(msgspec.Struct):
    """`quarters`: those with lines. `years`: net sales to other countries of the EU, against the two limits. `flagged`:
    sales that wait for somebody to look at their proofs of place."""

    quarter: str
    quarters: list[str]
    rows: list[report.Row]
    home: str
    oss: bool
    years: list[report.Year]
    home_rate_eur_cents: int
    one_proof_eur_cents: int
    flagged: int


class VatRoutes:
    def __init__(self, database: Database, clock: Clock, terms: Terms, flags: Flags) -> None:
        self._database = database
        self._clock = clock
        self._terms = terms
        self._flags = flags

    def operations(self) -> list[Operation]:
        admin = "/api/admin/vat"
        return [
            Operation("GET", admin, self.quarter, access=Access.MODERATOR),
            Operation("GET", f"{admin}/oss.csv", self.oss, access=Access.MODERATOR, rate=EXPORT_RATE),
            Operation("GET", f"{admin}/home.csv", self.home, access=Access.MODERATOR, rate=EXPORT_RATE),
            Operation(
                "GET", f"{admin}/recapitulative.csv", self.recapitulative, access=Access.MODERATOR, rate=EXPORT_RATE
            ),
            Operation("GET", f"{admin}/flags", self.flags, access=Access.MODERATOR),
            Operation("PUT", f"{admin}/flags/{{purchase}}", self.review, access=Access.MODERATOR),
        ]

    def quarter(self, call: Call, query: QuarterQuery) -> VatView:
        """The VAT of a quarter by country and rate, for admins."""
        admin_of(call)
        name = self._named(query)
        return self._database.read(
            lambda c: VatView(
                name, report.quarters(c), report.rows_of(c, name), self._terms.home, self._terms.oss, report.years(c),
                HOME_RATE_EUR_CENTS, ONE_PROOF_EUR_CENTS, report.flagged(c),
            )
        )  # fmt: skip

    def oss(self, call: Call, query: ExportQuery) -> Response:
        """What the OSS return of a quarter asks for, as CSV, for admins."""
        return self._export(call, query, "oss")

    def home(self, call: Call, query: ExportQuery) -> Response:
        """All other VAT of a quarter, as CSV, for admins."""
        return self._export(call, query, "home")

    def recapitulative(self, call: Call, query: QuarterQuery) -> Response:
        """Whom we sold to by reverse charge in a quarter, as CSV, for admins."""
        admin_of(call)
        name = self._named(query)
        found = self._database.read(lambda c: customers(c, name))
        return _file(recapitulative_csv(found), f"vat-recapitulative-{name}")

    def flags(self, call: Call, query: FlagsQuery) -> Page[FlaggedSale]:
        """Sales with unclear proofs of place, newest first, for admins."""
        admin_of(call)
        reviewed = query.reviewed == "1"
        return self._database.read(
            lambda c: self._flags.page(c, reviewed=reviewed, cursor=query.cursor, limit=query.limit)
        )

    def review(self, call: Call, purchase: str, body: ReviewRequest) -> FlaggedSale:
        """Note that somebody has looked at the proofs of a sale, for admins."""
        by = admin_of(call)
        note = clean_lines(body.note, NOTE_CHARS_MAX)
        if note is None:
            raise InvalidRequest(f"A note has at most {NOTE_CHARS_MAX} characters.")
        return self._database.write(lambda c: self._flags.review(c, purchase, by, note))

    def _export(self, call: Call, query: ExportQuery, which: Literal["oss", "home"]) -> Response:
        admin_of(call)
        name = self._named(query)
        exchange = report.exchange_of(query.exchange)
        rows = self._database.read(lambda c: report.rows_of(c, name))
        as_csv = report.oss_csv if which == "oss" else report.home_csv
        return _file(as_csv(rows, name, exchange), f"vat-{which}-{name}")

    def _named(self, query: QuarterQuery) -> str:
        name = query.quarter or quarter_of(self._clock())
        if not is_quarter(name):
            raise InvalidRequest("A quarter is named like 2026Q4.")
        return name


def _file(text: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.csv"'}
    return Response(text, media_type="text/csv; charset=utf-8", headers=headers)
