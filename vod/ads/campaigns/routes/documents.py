"""Advertisers' papers over HTTP: receipts and credit notes, what is on them, and a statement of each month."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta
from sqlalchemy import Column, Connection, select
from starlette.responses import Response

from core.clock import Clock
from core.database import Database
from core.errors import InvalidRequest
from core.executors import BoundedExecutor
from core.http import Call, Operation, Page, Paging
from core.limits import Rate
from money.ads.billing import AdBilling, billing_of, set_billing
from money.ads.documents import AdDocuments, Buyer, Document
from money.ads.pdf import document_pdf, statement_pdf
from money.ads.statement import AdStatement, ad_statement
from money.ledger.reading import use_one_state
from money.receipts.routes import BILLING_RATE, PDF_RATE, PdfQuery
from money.vat.terms import Seller
from vod.ads.campaigns.advertisers import Advertisers
from vod.ads.campaigns.tables import campaigns
from vod.ads.challenges.tables import ad_challenges
from vod.ads.effects.tables import effect_bookings
from vod.ads.goals.tables import ad_goals

STATEMENT_RATE = Rate(60, 60)
_MONTH = re.compile(r"[0-9]{4}-(?:0[1-9]|1[0-2])")
_TEXT_CHARS_MAX = 1_200  # `clean_billing` sets the limits that people meet


class AdBillingRequest(msgspec.Struct, forbid_unknown_fields=True):
    address: Annotated[str, Meta(max_length=_TEXT_CHARS_MAX)] = ""
    vat_number: Annotated[str, Meta(max_length=_TEXT_CHARS_MAX)] = ""
    name: Annotated[str, Meta(max_length=_TEXT_CHARS_MAX)] = ""
    country: Annotated[str, Meta(max_length=2)] = ""


SpentOn = Literal["campaign", "effect", "goal", "challenge"]


class AdStatementView(msgspec.Struct):
    """`names` of what it was spent on, and `kinds`: what that is; by the ids."""

    statement: AdStatement
    names: dict[str, str]
    kinds: dict[str, SpentOn]


class DocumentRoutes:
    """For the members of an advertiser."""

    def __init__(
        self, database: Database, clock: Clock, advertisers: Advertisers, documents: AdDocuments, seller: Seller,
        pdfs: BoundedExecutor,
    ) -> None:  # fmt: skip
        self._database = database
        self._clock = clock
        self._advertisers = advertisers
        self._documents = documents
        self._seller = seller
        self._pdfs = pdfs

    def operations(self) -> list[Operation]:
        one = "/api/ads/advertisers/{advertiser}"
        document, statement = f"{one}/documents/{{number}}", f"{one}/statements/{{month}}"
        return [
            Operation("GET", f"{one}/billing", self.billing),
            Operation("PUT", f"{one}/billing", self.set_billing, rate=BILLING_RATE),
            Operation("GET", f"{one}/documents", self.list),
            Operation("GET", document, self.show),
            Operation("GET", f"{document}/pdf", self.pdf, rate=PDF_RATE),
            Operation("GET", statement, self.statement, rate=STATEMENT_RATE),
            Operation("GET", f"{statement}/pdf", self.statement_pdf, rate=PDF_RATE),
        ]

    def billing(self, call: Call, advertiser: str) -> AdBilling:
        """What an advertiser's receipts and invoices say about it."""

        def read(connection: Connection) -> AdBilling:
            self._advertisers.check(connection, advertiser, call.identity)
            return billing_of(connection, advertiser)

        return self._database.read(read)

    def set_billing(self, call: Call, advertiser: str, body: AdBillingRequest) -> AdBilling:
        """Change it, as an owner, and with it the VAT of later payments. Receipts that exist stay as they are."""

        def write(connection: Connection) -> AdBilling:
            self._advertisers.check(connection, advertiser, call.identity, "owner")
            said = AdBilling(body.address, body.vat_number, body.name, body.country)
            return set_billing(connection, advertiser, said)

        return self._database.write(write)

    def list(self, call: Call, advertiser: str, query: Paging) -> Page[Document]:
        """List an advertiser's receipts and credit notes, the newest first."""

        def read(connection: Connection) -> Page[Document]:
            self._advertisers.check(connection, advertiser, call.identity)
            return self._documents.page(connection, advertiser, query.cursor, query.limit)

        return self._database.read(read)

    def show(self, call: Call, advertiser: str, number: str) -> Document:
        """Get a receipt or credit note."""
        return self._database.read(lambda c: self._document(c, call, advertiser, number))

    async def pdf(self, call: Call, advertiser: str, number: str, query: PdfQuery) -> Response:
        """The same as a PDF."""
        found = await self._database.read_async(lambda c: self._document(c, call, advertiser, number))
        return _file(await self._pdfs.run(document_pdf, found, query.language), found.number)

    def statement(self, call: Call, advertiser: str, month: str) -> AdStatementView:
        """What an advertiser had, paid in, got back and spent in a month."""
        statement, found, _ = self._database.read(lambda c: self._stated(c, call, advertiser, month))
        names, kinds = {one: name for one, (_, name) in found.items()}, {one: kind for one, (kind, _) in found.items()}
        return AdStatementView(statement, names, kinds)

    async def statement_pdf(self, call: Call, advertiser: str, month: str, query: PdfQuery) -> Response:
        """The same as a PDF."""
        statement, found, buyer = await self._database.read_async(lambda c: self._stated(c, call, advertiser, month))
        names = {one: name for one, (_, name) in found.items()}
        drawn = await self._pdfs.run(statement_pdf, statement, names, self._seller, buyer, query.language)
        return _file(drawn, f"ads-{statement.month}")

    def _document(self, connection: Connection, call: Call, advertiser: str, number: str) -> Document:
        self._advertisers.check(connection, advertiser, call.identity)
        return self._documents.document(connection, advertiser, number)

    def _stated(
        self, connection: Connection, call: Call, advertiser: str, month: str
    ) -> tuple[AdStatement, Mapping[str, tuple[SpentOn, str]], Buyer]:
        if not _MONTH.fullmatch(month):
            raise InvalidRequest("A month is written as 2026-11.")
        use_one_state(connection, patient=False)
        self._advertisers.check(connection, advertiser, call.identity)
        statement = ad_statement(connection, self._clock, advertiser, month)
        spent = spent_on(connection, [one.campaign for one in statement.campaigns])
        return statement, spent, self._documents.buyer(connection, advertiser)


def spent_on(connection: Connection, ids: Sequence[str]) -> dict[str, tuple[SpentOn, str]]:
    """What money of an advertiser was spent on."""
    named: Mapping[SpentOn, tuple[Column[str], Column[str]]] = {
        "campaign": (campaigns.c.id, campaigns.c.name), "effect": (effect_bookings.c.id, effect_bookings.c.name),
        "goal": (ad_goals.c.id, ad_goals.c.text), "challenge": (ad_challenges.c.id, ad_challenges.c.title),
    }  # fmt: skip
    return {
        row.id: (kind, row.name)
        for kind, (key, name) in named.items()
        for row in connection.execute(select(key, name.label("name")).where(key.in_(ids)))
    }


def _file(drawn: bytes, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}.pdf"'}
    return Response(drawn, media_type="application/pdf", headers=headers)
